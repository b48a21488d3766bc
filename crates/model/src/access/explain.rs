//! Explanations of decisions.

use super::grant::Grant;
use super::permission::Permission;
use super::role::Roles;
use super::scope::Resource;
use crate::lenient;
use serde::{Deserialize, Serialize};

/// Reason why a user may do something, or may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// `true` if the user has the permission.
    pub allowed: bool,
    /// Name of the permission.
    pub permission: String,
    /// The grants that each permit it alone.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub by: Vec<Held>,
    /// The missing permission, or `None` if the user has it.
    #[serde(default, deserialize_with = "lenient::or_none")]
    pub missing: Option<NotHeld>,
}

/// Path of a decision: the grant, and the roles from the granted one to the one that lists the
/// permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// The grant.
    pub grant: Grant,
    /// Names of the roles.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub path: Vec<String>,
}

/// Missing permission, and the roles that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NotHeld {
    /// Grants that have the permission, but in another scope.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub elsewhere: Vec<Held>,
    /// Names of the roles that have it.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub roles: Vec<String>,
}

/// Explains the decision of [`super::allows`].
pub fn explain(
    roles: &Roles,
    grants: &[Grant],
    permission: Permission,
    resource: &Resource,
) -> Explanation {
    let holding = grants
        .iter()
        .filter(|grant| grant.permissions.contains(permission));
    let (by, elsewhere): (Vec<&Grant>, Vec<&Grant>) =
        holding.partition(|grant| grant.allows(permission, resource));
    let held = |grant: &Grant| Held {
        path: roles
            .flatten(&grant.role)
            .remove(permission.name())
            .unwrap_or_default(),
        grant: grant.clone(),
    };
    let missing = by.is_empty().then(|| NotHeld {
        elsewhere: elsewhere.into_iter().map(held).collect(),
        roles: roles
            .holders(permission)
            .map(|role| role.name.clone())
            .collect(),
    });
    Explanation {
        allowed: !by.is_empty(),
        permission: permission.name().to_owned(),
        by: by.into_iter().map(held).collect(),
        missing,
    }
}
