//! Causes rephrased for the reader: an administrator gets advice instead of a contact.

use crate::store::{Session, Who};
use leptos::prelude::*;
use vestibule_model::access::{ADMINISTRATOR, Scope};
use vestibule_model::causes::Cause;

/// Returns whether the reader is an administrator of the installation. Another reader has another
/// page, so this is not followed.
pub fn is_administrator() -> bool {
    match &*Session::get().who.read_untracked() {
        Who::Somebody(me) => me.grants.iter().any(|grant| {
            grant.role == ADMINISTRATOR && matches!(grant.scope, Scope::Platform(true))
        }),
        _ => false,
    }
}

/// Rephrases a cause for its reader.
pub fn for_reader(cause: Cause, is_administrator: bool) -> Cause {
    if is_administrator {
        cause.for_administrator()
    } else {
        cause
    }
}
