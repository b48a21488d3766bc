//! Outcomes of runs and builds that users acknowledged, on any device.

use super::{Result, Store, rows, sequence};
use rusqlite::params;
use std::collections::HashSet;
use vestibule_model::ids::UserId;

impl Store {
    /// Stores acknowledgements of existing runs and builds. `may_see` is called with the workspace
    /// and, for runs, the workbench.
    pub fn acknowledge(
        &self,
        user: &UserId,
        keys: &[String],
        may_see: impl Fn(&str, Option<&str>) -> bool,
    ) -> Result<()> {
        self.write(|tx| {
            let mut seq = None;
            for key in keys {
                let (run, build) = (key.strip_prefix("run:"), key.strip_prefix("build:"));
                let found = place(tx, run, build)?;
                let Some((workspace, workbench)) = found else {
                    continue;
                };
                let sql = "SELECT 1 FROM acknowledgements WHERE user_id = ?1 AND key = ?2";
                let is_noted = rows::first::<i64>(tx, sql, params![user.as_str(), key])?.is_some();
                if is_noted || !may_see(&workspace, workbench.as_deref()) {
                    continue;
                }
                // Keys of one request share one number.
                let seq = match seq {
                    Some(seq) => seq,
                    None => *seq.insert(sequence::next(tx)?),
                };
                tx.execute(
                    "INSERT INTO acknowledgements (user_id, key, run_id, build_id, seq)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![user.as_str(), key, run, build, seq],
                )?;
            }
            Ok(())
        })
    }

    /// Returns the keys that a user acknowledged.
    pub fn acknowledged(&self, user: &UserId) -> Result<HashSet<String>> {
        self.read(|tx| {
            let mut statement =
                tx.prepare_cached("SELECT key FROM acknowledgements WHERE user_id = ?1")?;
            let found = statement.query_map([user.as_str()], |row| row.get(0))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Returns the workspace of a run or a build, and a run's workbench.
fn place(
    tx: &rusqlite::Transaction<'_>,
    run: Option<&str>,
    build: Option<&str>,
) -> rusqlite::Result<Option<(String, Option<String>)>> {
    use rusqlite::OptionalExtension as _;
    let sql = match (run, build) {
        (Some(_), _) => {
            "SELECT b.workspace_id, b.id FROM runs r JOIN workbenches b ON b.id = r.workbench_id
             WHERE r.id = ?1"
        }
        (None, Some(_)) => "SELECT workspace_id, NULL FROM builds WHERE id = ?1",
        (None, None) => return Ok(None),
    };
    tx.prepare_cached(sql)?
        .query_row([run.or(build)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}
