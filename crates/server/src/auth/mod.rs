//! Authentication and authorization.

pub mod device;
pub mod enforce;
pub mod header_end;
pub mod limiter;
pub mod origin;
pub mod password;
pub mod password_rules;
pub mod set_up;
mod signed_in;
pub mod user_agent;
pub mod user_header;

pub use signed_in::{BySession, ClientAddress, SignedIn};

/// Prefix of access tokens, by which scanners of published files find them.
pub const ACCESS_TOKEN_PREFIX: &str = "vst_";

use crate::problem::{self, ApiResult};
use vestibule_model::access::{Permission, Resource, allows};

/// Refuses a user without these permissions on the resource. The answer does not reveal that a
/// resource exists which the user may not see: `what` is its kind.
pub fn check(
    signed_in: &SignedIn,
    needs: &[Permission],
    resource: &Resource,
    what: &'static str,
) -> ApiResult<()> {
    let sees = match (resource, what) {
        (Resource::Platform, _) => None,
        (Resource::Workspace(_), "workspace") => Some(Permission::WorkspaceRead),
        (Resource::Workspace(_) | Resource::Workbench(..), _) => Some(Permission::WorkbenchRead),
    };
    if sees.is_some_and(|sees| !allows(&signed_in.grants, sees, resource)) {
        return Err(problem::not_found(what));
    }
    let missing = needs
        .iter()
        .find(|needed| !allows(&signed_in.grants, **needed, resource));
    missing.map_or(Ok(()), |missing| Err(problem::not_permitted(*missing)))
}
