//! Users: the list, and one user with their grants.

mod bulk;
mod create;
mod list;
mod page;
mod query;
mod table;
mod texts;
mod toolbar;
mod user;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::UsersPage;
use user::UserPage;
use vestibule_model::ids::UserId;

lazy! { users:
    /// Renders the list of all users.
    pub fn users_page(_args: ()) -> AnyView {
        view! { <UsersPage /> }.into_any()
    }

    /// Renders a user.
    pub fn user_page(id: UserId) -> AnyView {
        view! { <UserPage id /> }.into_any()
    }
}
