//! Sessions on apps' own origins: each for one workbench, ending with its console session.

use super::audit::{Actor, note_visit};
use super::session_life::RENEW_AFTER;
use super::{Result, Store, grants};
use rusqlite::{ErrorCode, OptionalExtension, params};
use serde_json::Value;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// New session on an app's origin.
#[derive(Debug, Clone)]
pub struct NewAppSession<'a> {
    /// Hash of its token.
    pub hash: &'a str,
    /// The hash of the console session's token.
    pub session: &'a str,
    /// The user.
    pub user_id: &'a UserId,
    /// The workbench.
    pub workbench_id: &'a WorkbenchId,
}

/// User of a session on an app's origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The user.
    pub user: UserId,
    /// The user's name.
    pub username: String,
    /// The hash of the console session's token.
    pub session: String,
    /// `true` if the console session began with the header of a proxy.
    pub by_header: bool,
}

impl Store {
    /// Stores a new session. Returns false if its console session or its workbench is gone. The first one of
    /// a console session for a workbench is recorded in the audit log.
    pub fn create_app_session(&self, new: &NewAppSession<'_>, by: &Actor) -> Result<bool> {
        self.write_essential(|tx| {
            let sql = "SELECT 1 FROM app_sessions WHERE session_hash = ?1 AND workbench_id = ?2";
            let keys = [new.session, new.workbench_id.as_str()];
            let was_in = tx.query_row(sql, keys, |_| Ok(())).optional()?.is_some();
            let created = tx.execute(
                "INSERT INTO app_sessions (token_hash, session_hash, user_id, workbench_id, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    new.hash,
                    new.session,
                    new.user_id.as_str(),
                    new.workbench_id.as_str(),
                    (by.now + self.session_life.idle).as_millis()
                ],
            );
            match created {
                Ok(_) => {
                    if !was_in {
                        note_visit(tx, by, "workbench.enter", new.workbench_id, &Value::Null)?;
                    }
                    Ok(true)
                }
                Err(e) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                    Ok(false)
                }
                Err(e) => Err(e.into()),
            }
        })
    }

    /// Returns the user of a session, or `None` if it is for another workbench, has ended, or the user
    /// may not open the workbench any more.
    pub fn app_session(
        &self,
        hash: &str,
        workbench_id: &WorkbenchId,
        now: Timestamp,
    ) -> Result<Option<Visitor>> {
        let found = self.read(|tx| {
            let found = tx
                .prepare_cached(
                    "SELECT a.user_id, a.expires_at, b.workspace_id, u.username, a.session_hash,
                         s.by_header
                     FROM app_sessions a
                     JOIN sessions s ON s.token_hash = a.session_hash
                     JOIN workbenches b ON b.id = a.workbench_id
                     JOIN users u ON u.id = a.user_id AND u.disabled_at IS NULL
                     WHERE a.token_hash = ?1 AND a.workbench_id = ?2
                       AND a.expires_at > ?3 AND s.expires_at > ?3 AND s.created_at > ?4",
                )?
                .query_row(
                    params![
                        hash,
                        workbench_id.as_str(),
                        now.as_millis(),
                        (now - self.session_life.limit).as_millis()
                    ],
                    |row| {
                        let visitor = Visitor {
                            user: UserId::new(row.get::<_, String>(0)?),
                            username: row.get(3)?,
                            session: row.get(4)?,
                            by_header: row.get(5)?,
                        };
                        Ok((
                            visitor,
                            Timestamp::from_millis(row.get(1)?),
                            WorkspaceId::new(row.get::<_, String>(2)?),
                        ))
                    },
                )
                .optional()?;
            let Some((visitor, expires_at, workspace)) = found else {
                return Ok(None);
            };
            let grants = grants::of_user(tx, &*self.roles.read(tx)?, &visitor.user, now)?;
            let resource = Resource::Workbench(workspace, workbench_id.clone());
            let may_open = allows(&grants, Permission::WorkbenchOpen, &resource);
            Ok(may_open.then_some((visitor, expires_at)))
        })?;
        let Some((visitor, expires_at)) = found else {
            return Ok(None);
        };
        if (now + self.session_life.idle).since(expires_at) > RENEW_AFTER {
            self.renew("app_sessions", hash, now);
        }
        Ok(Some(visitor))
    }
}
