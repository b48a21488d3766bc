//! Missing permissions: their names, and the roles that hold them.

use super::texts;
use crate::store::RoleList;
use crate::ui::Icon;
use leptos::prelude::*;
use vestibule_model::access::Permission;

/// Returns the sentence about a permission that the user lacks.
fn use_needs(permission: Permission) -> Signal<String> {
    let roles = RoleList::get();
    Signal::derive(move || texts::needs(permission.name(), &roles.holders(permission)))
}

/// Explains that a permission is missing, where a page or a section would be.
#[component]
pub fn NeedsPermission(
    permission: Permission,
    /// What the user cannot do.
    title: &'static str,
    /// The next step.
    hint: &'static str,
) -> impl IntoView {
    let needs = use_needs(permission);
    view! {
        <div class="empty">
            <Icon name="lock" size=28 />
            <h2>{title}</h2>
            <p>{needs}" "{hint}</p>
        </div>
    }
}
