//! A workspace's secrets: values are written, never read back.

use crate::ids::WorkbenchId;
use crate::lenient;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Secret without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// Name, which is also the name of the variable.
    pub name: String,
    /// Time of the first value.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// Time of the current value.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub updated_at: Option<Timestamp>,
    /// Username of the user who set the current value.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub updated_by: String,
    /// Workbenches that use it, or `None` if the reader may not see workbenches.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub used_by: Option<Uses>,
}

/// Workbenches that use a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Uses {
    /// Number of workbenches.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub total: u64,
    /// The first of them by name, at most [`MOST_USES`].
    #[serde(default, deserialize_with = "lenient::rows")]
    pub first: Vec<User>,
}

/// Largest number of workbenches listed as users of a secret.
pub const MOST_USES: usize = 3;

/// Workbench that uses a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SecretUser))]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Identifier.
    pub id: WorkbenchId,
    /// Name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
}

impl Uses {
    /// Returns the number of workbenches that are not listed.
    pub fn more(&self) -> u64 {
        self.total.saturating_sub(self.first.len() as u64)
    }
}

impl Secret {
    /// Describes the effect of a deletion.
    pub fn loss(&self) -> String {
        const WAITS: &str = "Starts that need it wait until it is set again.";
        let Some(uses) = self.used_by.as_ref().filter(|uses| !uses.first.is_empty()) else {
            return match &self.used_by {
                Some(_) => ["No workbench uses it now. ", WAITS].concat(),
                None => WAITS.to_owned(),
            };
        };
        let mut names: Vec<String> = uses.first.iter().map(quoted).collect();
        match uses.more() {
            0 => {}
            1 => names.push("1 other".to_owned()),
            more => names.push(format!("{more} others")),
        }
        let (all, are_many) = joined(&names);
        let (uses, its) = if are_many {
            ("use", "their next starts wait")
        } else {
            ("uses", "its next start waits")
        };
        format!("{all} {uses} it: {its} until it is set again.")
    }
}

fn quoted(user: &User) -> String {
    format!("\u{201c}{}\u{201d}", user.name)
}

/// Returns the names in a sentence, and whether there are several.
fn joined(names: &[String]) -> (String, bool) {
    match names {
        [] => (String::new(), false),
        [one] => (one.clone(), false),
        [first @ .., last] => ([&first.join(", "), " and ", last].concat(), true),
    }
}

/// Body of `PUT /api/workspaces/{id}/secrets/{name}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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

    #[test]
    fn effect_of_a_deletion_names_the_workbenches() {
        let loss = |used_by: &str| {
            let text = format!(r#"{{"name":"KEY"{used_by}}}"#);
            let secret: Secret = serde_json::from_str(&text).expect("readable");
            secret.loss()
        };
        let waits = "Starts that need it wait until it is set again.";
        assert_eq!(loss(""), waits);
        // Unreadable fields are unknown.
        assert_eq!(loss(r#","usedBy":7"#), waits);
        let nobody = loss(r#","usedBy":{"total":0,"first":[]}"#);
        assert_eq!(nobody, format!("No workbench uses it now. {waits}"));
        assert_eq!(
            loss(r#","usedBy":{"total":1,"first":[{"id":"wb-a","name":"A"}]}"#),
            "\u{201c}A\u{201d} uses it: its next start waits until it is set again."
        );
        let two = r#"[{"id":"wb-a","name":"A"},{"id":"wb-b","name":"B"}]"#;
        assert_eq!(
            loss(&format!(r#","usedBy":{{"total":2,"first":{two}}}"#)),
            "\u{201c}A\u{201d} and \u{201c}B\u{201d} use it: their next starts wait until it is set again."
        );
        let many = loss(&format!(r#","usedBy":{{"total":14,"first":{two}}}"#));
        assert!(
            many.contains("\u{201c}B\u{201d} and 12 others use it"),
            "{many}"
        );
    }
}
