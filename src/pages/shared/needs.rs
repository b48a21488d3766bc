//! Missing permissions: their names, and the roles that hold them.

use super::texts;
use crate::store::{Holders, Session};
use crate::ui::Icon;
use leptos::prelude::*;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::ids::WorkspaceId;

/// The user's permissions, for views that ask about many resources.
#[derive(Clone, Copy)]
pub struct Rights {
    session: Session,
    holders: Holders,
}

impl Rights {
    /// Returns the signed-in user's.
    pub fn expect() -> Self {
        Self {
            session: Session::expect(),
            holders: Holders::expect(),
        }
    }

    /// Returns `true` if the user has the permission for the resource.
    pub fn has(self, permission: Permission, resource: &Resource) -> bool {
        let user = self.session.user.read();
        user.me()
            .is_some_and(|me| allows(&me.grants, permission, resource))
    }

    /// Returns the sentence about a permission.
    pub fn needs(self, permission: Permission) -> String {
        texts::needs(permission.title(), &self.holders.of(permission))
    }

    /// Returns the sentence about a permission that the user lacks for a resource, or `None` if they
    /// have it. The holders are requested only where a permission is missing.
    pub fn refusal(self, permission: Permission, resource: &Resource) -> Option<String> {
        (!self.has(permission, resource)).then(|| self.needs(permission))
    }
}

/// Returns the sentence about a permission that the user lacks.
pub fn use_needs(permission: Permission) -> Signal<String> {
    let rights = Rights::expect();
    Signal::derive(move || rights.needs(permission))
}

/// Returns the sentence about a permission that the user lacks for a resource, or `None` if they have
/// it.
pub fn use_refusal(permission: Permission, resource: Resource) -> Memo<Option<String>> {
    let rights = Rights::expect();
    Memo::new(move |_| rights.refusal(permission, &resource))
}

/// Returns the sentence about a permission that the user lacks in a workspace, or `None`.
pub fn use_refusal_in(permission: Permission, workspace: &WorkspaceId) -> Memo<Option<String>> {
    use_refusal(permission, Resource::Workspace(workspace.clone()))
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
