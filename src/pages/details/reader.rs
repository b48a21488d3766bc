//! Causes rephrased for the reader: an administrator gets advice instead of a contact.

use crate::store::{Session, SessionUser};
use leptos::prelude::*;
use vestibule_model::access::is_administrator as has_the_role;
use vestibule_model::causes::Cause;

/// Returns `true` if the reader is an administrator of the installation. Another reader has another
/// page, so this is not followed.
pub fn is_administrator() -> bool {
    match &*Session::expect().user.read_untracked() {
        SessionUser::SignedIn(me) => has_the_role(&me.grants),
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
