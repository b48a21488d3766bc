//! Sign-in and the signed-in user.

use crate::access::Grant;
use crate::ids::UserId;
use crate::lenient;
use serde::{Deserialize, Serialize};

/// `POST /api/auth/sign-in`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// The name one signs in with.
    pub username: String,
    /// The password.
    pub password: String,
}

/// `POST /api/auth/set-up`: makes the first administrator, once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetUp {
    /// The token of the set-up link.
    pub token: String,
    /// The name of the administrator.
    pub username: String,
    /// Their password; see [`crate::names::check_password`].
    pub password: String,
}

/// A user, as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The user.
    pub id: UserId,
    /// The name they sign in with.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub username: String,
    /// What people call them.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: String,
}

/// `GET /api/auth/me`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// Who is signed in.
    pub user: User,
    /// What they were given.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub grants: Vec<Grant>,
    /// The permissions those grants amount to somewhere, by name.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub permissions: Vec<String>,
}
