//! Places of requests.

use rusqlite::{OptionalExtension as _, Transaction};
use vestibule_model::access::Resource;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// Place of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestScope {
    /// The installation.
    Platform,
    /// A workspace.
    Workspace(String),
    /// A workbench.
    Workbench(String),
    /// A run, which stands for its workbench.
    Run(String),
    /// A build, which stands for its workspace.
    Build(String),
    /// A tab, which stands for its workbench.
    Tab(String),
}

impl RequestScope {
    /// Returns the resource at this place, or `None` if there is none.
    pub(super) fn find(&self, tx: &Transaction<'_>) -> rusqlite::Result<Option<Resource>> {
        let (sql, id) = match self {
            Self::Platform => return Ok(Some(Resource::Platform)),
            Self::Workspace(id) => ("SELECT id, NULL FROM workspaces WHERE id = ?1", id),
            Self::Workbench(id) => ("SELECT workspace_id, id FROM workbenches WHERE id = ?1", id),
            Self::Run(id) => (
                "SELECT b.workspace_id, b.id FROM runs r JOIN workbenches b ON b.id = r.workbench_id
                 WHERE r.id = ?1",
                id,
            ),
            Self::Tab(id) => (
                "SELECT b.workspace_id, b.id FROM tabs t JOIN workbenches b ON b.id = t.workbench_id
                 WHERE t.id = ?1",
                id,
            ),
            Self::Build(id) => ("SELECT workspace_id, NULL FROM builds WHERE id = ?1", id),
        };
        tx.prepare_cached(sql)?
            .query_row([id], |row| {
                let workspace = WorkspaceId::new(row.get::<_, String>(0)?);
                Ok(match row.get::<_, Option<String>>(1)? {
                    Some(id) => Resource::Workbench(workspace, WorkbenchId::new(id)),
                    None => Resource::Workspace(workspace),
                })
            })
            .optional()
    }
}
