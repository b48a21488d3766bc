//! Users, roles, members and the audit log, as administrators see them.

use crate::access::{Grant, Permission, Role, Scope};
use crate::ids::UserId;
use crate::lenient::{self, is_none, or_none};
use crate::problem::FieldError;
use crate::time::Timestamp;
use crate::validation::{has_hostile, is_hostile};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest title, display name or description, in characters.
pub const MAX_TITLE_CHARS: usize = 200;
/// Longest name of a role, in characters.
pub const MAX_ROLE_CHARS: usize = 64;
/// Longest e-mail address (RFC 5321 section 4.5.3.1.3).
pub const MAX_EMAIL_CHARS: usize = 254;

/// User with status and grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Identifier.
    pub id: UserId,
    /// Username.
    pub username: String,
    /// Display name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: String,
    /// E-mail address.
    #[serde(default, deserialize_with = "or_none")]
    pub email: Option<String>,
    /// Time of the creation.
    #[serde(default, deserialize_with = "or_none")]
    pub created_at: Option<Timestamp>,
    /// Time at which the user was disabled, or `None` while the user is active.
    #[serde(default, deserialize_with = "or_none")]
    pub disabled_at: Option<Timestamp>,
    /// Last use of a session, to the hour.
    #[serde(default, deserialize_with = "or_none")]
    pub last_seen_at: Option<Timestamp>,
    /// `true` if the user has a password.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub has_password: bool,
    /// End of an invitation that was not accepted yet.
    #[serde(default, deserialize_with = "or_none")]
    pub invited_until: Option<Timestamp>,
    /// The identity providers through which the user signs in.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub providers: Vec<String>,
    /// The grants.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub grants: Vec<Grant>,
}

/// Body of `POST /api/users`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAccount {
    /// Username.
    pub username: String,
    /// Display name; the username if it is absent.
    #[serde(default)]
    pub display_name: Option<String>,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Password; if it is absent, one is generated.
    #[serde(default)]
    pub password: Option<String>,
    /// `true` for an invitation link instead of a password.
    #[serde(default)]
    pub invite: bool,
    /// Grants; if they are absent, the default role.
    #[serde(default)]
    pub grants: Option<Vec<NewGrant>>,
}

/// Body of `PATCH /api/users/{id}`. Absent fields stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountPatch {
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// E-mail address; null removes it.
    #[serde(default, deserialize_with = "lenient::present")]
    pub email: Option<Option<String>>,
    /// `true` disables the user, who can't sign in then; `false` enables them.
    #[serde(default)]
    pub disabled: Option<bool>,
}

/// User with a password or an invitation, which is shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WithPassword {
    /// The user.
    pub user: Account,
    /// The generated password.
    #[serde(default, skip_serializing_if = "is_none")]
    pub password: Option<String>,
    /// The link of the invitation.
    #[serde(default, skip_serializing_if = "is_none")]
    pub invitation: Option<String>,
}

/// Body of `POST /api/users/{id}/grants`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewGrant {
    /// The role's name.
    pub role: String,
    /// Scope of the role.
    pub scope: Scope,
    /// Time of its end.
    #[serde(default, skip_serializing_if = "is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Body of `PUT /api/workspaces/{id}/members/{userId}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMember {
    /// The role's name.
    pub role: String,
}

/// Body of `POST /api/workbenches/{id}/shares`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewShare {
    /// Identifier, username or e-mail address of the user.
    pub user: String,
    /// The role's name.
    pub role: String,
    /// Time of its end.
    #[serde(default, skip_serializing_if = "is_none")]
    pub expires_at: Option<Timestamp>,
}

/// User with access to a workspace or workbench, and the grants that give it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Identifier of the user.
    pub user_id: UserId,
    /// Username.
    pub username: String,
    /// Display name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: String,
    /// The grants that reach the workspace or workbench.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub grants: Vec<Grant>,
}

/// Body of `PUT /api/roles/{name}`: the whole role, since an absent field must not empty one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleContent {
    /// Title for screens.
    pub title: String,
    /// Description for screens.
    pub description: String,
    /// Names of its own permissions.
    pub permissions: Vec<String>,
    /// Names of the roles whose permissions it inherits.
    pub inherits: Vec<String>,
}

/// Body of `POST /api/roles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRole {
    /// Name.
    pub name: String,
    /// Title for screens.
    pub title: String,
    /// Description for screens.
    #[serde(default)]
    pub description: String,
    /// Names of its own permissions.
    pub permissions: Vec<String>,
    /// Names of the roles whose permissions it inherits.
    #[serde(default)]
    pub inherits: Vec<String>,
}

/// Role in the list of roles, with its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ListedRole {
    /// The role.
    #[serde(flatten)]
    pub role: Role,
    /// Version of a custom role: its `ETag` without the quotes. `None` for a system role.
    #[serde(default, deserialize_with = "or_none")]
    pub version: Option<i64>,
    /// Time of the last change of a custom role.
    #[serde(default, deserialize_with = "or_none")]
    pub changed_at: Option<Timestamp>,
    /// Username of who made it, for those who may see users.
    #[serde(default, deserialize_with = "or_none")]
    pub changed_by_name: Option<String>,
}

/// Body of `POST /api/roles/preview`: a change of roles that is not made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RolePreview {
    /// New and changed custom roles.
    #[serde(default)]
    pub roles: Vec<PreviewedRole>,
    /// Deleted custom roles.
    #[serde(default)]
    pub deleted: Vec<DeletedRole>,
}

/// Permissions that a custom role would have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreviewedRole {
    /// Name.
    pub name: String,
    /// Names of its own permissions.
    pub permissions: Vec<String>,
    /// Names of the roles whose permissions it inherits.
    pub inherits: Vec<String>,
}

