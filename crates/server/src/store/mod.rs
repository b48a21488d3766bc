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
mod changes;
mod command;
mod commands;
mod drafts;
mod error;
mod expectations;
mod feed;
mod generations;
mod grants;
mod identities;
mod invitations;
mod journal;
mod messages;
mod namespaces;
mod people;
mod readers;
mod removals;
mod rendered;
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
mod users;
mod workbench_changes;
mod workbench_list;
mod workbench_rows;
mod workbenches;
mod workspace_changes;
mod workspaces;

pub use account::NewAccessToken;
pub use accounts::{UserOrder, UserPage, WantedUsers};
pub use adopt::{Adopted, Originators, Resource};
pub use app_sessions::{NewAppSession, Visitor};
pub use audit::{Actor, WantedAudit};
pub use build_changes::{Acknowledgement, RemovedBuild};
pub use build_requests::{BuildRequest, BuildRequestOutcome};
pub use builds::{BuildPage, WantedBuilds};
pub use changes::{RemovedRun, StoreChanges, StoredTransition};
pub use command::{Command, CommandResult, Edit, Refusal};
pub use drafts::DraftOutcome;
pub use error::{Error, OpenError, Result};
pub use identities::{Entry, ProviderSignIn};
pub use messages::{NewMessageRow, SendOutcome};
pub use namespaces::Namespace;
pub use people::{PeopleRefusal, PeopleResult};
pub use resources::ResourceRow;
pub use retention::Retention;
pub use roles::{RoleRefusal, RoleResult};
pub use run_list::WantedRuns;
pub use run_tokens::{RUN_TOKEN_LIFE, Reporter};
pub use session_life::{SESSION_LIFE, SESSION_LIMIT, SessionLife};
pub use sessions::{Identity, NewSession, RequestScope};
pub use snapshot::Snapshot;
pub use stored_command::edited;
pub use tabs::{NewTabRow, OpenOutcome};
pub use users::NewUser;
pub use workbench_list::WorkbenchList;
pub use workbenches::{Created, NewRow};

use crate::metrics::Meters;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use rusqlite_migration::{Error as MigrationError, M, Migrations};
use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Migrations, oldest first. They are added, never changed.
const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("schema_1.sql")),
    M::up(include_str!("schema_2.sql")),
    M::up(include_str!("schema_3.sql")),
    M::up(include_str!("schema_4.sql")),
    M::up(include_str!("schema_5.sql")),
    M::up(include_str!("schema_6.sql")),
    M::up(include_str!("schema_7.sql")),
    M::up(include_str!("schema_8.sql")),
    M::up(include_str!("schema_9.sql")),
    M::up(include_str!("schema_10.sql")),
    M::up(include_str!("schema_11.sql")),
    M::up(include_str!("schema_12.sql")),
    M::up(include_str!("schema_13.sql")),
    M::up(include_str!("schema_14.sql")),
    M::up(include_str!("schema_15.sql")),
    M::up(include_str!("schema_16.sql")),
    M::up(include_str!("schema_17.sql")),
    M::up(include_str!("schema_18.sql")),
    M::up(include_str!("schema_19.sql")),
    M::up(include_str!("schema_20.sql")),
    M::up(include_str!("schema_21.sql")),
    M::up(include_str!("schema_22.sql")),
    M::up(include_str!("schema_23.sql")),
    M::up(include_str!("schema_24.sql")),
    M::up(include_str!("schema_25.sql")),
];

/// Pages of the write-ahead log after which it is checkpointed and written over.
const CHECKPOINT_PAGES: i64 = 256;

/// Prepared statements that each connection keeps: more than there are frequent queries.
const CACHED_STATEMENTS: usize = 64;

