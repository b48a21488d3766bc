//! The database's file and the connections to it.

use super::OpenError;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

/// Pages of the write-ahead log after which it is checkpointed and written over.
const CHECKPOINT_PAGES: i64 = 256;

/// Prepared statements that each connection keeps: more than there are frequent queries.
const CACHED_STATEMENTS: usize = 64;

/// Creates the database file if it is missing, and closes it, its WAL and its index to other users.
/// SQLite gives new companion files the mode of the database.
pub(super) fn close_to_others(path: &Path) -> io::Result<()> {
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
pub(super) fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// Opens a connection. The file must be there: where it was removed, a new and empty database would
/// take its place.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
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
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
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

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

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
}
