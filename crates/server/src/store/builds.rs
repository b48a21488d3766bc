//! Builds, as the API shows them.

use super::build_rows::{SELECT, expect, find, read};
use super::{Result, Store, rows};
use crate::metrics::OpenCounts;
use rusqlite::{OptionalExtension as _, Transaction, params};
use vestibule_model::access::Reach;
use vestibule_model::build::{Build, BuildReason, BuildStatus};
use vestibule_model::ids::{BuildId, RunId, WorkspaceId};
use vestibule_model::preflight::FailedBuild;

/// Filter of builds.
#[derive(Debug, Clone, Default)]
pub struct BuildFilter {
    /// Status of the listed rows.
    pub status: Option<BuildStatus>,
    /// Workspace of the listed rows.
    pub workspace: Option<WorkspaceId>,
    /// App of the listed rows.
    pub app: Option<String>,
    /// Position of the last build of the previous page.
    pub before: Option<i64>,
    /// Most rows.
    pub limit: u32,
}

/// Page of builds, unless the client has it.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildPage {
    /// Tag that changes whenever any list of builds may change.
    pub tag: String,
    /// The builds, newest first, and the place of the last one if more follow, or `None` if the
    /// client has this page.
    pub rows: Option<(Vec<Build>, Option<i64>)>,
}

impl Store {
    /// Returns one build.
    pub fn build(&self, id: &BuildId) -> Result<Option<Build>> {
        self.read(|tx| find(tx, id))
    }

    /// Returns the build that a run waits or waited for.
    pub fn build_of_run(&self, run: &RunId) -> Result<Option<(Build, String)>> {
        self.read(|tx| {
            let sql = format!("{SELECT} JOIN runs r ON r.build_id = b.id WHERE r.id = ?1");
            let found = tx
                .prepare_cached(&sql)?
                .query_row([run.as_str()], |row| Ok((read(row)?, row.get("content")?)))
                .optional()?;
            Ok(found)
        })
    }

    /// Returns the status of the most advanced build of a content that has not ended.
    pub fn build_under_way(&self, content: &str) -> Result<Option<BuildStatus>> {
        self.read(|tx| {
            let word = rows::first::<String>(
                tx,
                "SELECT status FROM builds WHERE content = ?1 AND finished_at IS NULL
                 ORDER BY status = 'running' DESC LIMIT 1",
                [content],
            )?;
            Ok(word.map(|word| word.as_str().into()))
        })
    }

    /// Returns the last build of a content if its steps failed. Builds that ended for other reasons
    /// do not count.
    pub fn failed_build(&self, content: &str) -> Result<Option<FailedBuild>> {
        self.read(|tx| {
            let sql = "SELECT app, error, id, workspace_id, status FROM builds
                 WHERE content = ?1 AND status IN ('succeeded', 'failed')
                 AND coalesce(reason, '') NOT IN (?2, ?3)
                 ORDER BY finished_at DESC, rowid DESC LIMIT 1";
            let [interrupted, gone] = [BuildReason::Interrupted, BuildReason::AppGone];
            let newest = tx
                .prepare_cached(sql)?
                .query_row([content, interrupted.as_str(), gone.as_str()], |row| {
                    let failed = FailedBuild {
                        app: row.get("app")?,
                        why: row.get::<_, Option<String>>("error")?.unwrap_or_default(),
                        id: Some(rows::id(row, "id")?),
                        workspace_id: Some(rows::id(row, "workspace_id")?),
                    };
                    Ok((failed, rows::open_enum::<BuildStatus>(row, "status")?))
                })
                .optional()?;
            let failed = newest.filter(|(_, status)| *status == BuildStatus::Failed);
            Ok(failed.map(|(build, _)| build))
        })
    }

    /// Returns the counts of builds and runs that have not ended.
    pub fn standing_counts(&self) -> Result<OpenCounts> {
        self.read(|tx| {
            let counts = |sql: &str| -> Result<Vec<(String, i64)>> {
                let mut statement = tx.prepare_cached(sql)?;
                let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
                Ok(found.collect::<rusqlite::Result<_>>()?)
            };
            let mut standing = OpenCounts::default();
            for (status, count) in
                counts("SELECT status, count(*) FROM builds WHERE finished_at IS NULL GROUP BY 1")?
            {
                match status.as_str().into() {
                    BuildStatus::Running => standing.builds_running = count,
                    _ => standing.builds_queued += count,
                }
            }
            let runs =
                counts("SELECT status, count(*) FROM runs WHERE finished_at IS NULL GROUP BY 1")?;
            standing.runs = runs
                .iter()
                .map(|(word, n)| (word.as_str().into(), *n))
                .collect();
            Ok(standing)
        })
    }

    /// Returns the builds of the workspaces within reach. `signed_in` is part of the tag, since users see
    /// different builds.
    pub fn builds(
        &self,
        filter: &BuildFilter,
        reach: &Reach,
        signed_in: &str,
        is_known: impl FnOnce(&str) -> bool,
    ) -> Result<BuildPage> {
        self.read(|tx| {
            let version = rows::first::<i64>(tx, "SELECT version FROM build_list", [])?;
            let seen_by = crate::tokens::hash(&format!("{signed_in} {reach:?} {filter:?}"));
            let (opened, version) = (&self.opened, version.unwrap_or(0));
            let tag = format!("\"{opened}.{version}.{}\"", &seen_by[..12]);
            let rows = match is_known(&tag) {
                true => None,
                false => Some(page(tx, filter, reach)?),
            };
            Ok(BuildPage { tag, rows })
        })
    }
}

fn page(
    tx: &Transaction<'_>,
    filter: &BuildFilter,
    reach: &Reach,
) -> Result<(Vec<Build>, Option<i64>)> {
    let sql = format!(
        "{SELECT} WHERE b.rowid < ?1 AND (?2 IS NULL OR b.status = ?2)
         AND (?3 IS NULL OR b.workspace_id = ?3) AND (?4 IS NULL OR b.app = ?4)
         AND (?5 OR b.workspace_id IN (SELECT value FROM json_each(?6)))
         ORDER BY b.rowid DESC LIMIT ?7"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map(
        params![
            filter.before.unwrap_or(i64::MAX),
            filter.status.as_ref().map(BuildStatus::as_str),
            filter.workspace.as_ref().map(WorkspaceId::as_str),
            filter.app,
            reach.everything,
            serde_json::to_string(&reach.workspaces)?,
            i64::from(filter.limit) + 1,
        ],
        |row| Ok((read(row)?, row.get::<_, i64>("place")?)),
    )?;
    let mut found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(_, place)| *place);
    let mut builds: Vec<Build> = found.into_iter().map(|(build, _)| build).collect();
    expect(tx, &mut builds)?;
    Ok((builds, next))
}
