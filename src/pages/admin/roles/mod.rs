//! Roles and their permissions, as a matrix.

mod draft_storage;
mod editor;
mod keys;
mod leave;
mod matrix;
mod page;
mod removal;
mod review;
mod role_form;
mod row;
mod saving;
mod texts;
mod toolbar;
mod viewport;
mod words;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::RolesPage;

lazy! { roles:
    /// Renders the matrix of all roles.
    pub fn roles_page(_args: ()) -> AnyView {
        view! { <RolesPage /> }.into_any()
    }
}
