//! Calls of the editor of roles and of the audit log.

use super::client::{Answer, Call, Receiving, read, receive, send};
use super::error::ApiError;
use super::people::{AUDIT, ROLES};
use vestibule_client::roles::{ListedPermission, SaveStep};
use vestibule_model::access::RoleImpact;
use vestibule_model::list::List;
use vestibule_model::people::{AuditEntry, ListedRole, NewRole, RoleContent, RolePreview};

/// Fetches all roles with their versions.
pub async fn listed_roles() -> Result<Vec<ListedRole>, ApiError> {
    let list: List<ListedRole> = read(&send(Call::get(ROLES, None)).await?)?;
    Ok(list.items)
}

/// Fetches the permissions that the server knows.
pub async fn permissions() -> Result<Vec<ListedPermission>, ApiError> {
    let list: List<ListedPermission> = read(&send(Call::get("/api/permissions", None)).await?)?;
    Ok(list.items)
}

/// Fetches the effect of a change of roles.
pub fn preview_roles(change: RolePreview) -> Receiving<RoleImpact> {
    receive(Call::post(format!("{ROLES}/preview"), &change))
}

/// Saves a step of a changed set of roles. Returns the role's new version.
pub async fn save_role(step: SaveStep) -> Result<Option<i64>, ApiError> {
    let call = match step {
        SaveStep::Create(role) => Call::post(
            ROLES,
            &NewRole {
                name: role.name.clone(),
                title: role.title.clone(),
                description: role.description.clone(),
                permissions: role.permissions.clone(),
                inherits: role.inherits.clone(),
            },
        ),
        SaveStep::Replace(role, version) => {
            let content = RoleContent {
                title: role.title.clone(),
                description: role.description.clone(),
                permissions: role.permissions.clone(),
                inherits: role.inherits.clone(),
            };
            Call::put(format!("{ROLES}/{}", role.name), &content).if_match(tag(version))
        }
        SaveStep::Delete {
            name,
            version,
            replacement,
        } => {
            let query = replacement.map(|to| format!("?replacement={to}"));
            let path = format!("{ROLES}/{name}{}", query.unwrap_or_default());
            Call::delete(path).if_match(tag(version))
        }
    };
    let answer: Answer = send(call).await?;
    Ok(answer
        .etag
        .and_then(|tag| tag.trim_matches('"').parse().ok()))
}

fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Fetches a page of the audit log; `query` is its filter.
pub fn audit(query: String) -> Receiving<List<AuditEntry>> {
    receive(Call::get(format!("{AUDIT}?{query}"), None))
}
