//! Sign-in and the signed-in user.

use crate::access::Grant;
use crate::ids::UserId;
use crate::lenient;
use serde::{Deserialize, Serialize};

/// Body of `POST /api/auth/sign-in`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// Username.
    pub username: String,
    /// The password.
    pub password: String,
}

/// Body of `POST /api/auth/set-up`, which creates the first administrator, once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetUp {
    /// The token of the set-up link.
    pub token: String,
    /// Username of the administrator.
    pub username: String,
    /// Password; see [`crate::validation::check_password`].
    pub password: String,
}

/// Body of `POST /api/auth/invitation`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvitationToken {
    /// The token of the link.
    pub token: String,
}

/// Body of `POST /api/auth/invitation/accept`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptInvitation {
    /// The token of the link.
    pub token: String,
    /// The new password; see [`crate::validation::check_password`].
    pub password: String,
}

/// User whom an invitation is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Invited {
    /// Username.
    pub username: String,
    /// Display name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: String,
}

/// Response of `GET /api/auth/providers`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignInWays {
    /// The identity providers.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub providers: Vec<SignInProvider>,
    /// The user whom the proxy in front names.
    #[serde(default, deserialize_with = "lenient::or_none")]
    pub header_user: Option<String>,
}

/// Identity provider on the sign-in page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignInProvider {
    /// Name in addresses.
    pub id: String,
    /// Name for screens.
    pub name: String,
}

/// Returns `true` if an address stays on this origin: `//host` and `/\host` lead to other hosts.
pub fn is_own_path(path: &str) -> bool {
    path.starts_with('/') && !path[1..].starts_with(['/', '\\']) && !path.contains(char::is_control)
}

/// User.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Identifier.
    pub id: UserId,
    /// Username.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub username: String,
    /// Display name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: String,
}

impl User {
    /// Returns the name that screens show.
    pub fn shown_name(&self) -> &str {
        match self.display_name.as_str() {
            "" => &self.username,
            name => name,
        }
    }
}

/// Response of `GET /api/auth/me`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The signed-in user.
    pub user: User,
    /// The user's grants.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub grants: Vec<Grant>,
    /// Names of the permissions that the grants give in any scope.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub permissions: Vec<String>,
    /// Version of the grants with their permissions, the same as in the stream's heartbeats; empty from
    /// servers that do not send it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub access_version: String,
}
