//! Announcements and notifications of changes that the open page does not show itself.

use super::notices;
use crate::api::clock;
use crate::routes::Page;
use crate::store::{Session, SessionUser};
use crate::ui::Announcer;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_client::activity::{JobChange, Speech};
use vestibule_model::ids::UserId;
use vestibule_model::time::Millis;

/// Announces changes of the user's own jobs.
#[derive(Clone, Copy)]
pub struct Elsewhere {
    user: StoredValue<Option<UserId>>,
    speech: StoredValue<Speech>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
    announcer: Announcer,
}

impl Elsewhere {
    /// Announces for the user who is signed in.
    pub fn new() -> Self {
        let user = match &*Session::expect().user.read_untracked() {
            SessionUser::SignedIn(me) => Some(me.user.id.clone()),
            SessionUser::Loading | SessionUser::SignedOut => None,
        };
        Self {
            user: StoredValue::new(user),
            speech: StoredValue::new(Speech::default()),
            timer: StoredValue::new_local(None),
            announcer: Announcer::expect(),
        }
    }

    /// Announces changes.
    pub fn hear(self, changes: Vec<JobChange>) {
        let now = clock::now();
        let here = window().location().pathname().unwrap_or_default();
        let user = self.user.try_get_value().flatten();
        for change in changes {
            if change.by.is_some() && change.by != user {
                continue;
            }
            notices::tell(&change);
            if !is_shown_by(&here, &change) {
                self.speech
                    .try_update_value(|speech| speech.hear(change, now));
            }
        }
        self.wake();
    }

    fn wake(self) {
        let now = clock::now();
        let after = self.speech.try_with_value(|speech| speech.wake_after(now));
        let timer = after.flatten().map(|Millis(after)| {
            let after = u32::try_from(after).unwrap_or(0) + 1;
            Timeout::new(after, move || self.say())
        });
        self.timer.try_set_value(timer);
    }

    fn say(self) {
        let said = self
            .speech
            .try_update_value(|speech| speech.say(clock::now()));
        if let Some(Some(text)) = said {
            self.announcer.say(text);
        }
        self.wake();
    }
}

/// Returns `true` if the open page announces the change itself.
fn is_shown_by(here: &str, change: &JobChange) -> bool {
    change.workbench.as_ref().is_some_and(|workbench| {
        let workspace = change.workspace.clone();
        here == Page::Workbench(workspace.clone(), workbench.clone()).path()
            || here == Page::Workspace(workspace).path()
    })
}
