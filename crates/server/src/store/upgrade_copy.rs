//! Copies of the database from before its upgrades, with which the version before starts again.

use super::OpenError;
use rusqlite::{Connection, ErrorCode};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Number of copies that are kept, the newest ones.
const KEPT: usize = 2;

/// End of a copy's name before the number of its schema.
const MARK: &str = ".before-upgrade-";

/// Returns the copy of a database with this schema.
pub(super) fn path_of(database: &Path, schema: usize) -> PathBuf {
    let mut name = OsString::from(database.as_os_str());
    name.push(format!("{MARK}{schema}"));
    name.into()
}

/// Keeps a copy of a database with an older schema. An upgrade without one is refused: there would be
/// no way back.
pub(super) fn keep(
    connection: &Connection,
    database: &Path,
    schema: usize,
) -> Result<PathBuf, OpenError> {
    let copy = path_of(database, schema);
    let unfinished = copy.with_added_extension("tmp");
    let written = write(connection, &unfinished)
        .and_then(|()| fs::rename(&unfinished, &copy).map_err(Failure::from))
        .and_then(|()| sync_folder(&copy).map_err(Failure::from));
    if let Err(failure) = written {
        // What is left of it would fill a full disk further.
        let _ = fs::remove_file(&unfinished);
        return Err(OpenError::NoCopy {
            path: database.to_owned(),
            why: failure.sentence(database),
        });
    }
    if let Err(error) = remove_old(database) {
        tracing::warn!(%error, "failed to remove old copies of the database");
    }
    Ok(copy)
}

fn write(connection: &Connection, file: &Path) -> Result<(), Failure> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    // SQLite writes into an empty file, which has its mode already.
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    let name = file
        .to_str()
        .ok_or_else(|| Failure::Other("its path is not UTF-8 text".to_owned()))?;
    connection.execute("VACUUM INTO ?1", [name])?;
    Ok(created.sync_all()?)
}

fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Removes all copies but the newest ones, by their schemas.
fn remove_old(database: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else {
        return Ok(());
    };
    let beginning = format!("{}{MARK}", name.to_string_lossy());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let schema = name.to_str().and_then(|name| name.strip_prefix(&beginning));
        if let Some(schema) = schema.and_then(|schema| schema.parse::<usize>().ok()) {
            found.push((schema, entry.path()));
        }
    }
    found.sort();
    let excess = found.len().saturating_sub(KEPT);
    found
        .into_iter()
        .take(excess)
        .try_for_each(|(_, path)| fs::remove_file(path))
}

/// Failure of a copy.
enum Failure {
    Full,
    Other(String),
}

impl Failure {
    /// Returns the failure with its remedy.
    fn sentence(&self, database: &Path) -> String {
        match self {
            Self::Full => {
                let bytes = fs::metadata(database).map_or(0, |found| found.len());
                format!(
                    "the disk is full; free at least {} MB and start again",
                    bytes / 1_000_000 + 1
                )
            }
            Self::Other(why) => why.clone(),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Other(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::super::migrations::MIGRATIONS;
    use super::*;
    use rusqlite_migration::Migrations;
    use std::os::unix::fs::PermissionsExt as _;

    /// Creates a database as the version with this schema leaves it, with one user.
    fn old_database(folder: &Path, schema: usize) -> PathBuf {
        let path = Store::path_in(folder);
        let mut old = Connection::open(&path).expect("a database");
        old.pragma_update(None, "journal_mode", "WAL").expect("set");
        Migrations::from_slice(&MIGRATIONS[..schema])
            .to_latest(&mut old)
            .expect("an older schema");
        let sql = "INSERT INTO users (id, username, display_name, password_hash, created_at)
                   VALUES ('u-1', 'ada', 'Ada', 'x', 1)";
        old.execute(sql, []).expect("a user");
        path
    }

    fn user(connection: &Connection) -> String {
        let sql = "SELECT username FROM users WHERE id = 'u-1'";
        connection
            .query_row(sql, [], |row| row.get(0))
            .expect("the user")
    }

    /// The way back by one version, as the documentation describes it.
    #[test]
    fn version_before_starts_with_the_copy() {
        let dir = tempfile::tempdir().expect("a folder");
        let before = MIGRATIONS.len() - 1;
        let path = old_database(dir.path(), before);
        let store = Store::open(dir.path()).expect("upgraded");
        store.ping().expect("it answers");
        drop(store);
        let copy = path_of(&path, before);
        let mode = fs::metadata(&copy).expect("a copy").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let old = Migrations::from_slice(&MIGRATIONS[..before]);
        let mut upgraded = Connection::open(&path).expect("opened");
        assert!(old.to_latest(&mut upgraded).is_err(), "it is newer");
        drop(upgraded);
        for ending in ["", "-wal", "-shm"] {
            let mut file = path.clone().into_os_string();
            file.push(ending);
            let _ = fs::remove_file(file);
        }
        fs::rename(&copy, &path).expect("put back");
        let mut restored = Connection::open(&path).expect("opened");
        old.to_latest(&mut restored)
            .expect("the version before starts");
        assert_eq!(user(&restored), "ada");
        drop(restored);
        drop(Store::open(dir.path()).expect("and it can be upgraded again"));
        assert!(copy.exists());
    }

    #[test]
    fn copy_is_made_by_an_upgrade_alone_and_the_newest_two_are_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let copies = || {
            let entries = fs::read_dir(dir.path()).expect("a folder").flatten();
            let names = entries.map(|entry| entry.file_name().into_string().expect("text"));
            let mut found: Vec<_> = names.filter(|name| name.contains(MARK)).collect();
            found.sort();
            found
        };
        drop(Store::open(dir.path()).expect("a new database"));
        drop(Store::open(dir.path()).expect("of today"));
        assert_eq!(copies(), Vec::<String>::new());
        fs::remove_file(Store::path_in(dir.path())).expect("removed");
        let path = old_database(dir.path(), 11);
        for schema in [3, 9] {
            fs::write(path_of(&path, schema), "").expect("an older copy");
        }
        fs::write(path_of(&path, 11).with_added_extension("tmp"), "cut").expect("left");
        drop(Store::open(dir.path()).expect("upgraded"));
        assert_eq!(
            copies(),
            [
                "vestibule.db.before-upgrade-11",
                "vestibule.db.before-upgrade-9"
            ]
        );
        let copy = Connection::open(path_of(&path, 11)).expect("opened");
        assert_eq!(user(&copy), "ada");
    }

    #[test]
    fn upgrade_without_a_copy_is_refused_and_changes_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = old_database(dir.path(), 11);
        // A folder is in the way of the copy.
        fs::create_dir(path_of(&path, 11).with_added_extension("tmp")).expect("made");
        let error = Store::open(dir.path()).expect_err("no copy").to_string();
        assert!(
            error.contains("copy of it from before the upgrade"),
            "{error}"
        );
        let old = Connection::open(&path).expect("opened");
        let schema: i64 = old
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .expect("a number");
        assert_eq!(schema, 11);
        let full = Failure::from(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
            None,
        ));
        let sentence = full.sentence(&path);
        assert!(
            sentence.contains("the disk is full; free at least 1 MB"),
            "{sentence}"
        );
    }
}