/// The database.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    /// Device and inode of the file.
    identity: (u64, u64),
    writer: Mutex<Connection>,
    readers: readers::Readers,
    run_ended: Arc<Notify>,
    builds_changed: Arc<Notify>,
    access: access::Access,
    meters: Arc<Meters>,
    feed: Mutex<feed::Feed>,
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
        Migrations::from_slice(MIGRATIONS)
            .to_latest(&mut writer)
            .map_err(|e| migration_failed(&path, e))?;
        let feed = feed::Feed::open(&writer).map_err(|e| OpenError::new(&path, &e))?;
        let access = access::Access::open(&writer).map_err(|e| OpenError::new(&path, &e))?;
        let identity = identity(&path).map_err(|why| OpenError::Unusable {
            path: path.clone(),
            why: why.to_string(),
        })?;
        Ok(Self {
            path,
            identity,
            feed: Mutex::new(feed),
            roles: role_copy::RoleCopy::default(),
            rendered: rendered::Rendered::default(),
            session_life: SessionLife::default(),
            writer: Mutex::new(writer),
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
        self.write_essential(work)
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic in a call rolls its transaction back: the connection is as good as before.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` like `write`, also on a full disk. For what ends, frees or observes something.
    fn write_essential<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.expect_in_place()?;
        let mut writer = self.writer();
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Error::from)?;
        let result = work(&transaction)?;
        transaction.commit().map_err(Error::from)?;
        self.feed
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
        // Dropped, it is rolled back.
        let transaction = writer.transaction().map_err(Error::from)?;
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

/// Creates the database file if it is missing, and closes it, its WAL and its index to other users.
/// SQLite gives new companion files the mode of the database.
fn close_to_others(path: &Path) -> io::Result<()> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)?;
    for ending in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        match fs::set_permissions(&file, Permissions::from_mode(0o600)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            outcome => outcome?,
        }
    }
    Ok(())
}

/// Returns device and inode of a file.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// Opens a connection. The file must be there: where it was removed, a new and empty database would
/// take its place.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(connection)
}

/// Refuses a damaged database at once: later it would return wrong rows.
fn check(connection: &Connection, path: &Path) -> std::result::Result<(), OpenError> {
    let verdict: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|e| OpenError::new(path, &e))?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(OpenError::Corrupt {
        path: path.to_owned(),
        why: verdict,
    })
}

fn migration_failed(path: &Path, error: MigrationError) -> OpenError {
    match error {
        MigrationError::MigrationDefinition(_) => OpenError::Newer {
            path: path.to_owned(),
        },
        MigrationError::RusqliteError { err, .. } => OpenError::new(path, &err),
        other => OpenError::Unusable {
            path: path.to_owned(),
            why: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::time::Timestamp;

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

    #[test]
    fn the_migrations_can_be_run() {
        assert_eq!(Migrations::from_slice(MIGRATIONS).validate(), Ok(()));
    }

    /// The role of version 0.1.0 and its grants are taken over.
    #[test]
    fn an_administrator_of_version_0_1_0_stays_one() {
        use vestibule_model::access::{ADMINISTRATOR, Permission, Resource, Scope, allows};
        let dir = tempfile::tempdir().expect("a folder");
        let mut old = Connection::open(Store::path_in(dir.path())).expect("a database");
        Migrations::from_slice(&MIGRATIONS[..11])
            .to_latest(&mut old)
            .expect("the schema of version 0.1.0");
        old.execute_batch(
            r#"INSERT INTO users VALUES ('u-1', 'ada', 'Ada', 'x', 1), ('u-2', 'bob', 'Bob', 'x', 1);
               INSERT INTO grants (user_id, role, scope_json) VALUES
                   ('u-1', 'administrator', '{"platform":true}'), ('u-1', 'administrator', 'broken'),
                   ('u-2', 'administrator', '{"workspace":"ws-1"}');"#,
        )
        .expect("rows");
        drop(old);
        let store = Store::open(dir.path()).expect("a store");
        let of = |id: &str| store.grants_of(&id.into(), Timestamp::from_millis(2));
        let ada = of("u-1").expect("grants");
        assert_eq!(ada.len(), 1);
        assert_eq!(
            (ada[0].role.as_str(), &ada[0].scope),
            (ADMINISTRATOR, &Scope::Platform(true))
        );
        for permission in Permission::ALL {
            assert!(
                allows(&ada, *permission, &Resource::Platform),
                "{permission:?}"
            );
        }
        let bob = of("u-2").expect("grants");
        let workspace = Resource::Workspace("ws-1".into());
        assert!(allows(&bob, Permission::WorkbenchStop, &workspace));
        assert!(!allows(&bob, Permission::UserUpdate, &workspace));
        assert!(ada[0].id.starts_with("g-") && ada[0].id != bob[0].id);
    }

    #[test]
    fn the_database_is_readable_by_its_owner_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        drop(Store::open(dir.path()).expect("a store"));
        let path = Store::path_in(dir.path());
        let open_to_all = Permissions::from_mode(0o644);
        fs::set_permissions(&path, open_to_all.clone()).expect("a mode");
        let wal = dir.path().join("vestibule.db-wal");
        fs::write(&wal, b"").expect("a file");
        fs::set_permissions(&wal, open_to_all).expect("a mode");
        let _store = Store::open(dir.path()).expect("a store");
        for file in fs::read_dir(dir.path()).expect("a folder") {
            let file = file.expect("a file");
            let mode = file.metadata().expect("a mode").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
        }
    }

    /// Reliability review, finding 13.
    #[test]
    fn a_removed_database_is_not_replaced_by_an_empty_one() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        let path = Store::path_in(dir.path());
        fs::rename(&path, dir.path().join("away.db")).expect("it is moved");
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
            let writer = store.writer.lock().expect("the writer");
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
