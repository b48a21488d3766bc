//! Page of a list, in the shape of every list of the API.

use crate::lenient;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Page of a list: `{"items":[…],"nextCursor":null}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct List<T> {
    /// The readable rows.
    pub items: Vec<T>,
    /// The cursor of the next page, or `None` on the last page.
    pub next_cursor: Option<String>,
    /// The number of unreadable rows. Never on the wire.
    #[serde(skip)]
    pub unreadable: usize,
}

impl<T> List<T> {
    /// Returns a list of one page.
    pub fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
            unreadable: 0,
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (rows, next_cursor) = parts(Value::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("a list has `items`"))?;
        let total = rows.len();
        let items: Vec<T> = rows.into_iter().filter_map(lenient::read).collect();
        Ok(Self {
            unreadable: total - items.len(),
            items,
            next_cursor,
        })
    }
}

/// Returns the rows and the cursor of the next page.
fn parts(mut list: Value) -> Option<(Vec<Value>, Option<String>)> {
    let fields = list.as_object_mut()?;
    let Some(Value::Array(rows)) = fields.remove("items") else {
        return None;
    };
    let next_cursor = fields.remove("nextCursor").and_then(lenient::read);
    Some((rows, next_cursor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_rows_are_counted() {
        let list: List<u8> = serde_json::from_str(r#"{"items":[1,"x",3]}"#).expect("readable");
        assert_eq!((list.items, list.unreadable), (vec![1, 3], 1));
        assert!(serde_json::from_str::<List<u8>>(r#"{"rows":[]}"#).is_err());
    }
}
