//! Causes and messages rephrased for the reader: an administrator gets advice instead of a contact.

use crate::store::Session;
use leptos::prelude::*;
use vestibule_model::causes::{Cause, without_contact};

/// The signed-in user as a reader of texts about failures. The methods are reactive: a user may become
/// an administrator while a page is open.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    is_administrator: Memo<bool>,
}

/// Returns the reader of the page.
pub fn use_reader() -> Reader {
    Reader {
        is_administrator: Session::expect().is_administrator,
    }
}

impl Reader {
    /// Returns `true` if the reader is an administrator of the installation.
    pub fn is_administrator(self) -> bool {
        self.is_administrator.get()
    }

    /// Rephrases a cause.
    pub fn cause(self, cause: Cause) -> Cause {
        match self.is_administrator() {
            true => cause.for_administrator(),
            false => cause,
        }
    }

    /// Rephrases a message of the server.
    pub fn message(self, message: String) -> String {
        match self.is_administrator() {
            true => without_contact(&message),
            false => message,
        }
    }
}
