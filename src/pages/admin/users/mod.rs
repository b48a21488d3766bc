//! Users: the list, and one user with their grants.

mod page;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::UsersPage;
use vestibule_model::ids::UserId;

lazy! { users:
    /// List of all users.
    pub fn users_page(_args: ()) -> AnyView {
        view! { <UsersPage /> }.into_any()
    }

    /// One user.
    pub fn user_page(_user: UserId) -> AnyView {
        view! { <UsersPage /> }.into_any()
    }
}
