//! Room inside the database's own files for what must work on a full disk: stops, deletions, sign-ins
//! and statuses.
//!
//! A file that is given up when the disk is full would be eaten by the app that filled it. Free pages
//! of the database and a write-ahead log that was long once stay reserved: SQLite writes over
//! them, and the files do not grow.

use super::{Error, Result, Store};
use nix::sys::statvfs::statvfs;
use rusqlite::Connection;
use std::path::Path;

/// Free pages that the database keeps.
const FREE_BYTES: u64 = 1024 * 1024;
/// Length up to which the log is written over. Checkpoints begin at half of it.
const LOG_BYTES: u64 = 2 * 1024 * 1024;
/// Room on the disk below which nothing but the essential is stored.
const LEAST_ROOM: u64 = 1024 * 1024;
/// Room on the disk below which no reserve is made.
const ROOM_FOR_RESERVE: u64 = 4 * (FREE_BYTES + LOG_BYTES);

/// Returns how many bytes this user may still write to the folder's disk, or `None` if that is not
/// known.
fn writable_bytes(folder: &Path) -> Option<u64> {
    let found = statvfs(folder).ok()?;
    Some(
        found
            .blocks_available()
            .saturating_mul(found.fragment_size()),
    )
}

impl Store {
    /// Returns `true` if the disk is so full that only the essential is stored.
    pub fn is_disk_nearly_full(&self) -> bool {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        writable_bytes(folder).is_some_and(|writable_bytes| writable_bytes < LEAST_ROOM)
    }

    /// Returns `true` if the database's file is still the one that was opened.
    pub fn is_in_place(&self) -> bool {
        super::connect::identity(&self.path).is_ok_and(|found| found == self.identity)
    }

    /// Refuses what would be written into a file that was removed or replaced.
    pub(super) fn expect_in_place(&self) -> Result<()> {
        if self.is_in_place() {
            return Ok(());
        }
        Err(Error::Unwritable(
            "the data folder was removed or replaced".to_owned(),
        ))
    }

    /// Refuses what would use up the reserve.
    pub fn expect_disk_space(&self) -> Result<()> {
        if self.is_disk_nearly_full() {
            return Err(Error::Full);
        }
        Ok(())
    }

    /// Makes the reserve anew if it was used up and there is room.
    pub fn top_up_reserve(&self) -> Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if writable_bytes(folder).is_none_or(|writable_bytes| writable_bytes < ROOM_FOR_RESERVE) {
            return Ok(());
        }
        fill(&self.writer(), &self.path)?;
        Ok(())
    }
}

/// Lengthens the log and frees the pages that it was lengthened with.
fn fill(writer: &Connection, path: &Path) -> rusqlite::Result<()> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log_bytes = std::fs::metadata(log).map_or(0, |found| found.len());
    let number = |what: &str| writer.pragma_query_value(None, what, |row| row.get::<_, i64>(0));
    let free = number("freelist_count")?.saturating_mul(number("page_size")?);
    if log_bytes >= LOG_BYTES && u64::try_from(free).unwrap_or(0) >= FREE_BYTES / 2 {
        return Ok(());
    }
    let filling = "x".repeat(usize::try_from(LOG_BYTES).unwrap_or(0));
    writer.execute(
        "INSERT OR REPLACE INTO meta (key, value) VALUES ('reserve', ?1)",
        [filling],
    )?;
    // By itself: pages that are freed in the transaction that filled them are not written.
    writer.execute("DELETE FROM meta WHERE key = 'reserve'", [])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::params;

    /// Reliability review, finding 13.
    #[test]
    fn nothing_is_written_into_a_database_that_was_removed() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        let write = || {
            store.write::<_, Error>(|tx| {
                tx.execute(
                    "INSERT INTO meta VALUES ('k', 'v') ON CONFLICT DO NOTHING",
                    [],
                )?;
                Ok(())
            })
        };
        write().expect("in place");
        let path = Store::path_in(dir.path());
        let away = dir.path().join("away");
        std::fs::rename(&path, &away).expect("moved");
        assert!(matches!(write(), Err(Error::Unwritable(_))));
        std::fs::write(&path, "").expect("replaced");
        assert!(matches!(write(), Err(Error::Unwritable(_))));
        std::fs::rename(&away, &path).expect("put back");
        write().expect("in place again");
    }

    /// Security review, finding 15; reliability review, finding 2.
    #[test]
    fn essential_writes_fit_where_the_files_cannot_grow() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        let limit = |store: &Store| {
            let writer = store.writer();
            let pages: i64 = writer
                .pragma_query_value(None, "page_count", |row| row.get(0))
                .expect("a count");
            writer
                .pragma_update(None, "max_page_count", pages)
                .expect("a limit");
        };
        limit(&store);
        let write = |n: i64| {
            store.write_essential::<_, Error>(|tx| {
                let value = "x".repeat(4096);
                tx.execute(
                    "INSERT INTO meta VALUES (?1, ?2)",
                    params![format!("k{n}"), value],
                )?;
                Ok(())
            })
        };
        let refused = (0..100).find_map(|n| write(n).err());
        assert!(matches!(refused, Some(Error::Full)), "{refused:?}");

        let pages = i64::from(i32::MAX);
        let unlimited = store.writer().pragma_update(None, "max_page_count", pages);
        unlimited.expect("no limit");
        store.top_up_reserve().expect("a reserve");
        limit(&store);
        let log = || {
            let log = std::fs::metadata(dir.path().join("vestibule.db-wal"));
            log.expect("a log").len()
        };
        let reserved = log();
        assert!(reserved >= LOG_BYTES);
        for n in 1_000..1_200 {
            write(n).expect("there is a reserve");
        }
        assert_eq!(log(), reserved, "the log is written over");
        store.top_up_reserve().expect("enough is left");
    }
}
