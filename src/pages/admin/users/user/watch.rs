//! A user as the sections of the page show and change them.

use crate::store::{Polled, Session};
use leptos::prelude::*;
use vestibule_model::people::Account;

/// A user as the sections show and change them.
#[derive(Clone, Copy)]
pub struct UserWatch {
    /// The user.
    pub user: Signal<Account>,
    /// The name for the screen.
    pub name: Memo<String>,
    /// `true` if it is the signed-in user.
    pub is_self: Memo<bool>,
    /// Reason why the account can't be changed, or `None`.
    pub refusal: Memo<Option<String>>,
    /// The request.
    pub polled: Polled<Account>,
    /// The session, whose grants change with the reader's own.
    pub session: Session,
}

impl UserWatch {
    /// Applies the user in an answer, and requests the newest version.
    pub fn put(self, user: Account) {
        self.polled.data.set(Some(user));
        self.refresh();
    }

    /// Requests the newest version. A change of one's own grants changes the whole console.
    pub fn refresh(self) {
        self.polled.refresh();
        if self.is_self.get_untracked() {
            let session = self.session;
            leptos::task::spawn_local(async move {
                let _ = session.ask().await;
            });
        }
    }
}