/// Custom role that would be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeletedRole {
    /// Name.
    pub name: String,
    /// The role that its users get.
    #[serde(default)]
    pub replacement: Option<String>,
}

/// Page of users: a list with the number of all users that fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccountList {
    /// The users of the page.
    #[serde(deserialize_with = "crate::lenient::rows")]
    pub items: Vec<Account>,
    /// The cursor of the next page, or `None` on the last page.
    #[serde(default)]
    pub next_cursor: Option<String>,
    /// Number of users on all pages; `None` from servers that do not count.
    #[serde(default, deserialize_with = "or_none")]
    pub total: Option<u64>,
}

/// Permission as the API describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PermissionInfo {
    name: &'static str,
    resource: &'static str,
    action: &'static str,
    dimension: crate::access::Dimension,
    title: &'static str,
    description: &'static str,
    /// Titles of the roles that have it, their own or inherited.
    held_by: Vec<String>,
}

impl PermissionInfo {
    /// Describes a permission, with the titles of the roles that have it.
    pub fn new(permission: Permission, held_by: Vec<String>) -> Self {
        Self {
            name: permission.name(),
            resource: permission.resource(),
            action: permission.action(),
            dimension: permission.dimension(),
            title: permission.title(),
            description: permission.description(),
            held_by,
        }
    }
}

/// Part of [`PermissionInfo`] that explains a missing permission.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionHolders {
    /// Wire name of the permission.
    pub name: String,
    /// Titles of the roles that have it.
    #[serde(default, deserialize_with = "crate::lenient::rows")]
    pub held_by: Vec<String>,
}

/// Entry of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Number, which only grows.
    pub seq: u64,
    /// Time.
    pub at: Timestamp,
    /// Identifier of the user, or `None` for the command line.
    pub actor_id: Option<UserId>,
    /// Name of the user at that time; replaced once the user is deleted.
    pub actor_name: String,
    /// The client's address, empty for the command line.
    pub address: String,
    /// The action, such as `grant.add`.
    pub action: String,
    /// Identifier of the changed thing.
    pub target_id: String,
    /// Name of the changed thing.
    pub target_name: String,
    /// State before the change.
    pub before: Value,
    /// State after the change.
    pub after: Value,
}

/// Checks a title, display name or description, and returns it trimmed.
pub fn check_title(field: &str, text: &str, may_be_empty: bool) -> Result<String, FieldError> {
    let text = text.trim();
    let message = if text.is_empty() && !may_be_empty {
        "Give it a text.".to_owned()
    } else if text.chars().count() > MAX_TITLE_CHARS {
        format!("Use at most {MAX_TITLE_CHARS} characters.")
    } else if has_hostile(text) {
        "Leave out control characters and characters that cannot be seen.".to_owned()
    } else {
        return Ok(text.to_owned());
    };
    Err(FieldError::new(field, message))
}

/// Checks the name of a role.
pub fn check_role_name(field: &str, name: &str) -> Result<(), FieldError> {
    let fits = (1..=MAX_ROLE_CHARS).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits {
        return Ok(());
    }
    let message = "Use a lower-case letter, then letters, digits or inner hyphens (at most 64).";
    Err(FieldError::new(field, message))
}

/// Checks an e-mail address as far as that is possible without sending a message.
pub fn check_email(field: &str, email: &str) -> Result<String, FieldError> {
    let email = email.trim();
    let fits = email.chars().count() <= MAX_EMAIL_CHARS
        && !email.chars().any(|c| c.is_whitespace() || is_hostile(c))
        && email
            .rsplit_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
    if fits {
        return Ok(email.to_owned());
    }
    Err(FieldError::new(
        field,
        "Use an address such as ada@example.org.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list of the issue: characters that cannot be seen or that imitate others' order.
    #[test]
    fn invisible_characters_are_refused_in_every_name() {
        for c in "\u{ad}\u{61c}\u{180e}\u{200b}\u{200c}\u{200e}\u{200f}\u{2060}\u{2800}\u{3164}\u{fff9}\u{e0041}\u{202e}\n\0".chars() {
            let text = format!("Ada{c}Lovelace");
            assert!(check_title("title", &text, true).is_err(), "{c:?}");
            assert!(check_email("email", &format!("ada{c}@example.org")).is_err(), "{c:?}");
            assert!(check_role_name("name", &format!("a{c}b")).is_err(), "{c:?}");
        }
        assert_eq!(
            check_title("title", " Größe 日本 🙂 ", false),
            Ok("Größe 日本 🙂".into())
        );
        assert!(check_title("title", "  ", false).is_err());
        assert!(check_title("title", &"a".repeat(201), true).is_err());
        // A look-alike of a Latin letter is no role's name.
        assert!(check_role_name("name", "vіewer").is_err());
        for bad in ["", "-a", "a-", "Viewer", "1a", "a b", &"a".repeat(65)] {
            assert!(check_role_name("name", bad).is_err(), "{bad}");
        }
        assert!(check_role_name("name", "data-team-2").is_ok());
        for bad in ["", "ada", "@b", "a@", "a b@c"] {
            assert!(check_email("email", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_absent_field_wipes_nothing() {
        let patch: AccountPatch = serde_json::from_str("{}").expect("JSON");
        assert_eq!(patch, AccountPatch::default());
        let patch: AccountPatch = serde_json::from_str(r#"{"email":null}"#).expect("JSON");
        assert_eq!(patch.email, Some(None));
        assert!(serde_json::from_str::<RoleContent>(r#"{"title":"x"}"#).is_err());
        assert!(serde_json::from_str::<AccountPatch>(r#"{"admin":true}"#).is_err());
    }
}
