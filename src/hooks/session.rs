//! Who is signed in, and the server's settings. Only a 401 ever ends a session here (FIELD 9).

use crate::api::{self, ApiError};
use futures_util::future::join;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use vestibule_model::auth::Me;
use vestibule_model::config::Config;
use vestibule_model::poll::Policy;

/// Who is there.
#[derive(Debug, Clone, PartialEq)]
pub enum Who {
    /// Not known yet.
    Asking,
    /// Nobody.
    Nobody,
    /// Somebody.
    Somebody(Me),
}

/// The session, as the whole page shares it.
#[derive(Clone, Copy)]
pub struct Session {
    /// Who is signed in.
    pub who: RwSignal<Who>,
    /// The server's settings; none until they have come.
    pub config: RwSignal<Option<Config>>,
    /// Why neither is known yet.
    pub trouble: RwSignal<Option<ApiError>>,
}

impl Session {
    /// Makes the page's session and hands it to everything below.
    pub fn provide() -> Self {
        let session = Self::unknown();
        provide_context(session);
        session
    }

    /// The page's session.
    pub fn get() -> Self {
        use_context().unwrap_or_else(Self::unknown)
    }

    fn unknown() -> Self {
        Self {
            who: RwSignal::new(Who::Asking),
            config: RwSignal::new(None),
            trouble: RwSignal::new(None),
        }
    }

    /// Asks who is there until there is an answer.
    pub fn begin(self) {
        spawn_local_scoped_with_cancellation(async move {
            let mut pause = 500;
            while let Err(error) = self.ask().await {
                self.trouble.try_set(Some(error));
                TimeoutFuture::new(pause).await;
                pause = (pause * 2).min(15_000);
            }
            self.trouble.try_set(None);
        });
    }

    /// Asks once; for both at once, as on a slow network each answer takes its time.
    pub async fn ask(self) -> Result<(), ApiError> {
        let (settings, who) = join(self.ask_for_settings(), api::me()).await;
        settings?;
        let who = match who {
            Ok(me) => Who::Somebody(me),
            Err(ApiError::Unauthorized(_)) => Who::Nobody,
            Err(error) => return Err(error),
        };
        self.who.try_set(who);
        Ok(())
    }

    async fn ask_for_settings(self) -> Result<(), ApiError> {
        if self.config.try_with_untracked(Option::is_none) == Some(true) {
            self.config.try_set(Some(api::config().await?));
        }
        Ok(())
    }

    /// The server said that nobody is signed in any more.
    pub fn expired(self) {
        self.who.try_set(Who::Nobody);
    }

    /// How to poll here.
    pub fn policy(self) -> Policy {
        self.config
            .try_with_untracked(|config| config.as_ref().map(|config| Policy::from(config.poll)))
            .flatten()
            .unwrap_or_default()
    }
}
