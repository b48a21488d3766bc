//! Sign-in, and the creation of the first administrator.

mod door;
mod page;
mod providers;
mod set_up;
mod texts;

pub use door::{Doorway, Link, behind_link, enter};

use crate::lazy::lazy;
use leptos::prelude::*;
use page::SignInPage;
use set_up::SetUpPage;

lazy! { sign_in:
    /// Renders the sign-in page.
    pub fn sign_in_page(is_unexpected: RwSignal<bool>) -> AnyView {
        view! { <SignInPage is_unexpected /> }.into_any()
    }

    /// Renders the page that creates the first administrator.
    pub fn set_up_page(token: String) -> AnyView {
        view! { <SetUpPage token /> }.into_any()
    }
}
