//! The signed-in user's own account.

mod about;
mod page;
mod password;
mod rights;
mod sessions;
mod texts;
mod token_form;
mod tokens;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::AccountPage;

lazy! { account:
    /// Renders the signed-in user's own account.
    pub fn account_page(_args: ()) -> AnyView {
        view! { <AccountPage /> }.into_any()
    }
}
