//! Missing permissions: their names, and the roles that hold them.

use super::texts;
use crate::store::{RoleList, use_may_on};
use crate::ui::Icon;
use leptos::prelude::*;
use vestibule_model::access::{Permission, Resource};

/// Returns the sentence about a permission that the user lacks.
pub fn use_needs(permission: Permission) -> Signal<String> {
    let roles = RoleList::get();
    Signal::derive(move || texts::needs(permission.name(), &roles.holders(permission)))
}

/// Returns the sentence about a permission that the user lacks for a resource, or `None` if they have
/// it.
pub fn use_refusal(permission: Permission, resource: Resource) -> Memo<Option<String>> {
    let may = use_may_on(permission, resource);
    let needs = use_needs(permission);
    // The roles are requested only where a permission is missing.
    Memo::new(move |_| (!may.get()).then(|| needs.get()))
}

/// Explains that a permission is missing, where a page or a section would be.
#[component]
pub fn NeedsPermission(
    permission: Permission,
    /// Permissions that the user lacks.
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
