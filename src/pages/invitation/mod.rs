//! The page behind an invitation link.

mod page;
mod texts;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::InvitationPage;

lazy! { invitation:
    /// Renders the page on which an invited user chooses a password. The token is the address's fragment.
    pub fn invitation_page(token: String) -> AnyView {
        view! { <InvitationPage token /> }.into_any()
    }
}
