//! A workspace's secrets: their values go in, never out.

use crate::lenient;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What may be known of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// Its name, which is the variable it becomes.
    pub name: String,
    /// When it was first set.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// When it was last set.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub updated_at: Option<Timestamp>,
    /// Who last set it, by the name they sign in with.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub updated_by: String,
}

/// `PUT /api/workspaces/{id}/secrets/{name}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSecret {
    /// The value.
    pub value: String,
}

impl fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewSecret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_printed() {
        let new = NewSecret {
            value: "hunter2".to_owned(),
        };
        assert!(!format!("{new:?}").contains("hunter2"));
    }
}
