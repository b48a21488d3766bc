//! SQLite database in the data folder.
//!
//! The database is in WAL mode, so that readers never wait for the writer. `synchronous=FULL`: an accepted
//! request is on the disk before it is answered, and a start needs only a dozen commits. Calls
//! block briefly: make them on a blocking thread.

mod access;
mod access_changes;
mod account;
mod accounts;
mod acknowledgements;
mod adopt;
mod app_sessions;
mod audit;
mod begin_run;
mod build_changes;
mod build_queue;
mod build_requests;
mod build_rows;
mod builds;
mod change_publisher;
mod changes;
mod command;
mod commands;
mod connect;
mod drafts;
mod error;
mod expectations;
mod generations;
mod grants;
mod identities;
mod invitations;
mod journal;
mod messages;
mod migrations;
mod namespaces;
mod people;
mod people_refusal;
mod readers;
mod removals;
mod rendered;
mod request_scope;
mod reserve;
mod resources;
mod retention;
mod role_copy;
mod role_impact;
mod roles;
mod rows;
mod run_list;
mod run_rows;
mod run_tokens;
mod runs;
mod secrets;
mod sequence;
mod session_life;
mod sessions;
mod snapshot;
mod starts;
mod status;
mod stored_command;
mod stream;
mod tab_rows;
mod tabs;
mod time_limits;
mod upgrade_copy;
mod users;
mod workbench_changes;
mod workbench_list;
mod workbench_rows;
mod workbenches;
mod workspace_changes;
mod workspaces;
mod writer;

pub use account::NewAccessToken;
pub use accounts::{UserFilter, UserOrder, UserPage};
pub use adopt::{Adopted, Originators, Resource};
pub use app_sessions::{NewAppSession, Visitor};
pub use audit::{Actor, AuditFilter};
pub use build_changes::{Acknowledgement, RemovedBuild};
pub use build_requests::{BuildRequest, BuildRequestOutcome};
pub use builds::{BuildFilter, BuildPage};
pub use changes::{RemovedRun, StoreChanges, StoredTransition};
pub use command::{Command, CommandResult, Edit, Refusal};
pub use drafts::DraftOutcome;
pub use error::{Error, OpenError, Result};
pub use identities::{Entry, ProviderSignIn};
pub use messages::{AgentWork, NewMessageRow, SendOutcome};
pub use namespaces::Namespace;
pub use people_refusal::{PeopleRefusal, PeopleResult};
pub use request_scope::RequestScope;
pub use resources::ResourceRow;
pub use retention::Retention;
pub use roles::{RoleRefusal, RoleResult};
pub use run_list::RunFilter;
pub use run_tokens::{RUN_TOKEN_LIFE, Reporter};
pub use session_life::{SESSION_LIFE, SESSION_LIMIT, SessionLife};
pub use sessions::{Identity, NewSession};
pub use snapshot::Snapshot;
pub use tabs::{NewTabRow, OpenOutcome};
pub use users::NewUser;
pub use workbench_list::WorkbenchList;
pub use workbenches::{Created, NewRow};
pub use workspaces::MAX_WORKSPACES_PER_USER;

use crate::metrics::Meters;
use change_publisher::ChangePublisher;
use connect::{check, close_to_others, connect, identity};
use rusqlite::{Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use writer::{Turn, Writing};

/// The database.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    /// Device and inode of the file.
    identity: (u64, u64),
    writer: writer::Writer,
    readers: readers::Readers,
    run_ended: Arc<Notify>,
    builds_changed: Arc<Notify>,
    access: access::Access,
    meters: Arc<Meters>,
    change_publisher: Mutex<ChangePublisher>,
    roles: role_copy::RoleCopy,
    rendered: rendered::Rendered,
    session_life: SessionLife,
    /// Random id of this opening of the database.
    opened: String,
}

impl Store {
    /// Returns the database's file in a data folder.
    pub fn path_in(data_dir: &Path) -> PathBuf {
        data_dir.join("vestibule.db")
    }

    /// Returns the path of a folder in the data folder.
    pub fn folder_beside(&self, name: &str) -> PathBuf {
        self.path.with_file_name(name)
    }

    /// Opens the database of a data folder, creates it if there is none, and migrates it.
    pub fn open(data_dir: &Path) -> std::result::Result<Self, OpenError> {
        let path = Self::path_in(data_dir);
        close_to_others(&path).map_err(|why| OpenError::Unusable {
            path: path.clone(),
            why: why.to_string(),
        })?;
        let mut writer = connect(&path).map_err(|e| OpenError::new(&path, &e))?;
        check(&writer, &path)?;
        migrations::migrate(&mut writer, &path)?;
        let change_publisher =
            ChangePublisher::open(&writer).map_err(|e| OpenError::new(&path, &e))?;
        let access = access::Access::open(&writer).map_err(|e| OpenError::new(&path, &e))?;
        let identity = identity(&path).map_err(|why| OpenError::Unusable {
            path: path.clone(),
            why: why.to_string(),
        })?;
        Ok(Self {
            path,
            identity,
            change_publisher: Mutex::new(change_publisher),
            roles: role_copy::RoleCopy::default(),
            rendered: rendered::Rendered::default(),
            session_life: SessionLife::default(),
            writer: writer::Writer::new(writer),
            readers: readers::Readers::default(),
            run_ended: Arc::default(),
            builds_changed: Arc::default(),
            access,
            meters: Arc::default(),
            opened: crate::tokens::id(""),
        })
    }

