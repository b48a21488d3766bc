//! Access control: permissions, roles, grants, and the decision that combines them.
//!
//! A role is a set of permissions, its own and those of the roles that it inherits. A grant gives a
//! user a role in a scope. A user may do something if one single grant has the permission and its
//! scope covers the resource; grants are never combined, and a scope that does not bind a needed
//! dimension covers nothing (FIELD 35).

mod explain;
mod grant;
mod impact;
mod permission;
mod role;
mod scope;
mod system;
#[cfg(test)]
mod tests;

pub use explain::{Explanation, Held, NotHeld, explain};
pub use grant::{
    Grant, Reach, allows, holds_somewhere, is_administrator, lacks, may_give, may_let_sign_in,
    may_manage, reach,
};
pub use impact::{Affected, PermissionImpact, RoleChange, RoleImpact, RoleUse, WorkbenchLocation};
pub use permission::{Dimension, Permission, PermissionSet};
pub use role::{Flat, Role, Roles};
pub use scope::{Resource, Scope};
pub use system::{
    ADMINISTRATOR, SYSTEM_ROLES, SystemRole, WORKSPACE_CREATOR, WORKSPACE_OWNER, is_system_role,
};
