//! Calls about users, roles, members, shares and access.

use super::client::{Answer, Call, read, send};
use super::error::ApiError;
use crate::routes::encode;
use serde_json::{Value, json};
use vestibule_model::access::{Explanation, Grant, Role};
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::list::List;
use vestibule_model::people::{
    Account, Member, NewGrant, NewMember, NewShare, PermissionHolders, WithPassword,
};

/// Path of the roles.
pub const ROLES: &str = "/api/roles";

/// Path of the users.
pub const USERS: &str = "/api/users";

/// Path of the audit log.
pub const AUDIT: &str = "/api/audit";

/// Fetches the system roles and the custom ones.
pub async fn roles() -> Result<List<Role>, ApiError> {
    read(&send(Call::get(ROLES, None)).await?)
}

/// Fetches the permissions with the roles that have them.
pub async fn permission_holders() -> Result<List<PermissionHolders>, ApiError> {
    read(&send(Call::get("/api/permissions", None)).await?)
}

/// Returns the path of a user.
pub fn user_path(id: &UserId) -> String {
    format!("{USERS}/{}", encode(id.as_str()))
}

/// Creates a user. Without grants the user gets the default role.
pub async fn create_user(
    username: String,
    display_name: Option<String>,
    email: Option<String>,
    invite: bool,
    grants: Option<Vec<NewGrant>>,
) -> Result<WithPassword, ApiError> {
    let mut body = json!({ "username": username, "displayName": display_name, "email": email,
        "invite": invite });
    if let Some(grants) = grants {
        body["grants"] = json!(grants);
    }
    read(&send(Call::post(USERS, &body)).await?)
}

/// Changes the display name and the address of a user.
pub async fn edit_user(
    id: UserId,
    display_name: String,
    email: Option<String>,
) -> Result<Account, ApiError> {
    change_user(id, &json!({ "displayName": display_name, "email": email })).await
}

/// Disables or enables a user.
pub async fn disable_user(id: UserId, disabled: bool) -> Result<Account, ApiError> {
    change_user(id, &json!({ "disabled": disabled })).await
}

async fn change_user(id: UserId, body: &Value) -> Result<Account, ApiError> {
    read(&send(Call::patch(user_path(&id), body)).await?)
}

/// Deletes a user.
pub async fn delete_user(id: UserId) -> Result<Answer, ApiError> {
    send(Call::delete(user_path(&id))).await
}

/// Gives a user a generated password and ends their sessions.
pub async fn reset_password(id: UserId) -> Result<WithPassword, ApiError> {
    let path = format!("{}/password", user_path(&id));
    read(&send(Call::post(path, &json!({}))).await?)
}

/// Invites a user who has no password; an earlier link ends.
pub async fn invite_user(id: UserId) -> Result<WithPassword, ApiError> {
    let path = format!("{}/invitation", user_path(&id));
    read(&send(Call::post(path, &json!({}))).await?)
}

/// Revokes the invitation of a user.
pub async fn revoke_invitation(id: UserId) -> Result<Answer, ApiError> {
    send(Call::delete(format!("{}/invitation", user_path(&id)))).await
}

/// Ends all sessions of a user.
pub async fn sign_user_out(id: UserId) -> Result<Answer, ApiError> {
    send(Call::post(
        format!("{}/sign-out", user_path(&id)),
        &json!({}),
    ))
    .await
}

/// Gives a user a role.
pub async fn add_grant(id: UserId, grant: NewGrant) -> Result<Grant, ApiError> {
    let path = format!("{}/grants", user_path(&id));
    read(&send(Call::post(path, &grant)).await?)
}

/// Takes a grant from a user.
pub async fn remove_grant(id: UserId, grant: String) -> Result<Answer, ApiError> {
    let path = format!("{}/grants/{}", user_path(&id), encode(&grant));
    send(Call::delete(path)).await
}

/// Explains why a user may do something, or not. `place` is a parameter and its identifier.
pub async fn explain(
    user: UserId,
    permission: &'static str,
    place: Option<(&'static str, String)>,
) -> Result<Explanation, ApiError> {
    let mut path = format!(
        "/api/access/explain?permission={}&user={}",
        encode(permission),
        encode(user.as_str())
    );
    if let Some((name, id)) = place {
        path.push_str(&format!("&{name}={}", encode(&id)));
    }
    read(&send(Call::get(path, None)).await?)
}

/// Returns the path of a workspace's members.
pub fn members_path(workspace: &WorkspaceId) -> String {
    format!("{}/members", super::workspace_path(workspace))
}

/// Gives a user a role in a workspace. `user` is an identifier, a username or an address.
pub async fn put_member(
    workspace: WorkspaceId,
    user: String,
    role: String,
) -> Result<Member, ApiError> {
    let path = format!("{}/{}", members_path(&workspace), encode(&user));
    read(&send(Call::put(path, &NewMember { role })).await?)
}

/// Takes a user's roles in a workspace.
pub async fn remove_member(workspace: WorkspaceId, user: UserId) -> Result<Answer, ApiError> {
    let path = format!("{}/{}", members_path(&workspace), encode(user.as_str()));
    send(Call::delete(path)).await
}

/// Gives up one's own roles in a workspace.
pub async fn leave_workspace(workspace: WorkspaceId) -> Result<Answer, ApiError> {
    let path = format!("{}/membership", super::workspace_path(&workspace));
    send(Call::delete(path)).await
}

/// Returns the path of a workbench's shares.
pub fn shares_path(workbench: &WorkbenchId) -> String {
    format!("{}/shares", super::workbench_path(workbench))
}

/// Shares a workbench with a user.
pub async fn share(workbench: WorkbenchId, share: NewShare) -> Result<Member, ApiError> {
    read(&send(Call::post(shares_path(&workbench), &share)).await?)
}

/// Ends a share of a workbench.
pub async fn remove_share(workbench: WorkbenchId, grant: String) -> Result<Answer, ApiError> {
    let path = format!("{}/{}", shares_path(&workbench), encode(&grant));
    send(Call::delete(path)).await
}
