//! Who is asking, and whether they may.

pub mod limiter;
pub mod origin;
pub mod password;
pub mod set_up;
mod signed_in;

pub use signed_in::{Client, SignedIn};

use crate::problem::{self, Answer};
use vestibule_model::access::{Permission, Resource, allows, permissions_of};
use vestibule_model::ids::WorkspaceId;

/// The one question that every handler asks before it does anything.
pub fn authorize(who: &SignedIn, permission: Permission, resource: &Resource) -> Answer<()> {
    if allows(&who.grants, permission, resource) {
        Ok(())
    } else {
        Err(problem::not_permitted(permission))
    }
}

/// The same about a workspace, and what is in it.
pub fn authorize_in(who: &SignedIn, permission: Permission, workspace: &WorkspaceId) -> Answer<()> {
    authorize(who, permission, &Resource::Workspace(workspace.clone()))
}

/// Whether a permission is held anywhere at all: for lists, whose rows are then asked about one by
/// one.
pub fn authorize_somewhere(who: &SignedIn, permission: Permission) -> Answer<()> {
    let held = who
        .grants
        .iter()
        .any(|grant| permissions_of(&grant.role).contains(&permission));
    if held {
        Ok(())
    } else {
        Err(problem::not_permitted(permission))
    }
}
