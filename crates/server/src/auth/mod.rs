//! Authentication and authorization.

pub mod device;
pub mod limiter;
pub mod origin;
pub mod password;
pub mod set_up;
mod signed_in;

pub use signed_in::{Client, SignedIn};

use crate::problem::{self, Answer};
use vestibule_model::access::{Permission, Resource, allows, holds_somewhere};
use vestibule_model::ids::WorkspaceId;

/// Refuses a user without this permission on the resource. Every handler calls this first.
pub fn authorize(who: &SignedIn, permission: Permission, resource: &Resource) -> Answer<()> {
    if allows(&who.grants, permission, resource) {
        Ok(())
    } else {
        Err(problem::not_permitted(permission))
    }
}

/// Refuses a user without this permission on the workspace.
pub fn authorize_in(who: &SignedIn, permission: Permission, workspace: &WorkspaceId) -> Answer<()> {
    authorize(who, permission, &Resource::Workspace(workspace.clone()))
}

/// Refuses a user without this permission on any resource. Lists then filter their rows.
pub fn authorize_somewhere(who: &SignedIn, permission: Permission) -> Answer<()> {
    if holds_somewhere(&who.grants, permission) {
        Ok(())
    } else {
        Err(problem::not_permitted(permission))
    }
}
