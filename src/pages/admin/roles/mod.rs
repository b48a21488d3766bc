//! Roles and their permissions.

mod page;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::RolesPage;

lazy! { roles:
    /// List of all roles.
    pub fn roles_page(_args: ()) -> AnyView {
        view! { <RolesPage /> }.into_any()
    }
}
