//! Calls about users, roles, members, shares and access.

use super::client::{Call, Receiving, Sending, receive, send};
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
pub fn roles() -> Receiving<List<Role>> {
    receive(Call::get(ROLES, None))
}

/// Fetches the permissions with the roles that have them.
pub fn permission_holders() -> Receiving<List<PermissionHolders>> {
    receive(Call::get("/api/permissions", None))
}

/// Returns the path of a user.
pub fn user_path(id: &UserId) -> String {
    format!("{USERS}/{}", encode(id.as_str()))
}

/// Creates a user. Without grants the user gets the default role.
pub fn create_user(
    username: String,
    display_name: Option<String>,
    email: Option<String>,
    invite: bool,
    grants: Option<Vec<NewGrant>>,
) -> Receiving<WithPassword> {
    let mut body = json!({ "username": username, "displayName": display_name, "email": email,
        "invite": invite });
    if let Some(grants) = grants {
        body["grants"] = json!(grants);
    }
    receive(Call::post(USERS, &body))
}

/// Changes the display name and the address of a user.
pub fn edit_user(id: UserId, display_name: String, email: Option<String>) -> Receiving<Account> {
    change_user(id, &json!({ "displayName": display_name, "email": email }))
}

/// Disables or enables a user.
pub fn disable_user(id: UserId, disabled: bool) -> Receiving<Account> {
    change_user(id, &json!({ "disabled": disabled }))
}

fn change_user(id: UserId, body: &Value) -> Receiving<Account> {
    receive(Call::patch(user_path(&id), body))
}

/// Deletes a user.
pub fn delete_user(id: UserId) -> Sending {
    send(Call::delete(user_path(&id)))
}

/// Gives a user a generated password and ends their sessions.
pub fn reset_password(id: UserId) -> Receiving<WithPassword> {
    let path = format!("{}/password", user_path(&id));
    receive(Call::post(path, &json!({})))
}

/// Invites a user who has no password; an earlier link ends.
pub fn invite_user(id: UserId) -> Receiving<WithPassword> {
    let path = format!("{}/invitation", user_path(&id));
    receive(Call::post(path, &json!({})))
}

/// Revokes the invitation of a user.
pub fn revoke_invitation(id: UserId) -> Sending {
    send(Call::delete(format!("{}/invitation", user_path(&id))))
}

/// Ends all sessions of a user.
pub fn sign_user_out(id: UserId) -> Sending {
    send(Call::post(
        format!("{}/sign-out", user_path(&id)),
        &json!({}),
    ))
}

/// Grants a user a role.
pub fn add_grant(id: UserId, grant: NewGrant) -> Receiving<Grant> {
    let path = format!("{}/grants", user_path(&id));
    receive(Call::post(path, &grant))
}

/// Removes a grant from a user.
pub fn remove_grant(id: UserId, grant: String) -> Sending {
    let path = format!("{}/grants/{}", user_path(&id), encode(&grant));
    send(Call::delete(path))
}

/// Explains why a user may do something, or not. `place` is a parameter and its identifier.
pub fn explain(
    user: UserId,
    permission: &'static str,
    place: Option<(&'static str, String)>,
) -> Receiving<Explanation> {
    let mut path = format!(
        "/api/access/explain?permission={}&user={}",
        encode(permission),
        encode(user.as_str())
    );
    if let Some((name, id)) = place {
        path.push_str(&format!("&{name}={}", encode(&id)));
    }
    receive(Call::get(path, None))
}

/// Returns the path of a workspace's members.
pub fn members_path(workspace: &WorkspaceId) -> String {
    format!("{}/members", super::workspace_path(workspace))
}

/// Grants a user a role in a workspace. `user` is an identifier, a username or an address.
pub fn put_member(workspace: WorkspaceId, user: String, role: String) -> Receiving<Member> {
    let path = format!("{}/{}", members_path(&workspace), encode(&user));
    receive(Call::put(path, &NewMember { role }))
}

/// Removes a user's roles in a workspace.
pub fn remove_member(workspace: WorkspaceId, user: UserId) -> Sending {
    let path = format!("{}/{}", members_path(&workspace), encode(user.as_str()));
    send(Call::delete(path))
}

/// Removes the user's own roles in a workspace.
pub fn leave_workspace(workspace: WorkspaceId) -> Sending {
    let path = format!("{}/membership", super::workspace_path(&workspace));
    send(Call::delete(path))
}

/// Returns the path of a workbench's shares.
pub fn shares_path(workbench: &WorkbenchId) -> String {
    format!("{}/shares", super::workbench_path(workbench))
}

/// Shares a workbench with a user.
pub fn share(workbench: WorkbenchId, share: NewShare) -> Receiving<Member> {
    receive(Call::post(shares_path(&workbench), &share))
}

/// Ends a share of a workbench.
pub fn remove_share(workbench: WorkbenchId, grant: String) -> Sending {
    let path = format!("{}/{}", shares_path(&workbench), encode(&grant));
    send(Call::delete(path))
}
