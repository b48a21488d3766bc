//! Announcements and notifications of changes that the open page does not show itself.

use super::notices;
use crate::api::clock;
use crate::routes::Page;
use crate::store::Session;
use crate::ui::Announcer;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_client::activity::{AnnouncementQueue, JobChange};
use vestibule_model::ids::UserId;
use vestibule_model::time::Millis;

/// Announces changes of the user's own jobs.
#[derive(Clone, Copy)]
pub struct JobAnnouncer {
    user: StoredValue<Option<UserId>>,
    announcements: StoredValue<AnnouncementQueue>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
    announcer: Announcer,
}

impl JobAnnouncer {
    /// Announces for the user who is signed in.
    pub fn new() -> Self {
        let user = Session::expect().user.read_untracked();
        Self {
            user: StoredValue::new(user.me().map(|me| me.user.id.clone())),
            announcements: StoredValue::new(AnnouncementQueue::default()),
            timer: StoredValue::new_local(None),
            announcer: Announcer::expect(),
        }
    }

    /// Announces changes.
    pub fn push(self, changes: Vec<JobChange>) {
        let now = clock::now();
        let here = window().location().pathname().unwrap_or_default();
        let user = self.user.try_get_value().flatten();
        for change in changes {
            if change.by.is_some() && change.by != user {
                continue;
            }
            notices::notify(&change);
            if !is_shown_by(&here, &change) {
                self.announcements
                    .try_update_value(|announcements| announcements.push(change, now));
            }
        }
        self.wake();
    }

    fn wake(self) {
        let now = clock::now();
        let after = self
            .announcements
            .try_with_value(|announcements| announcements.wake_after(now));
        let timer = after.flatten().map(|Millis(after)| {
            let after = u32::try_from(after).unwrap_or(0) + 1;
            Timeout::new(after, move || self.announce_due())
        });
        self.timer.try_set_value(timer);
    }

    fn announce_due(self) {
        let message = self
            .announcements
            .try_update_value(|announcements| announcements.take_due(clock::now()));
        if let Some(Some(text)) = message {
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
