//! The signed-in user's own account: password, sessions and access tokens.

use crate::lenient::{self, or_none};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Largest number of access tokens of a user.
pub const MAX_TOKENS: usize = 100;
/// Longest life of an access token, in days.
pub const MAX_TOKEN_DAYS: i64 = 366;

/// Body of `PUT /api/account/password`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPassword {
    /// The present password.
    pub current: String,
    /// The new password; see [`crate::validation::check_password`].
    pub password: String,
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(***)")
    }
}

/// Session of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionInfo {
    /// Identifier.
    pub id: String,
    /// `true` if the request came by this session.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub current: bool,
    /// Browser and system, as the browser named them at sign-in; empty if unknown.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub device: String,
    /// Address from which the user signed in; empty if unknown.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub address: String,
    /// Time of the sign-in.
    #[serde(default, deserialize_with = "or_none")]
    pub created_at: Option<Timestamp>,
    /// Last use, to the hour.
    #[serde(default, deserialize_with = "or_none")]
    pub last_used_at: Option<Timestamp>,
    /// Time of its end without another use.
    #[serde(default, deserialize_with = "or_none")]
    pub expires_at: Option<Timestamp>,
}

/// Access token of the user, without the token itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenInfo {
    /// Identifier.
    pub id: String,
    /// Name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Names of the permissions. The token permits them only where its user also has them.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub permissions: Vec<String>,
    /// Time of the creation.
    #[serde(default, deserialize_with = "or_none")]
    pub created_at: Option<Timestamp>,
    /// Time of its end.
    #[serde(default, deserialize_with = "or_none")]
    pub expires_at: Option<Timestamp>,
    /// Last use, to the hour, or `None` if it was never used.
    #[serde(default, deserialize_with = "or_none")]
    pub last_used_at: Option<Timestamp>,
}

/// Body of `POST /api/account/tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewToken {
    /// Name.
    pub name: String,
    /// Names of the permissions, of which the user holds each somewhere.
    pub permissions: Vec<String>,
    /// Time of its end, at most [`MAX_TOKEN_DAYS`] from now.
    pub expires_at: Timestamp,
}

/// Response of `POST /api/account/tokens`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatedToken {
    /// The token for `Authorization: Bearer`, shown this once.
    pub secret: String,
    /// Description.
    pub token: TokenInfo,
}

impl fmt::Debug for CreatedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CreatedToken({})", self.token.id)
    }
}