    /// Runs `work` in one transaction that can write: all of it is stored, or nothing. Refused while
    /// the disk is nearly full.
    fn write<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.expect_disk_space()?;
        self.transact(Turn::Usual, work)
    }

    fn writer(&self) -> Writing<'_> {
        self.writer.take(Turn::Usual)
    }

    /// Returns `true` if storing something takes long.
    pub fn is_slow(&self) -> bool {
        self.writer.is_slow()
    }

    /// Runs `work` like `write`, also on a full disk, and on a slow one before the others. For what ends,
    /// frees or observes something.
    fn write_essential<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.transact(Turn::Urgent, work)
    }

    fn transact<T, E: From<Error>>(
        &self,
        turn: Turn,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.expect_in_place()?;
        let mut writer = self.writer.take(turn);
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Error::from)?;
        let result = work(&transaction)?;
        transaction.commit().map_err(Error::from)?;
        self.change_publisher
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .publish(&mut writer);
        self.access.publish(&writer);
        Ok(result)
    }

    /// Runs `work` as if it were to be stored, and stores nothing.
    fn rehearsal<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.expect_in_place()?;
        let mut writer = self.writer();
        // Immediate, since it writes after it has read. Dropped, it is rolled back.
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Error::from)?;
        work(&transaction)
    }

    /// Runs `work` on one state of the database.
    fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut reader = self.readers.take(|| connect(&self.path))?;
        let transaction = reader.transaction()?;
        work(&transaction)
    }

    /// Returns a notification of every stored end of a run.
    pub fn run_ended(&self) -> Arc<Notify> {
        Arc::clone(&self.run_ended)
    }

    /// Returns the metrics.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Returns the name of this database's server, which stays the same.
    pub fn server_id(&self) -> Result<String> {
        self.write_essential(|tx| {
            tx.execute(
                "INSERT INTO meta (key, value) VALUES ('server', ?1) ON CONFLICT DO NOTHING",
                [crate::tokens::id("vestibule-")],
            )?;
            let sql = "SELECT value FROM meta WHERE key = 'server'";
            Ok(tx.query_row(sql, [], |row| row.get(0))?)
        })
    }

    /// Checks that the database answers.
    pub fn ping(&self) -> Result<()> {
        self.read(|tx| Ok(tx.query_row("SELECT 1", [], |_| Ok(()))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Store {
        /// Returns SQLite's query plan for a query about an app.
        pub(super) fn plan_for_app(question: &str) -> String {
            let dir = tempfile::tempdir().expect("a folder");
            let store = Self::open(dir.path()).expect("a store");
            let question = format!("EXPLAIN QUERY PLAN {question}");
            let plan =
                store.read(|tx| Ok(tx.query_row(&question, ["app"], |row| row.get("detail"))?));
            plan.expect("a plan")
        }
    }

    /// Reliability review, finding 13.
    #[test]
    fn a_removed_database_is_not_replaced_by_an_empty_one() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        let path = Store::path_in(dir.path());
        std::fs::rename(&path, dir.path().join("away.db")).expect("it is moved");
        // No connection is idle, so that each of these opens one.
        let nested = store.read(|_| store.ping());
        assert!(nested.is_err(), "{nested:?}");
        assert!(!path.exists());
    }

    #[test]
    fn a_full_disk_has_its_own_error_and_rolls_back() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        {
            let writer = store.writer();
            let pages: i64 = writer
                .query_row("PRAGMA page_count", [], |row| row.get(0))
                .expect("a count");
            writer
                .pragma_update(None, "max_page_count", pages)
                .expect("a limit");
        }
        let outcome = store.write::<(), Error>(|tx| {
            tx.execute("INSERT INTO meta VALUES ('small', 'x')", [])?;
            tx.execute("INSERT INTO meta VALUES ('big', ?1)", ["x".repeat(1 << 20)])?;
            Ok(())
        });
        assert!(matches!(outcome, Err(Error::Full)), "{outcome:?}");
        let rows: i64 = store
            .read(|tx| Ok(tx.query_row("SELECT count(*) FROM meta", [], |row| row.get(0))?))
            .expect("still readable");
        assert_eq!(rows, 0);
    }
}
