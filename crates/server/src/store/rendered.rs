//! JSON of workbenches, made once for each version of a row.
//!
//! The version is read in the transaction of the request, and triggers of the database raise it with
//! every change of what the row is made of. A text is therefore never older than the row.

use super::workbench_rows;
use rusqlite::Row;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// Most bytes of text that are kept.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// JSON of workbenches by identifier and detail.
#[derive(Debug, Default)]
pub(super) struct Rendered(Mutex<Texts>);

#[derive(Debug, Default)]
struct Texts {
    bytes: usize,
    by_id: HashMap<(WorkbenchId, Detail), Text>,
}

/// Extent of a workbench's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Detail {
    /// All of it.
    Whole,
    /// Row of a list.
    List,
}

/// JSON of a workbench at a version of its row. Numbers of versions are those of one workspace.
#[derive(Debug)]
struct Text {
    workspace: WorkspaceId,
    version: i64,
    json: Arc<str>,
}

impl Rendered {
    /// Returns the JSON of a row. The row must be committed: a version whose transaction is rolled
    /// back is given again.
    pub(super) fn of(&self, row: &Row<'_>, detail: Detail) -> rusqlite::Result<Arc<str>> {
        let (id, workspace, version) = workbench_rows::version(row)?;
        let key = (id, detail);
        if let Some(text) = self.texts().by_id.get(&key)
            && text.version == version
            && text.workspace == workspace
        {
            return Ok(Arc::clone(&text.json));
        }
        let workbench = match detail {
            Detail::Whole => workbench_rows::read(row)?,
            Detail::List => workbench_rows::read_for_list(row)?,
        };
        let json = serde_json::to_string(&workbench)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let json: Arc<str> = json.into();
        let text = Text {
            workspace,
            version,
            json: Arc::clone(&json),
        };
        self.texts().keep(key, text);
        Ok(json)
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Texts {
    fn keep(&mut self, key: (WorkbenchId, Detail), text: Text) {
        if self.bytes + text.json.len() > MAX_BYTES {
            self.by_id.clear();
            self.bytes = 0;
        }
        self.bytes += text.json.len();
        if let Some(old) = self.by_id.insert(key, text) {
            self.bytes -= old.json.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded() {
        let mut texts = Texts::default();
        for number in 0..100 {
            let text = Text {
                workspace: "ws-1".into(),
                version: number,
                json: "x".repeat(MAX_BYTES / 10).into(),
            };
            let id = WorkbenchId::new(format!("wb-{}", number % 20));
            texts.keep((id, Detail::Whole), text);
            let held: usize = texts.by_id.values().map(|text| text.json.len()).sum();
            assert_eq!(held, texts.bytes);
            assert!(held <= MAX_BYTES);
        }
    }
}
