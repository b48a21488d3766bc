//! Permissions of the user, by their grants. The server decides; what it would refuse is not offered.

use super::Session;
use leptos::prelude::*;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::ids::WorkspaceId;

/// Returns a memo that is `true` if the user may do something in a workspace.
pub fn use_may(permission: Permission, workspace: &WorkspaceId) -> Memo<bool> {
    use_may_on(permission, Resource::Workspace(workspace.clone()))
}

/// Returns a memo that is `true` if the user may do something that belongs to no workspace.
pub fn use_may_on_platform(permission: Permission) -> Memo<bool> {
    use_may_on(permission, Resource::Platform)
}

/// Returns a memo that is `true` if the user may do something with a resource.
fn use_may_on(permission: Permission, resource: Resource) -> Memo<bool> {
    let session = Session::expect();
    Memo::new(move |_| {
        let user = session.user.read();
        user.me()
            .is_some_and(|me| allows(&me.grants, permission, &resource))
    })
}
