//! Calls about users, roles and access.

use super::client::{Call, read, send};
use super::error::ApiError;
use vestibule_model::access::Role;
use vestibule_model::list::List;

/// Path of the roles.
pub const ROLES: &str = "/api/roles";

/// Fetches the system roles and the custom ones.
pub async fn roles() -> Result<List<Role>, ApiError> {
    read(&send(Call::get(ROLES, None)).await?)
}

/// Path of the users.
pub const USERS: &str = "/api/users";

/// Path of the audit log.
pub const AUDIT: &str = "/api/audit";
