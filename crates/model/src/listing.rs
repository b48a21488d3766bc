//! List of a workspace's workbenches on the wire: complete, or changes only.

use crate::ids::WorkbenchId;
use crate::lenient;
use crate::workbench::Workbench;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Version of a list; every change creates a new one. It counts the changes of one workspace's list
/// while the server runs. Another server process begins a new epoch, since it may render the same
/// rows differently, and a restored database counts from an earlier number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct ListVersion(String);

impl ListVersion {
    /// Returns the version after so many changes.
    pub fn new(epoch: &str, number: u64) -> Self {
        Self(format!("{epoch}.{number}"))
    }

    /// Returns the version as on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the number of changes, or `None` for another epoch.
    pub fn number_in(&self, epoch: &str) -> Option<u64> {
        let (of, number) = self.0.rsplit_once('.')?;
        (of == epoch).then(|| number.parse().ok())?
    }

    /// Returns `true` if this version is certainly older than another.
    pub fn is_older_than(&self, other: &Self) -> bool {
        let number = |version: &Self, epoch| version.number_in(epoch);
        self.0.rsplit_once('.').is_some_and(|(epoch, _)| {
            matches!((number(self, epoch), number(other, epoch)), (Some(a), Some(b)) if a < b)
        })
    }
}

impl From<&str> for ListVersion {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Response of `GET /api/workspaces/{id}/workbenches`, with `?since=VERSION` or without.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// Rows, oldest first: the changed ones if [`Self::since`] is given, otherwise all.
    pub items: Vec<Workbench>,
    /// The version to which the changes apply, or `None` for a complete list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<ListVersion>,
    /// Identifiers of the rows removed since then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<WorkbenchId>,
    /// The version of the list after these changes.
    pub version: Option<ListVersion>,
    /// The stream's newest number when the list was read: events up to it are included.
    pub seq: Option<u64>,
    /// Cursor of the next page: always `None`.
    pub next_cursor: Option<String>,
    /// Identifiers of unreadable rows. Never on the wire.
    #[serde(skip)]
    pub unreadable: Vec<WorkbenchId>,
    /// Number of rows whose identifier could not be read.
    #[serde(skip)]
    pub nameless: usize,
}

impl<'de> Deserialize<'de> for Listing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::of(value).ok_or_else(|| D::Error::custom("a list has `items`"))
    }
}

impl Listing {
    fn of(mut list: Value) -> Option<Self> {
        let fields = list.as_object_mut()?;
        let Some(Value::Array(rows)) = fields.remove("items") else {
            return None;
        };
        let (mut items, mut unreadable, mut nameless) = (Vec::new(), Vec::new(), 0);
        for row in rows {
            let id = row.get("id").cloned();
            match (lenient::read(row), id.and_then(lenient::read)) {
                (Some(row), _) => items.push(row),
                (None, Some(id)) => unreadable.push(id),
                (None, None) => nameless += 1,
            }
        }
        let removed = fields.remove("removed").filter(|ids| !ids.is_null());
        let removed: Option<Option<Vec<WorkbenchId>>> = removed.map(lenient::read);
        Some(Self {
            items,
            unreadable,
            nameless: nameless + usize::from(removed == Some(None)),
            removed: removed.flatten().unwrap_or_default(),
            since: fields.remove("since").and_then(lenient::read),
            version: fields.remove("version").and_then(lenient::read),
            seq: fields.remove("seq").and_then(lenient::read),
            next_cursor: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_one_epoch_have_an_order() {
        let version = |text: &str| ListVersion::from(text);
        assert!(version("a.9").is_older_than(&version("a.10")));
        for (one, other) in [
            ("a.10", "a.9"),
            ("a.9", "a.9"),
            ("a.9", "b.10"),
            ("a.9", "a.x"),
            ("9", "10"),
            ("", ""),
        ] {
            assert!(
                !version(one).is_older_than(&version(other)),
                "{one} {other}"
            );
        }
        assert_eq!(ListVersion::new("a", 7).number_in("a"), Some(7));
        assert_eq!(ListVersion::new("a", 7).number_in("b"), None);
    }

    #[test]
    fn list_has_the_shape_of_every_list_and_its_own_fields() {
        let whole = Listing {
            version: Some(ListVersion::new("a", 3)),
            seq: Some(9),
            ..Listing::default()
        };
        let text = serde_json::to_string(&whole).expect("our own");
        assert_eq!(
            text,
            r#"{"items":[],"version":"a.3","seq":9,"nextCursor":null}"#
        );
        let part = Listing {
            since: Some(ListVersion::new("a", 2)),
            removed: vec![WorkbenchId::new("wb-1")],
            ..whole
        };
        let text = serde_json::to_string(&part).expect("our own");
        assert_eq!(serde_json::from_str::<Listing>(&text).ok(), Some(part));
    }

    #[test]
    fn field_7_unreadable_rows_are_counted_and_the_rest_stays() {
        let text = r#"{"items":[7,{"id":"wb-1","workspaceId":"ws-1"},null,{"id":"wb-3","workspaceId":[]},
            {"id":4}],"removed":["wb-2",3],
            "since":"","version":null,"seq":"x"}"#;
        let list = lenient::parse::<Listing>(text).expect("a list");
        assert_eq!((list.items.len(), list.nameless), (1, 4));
        assert_eq!(list.unreadable, [WorkbenchId::new("wb-3")]);
        assert_eq!((list.since, list.version, list.seq), (None, None, None));
        assert!(list.removed.is_empty());
        assert!(lenient::parse::<Listing>("[]").is_none());
    }
}
