//! The signed-in user and the server's settings. Only a 401 ends a session here (FIELD 9).

use crate::api::{self, ApiError};
use futures_util::future::join;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::{spawn_local, spawn_local_scoped_with_cancellation};
use vestibule_client::poll::Policy;
use vestibule_model::access::is_administrator;
use vestibule_model::auth::Me;
use vestibule_model::config::Config;
use vestibule_model::ids::UserId;

/// First pause after a failed request, in milliseconds; it doubles with each failure.
const FIRST_PAUSE: u32 = 500;

/// Longest pause after a failed request, in milliseconds.
const LONGEST_PAUSE: u32 = 15_000;

/// The user of the console.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionUser {
    /// Unknown until the server has answered.
    Loading,
    /// No user is signed in.
    SignedOut,
    /// A user is signed in.
    SignedIn(Me),
}

impl SessionUser {
    /// Returns the signed-in user, or `None` if there is none or it is not known yet.
    pub fn me(&self) -> Option<&Me> {
        match self {
            Self::SignedIn(me) => Some(me),
            Self::Loading | Self::SignedOut => None,
        }
    }
}

/// The session as the whole page shares it.
#[derive(Clone, Copy)]
pub struct Session {
    /// The user.
    pub user: RwSignal<SessionUser>,
    /// `true` if a user is signed in; `None` until that is known.
    pub is_signed_in: Memo<Option<bool>>,
    /// `true` if the user is an administrator of the installation.
    pub is_administrator: Memo<bool>,
    /// The server's settings; `None` until they were read.
    pub config: RwSignal<Option<Config>>,
    /// Reason why neither could be read.
    pub error: RwSignal<Option<ApiError>>,
}

impl Session {
    /// Creates the session and provides it to everything below.
    pub fn provide() -> Self {
        let user = RwSignal::new(SessionUser::Loading);
        let session = Self {
            user,
            is_signed_in: Memo::new(move |_| match &*user.read() {
                SessionUser::Loading => None,
                SessionUser::SignedOut => Some(false),
                SessionUser::SignedIn(_) => Some(true),
            }),
            is_administrator: Memo::new(move |_| {
                let user = user.read();
                user.me().is_some_and(|me| is_administrator(&me.grants))
            }),
            config: RwSignal::new(None),
            error: RwSignal::new(None),
        };
        provide_context(session);
        session
    }

    /// Returns the page's session.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Reads user and settings, and retries until both are known.
    pub fn begin(self) {
        spawn_local_scoped_with_cancellation(async move {
            let mut pause = FIRST_PAUSE;
            while let Err(error) = self.ask().await {
                self.error.try_set(Some(error));
                TimeoutFuture::new(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            self.error.try_set(None);
        });
    }

    /// Reads user and settings once, both at the same time. The same user with the same grants is
    /// no change for what depends on it.
    pub async fn ask(self) -> Result<(), ApiError> {
        let (settings, user) = join(self.ask_for_settings(), api::me()).await;
        settings?;
        let user = match user {
            Ok(me) => SessionUser::SignedIn(me),
            Err(ApiError::Unauthorized(_)) => SessionUser::SignedOut,
            Err(error) => return Err(error),
        };
        if self.user.try_with_untracked(|known| *known != user) == Some(true) {
            self.user.try_set(user);
        }
        Ok(())
    }

    /// Reads the user again if their permissions have changed since, as the version that the stream
    /// reports shows. The same holds for a change before the stream began (FIELD 29).
    pub fn access_reported(self, version: &str) {
        let is_known = self.user.try_with_untracked(|user| match user {
            SessionUser::SignedIn(me) => version.is_empty() || me.access_version == version,
            SessionUser::Loading | SessionUser::SignedOut => true,
        });
        if is_known == Some(false) {
            self.ask_again();
        }
    }

    /// Reads the user again: what they may do has changed.
    pub fn ask_again(self) {
        spawn_local(async move {
            // A failure leaves what is known; a 403 of the next command corrects it.
            let _ = self.ask().await;
        });
    }

    async fn ask_for_settings(self) -> Result<(), ApiError> {
        if self.config.try_with_untracked(Option::is_none) == Some(true) {
            self.config.try_set(Some(api::config().await?));
        }
        Ok(())
    }

    /// Handles the server's answer that no user is signed in any more.
    pub fn expired(self) {
        self.user.try_set(SessionUser::SignedOut);
    }

    /// Returns the signed-in user. It stays equal when only their permissions change.
    pub fn user_id(self) -> Option<UserId> {
        Some(self.user.read().me()?.user.id.clone())
    }

    /// Returns the name of the signed-in user, as screens show it.
    pub fn user_name(self) -> Option<String> {
        Some(self.user.read().me()?.user.shown_name().to_owned())
    }

    /// Returns the polling policy that the server's settings imply.
    pub fn policy(self) -> Policy {
        self.config
            .try_with_untracked(|config| config.as_ref().map(|config| Policy::from(config.poll)))
            .flatten()
            .unwrap_or_default()
    }
}
