//! Record of one run on disk, shared by the server and the supervisor.
//!
//! | file | written by | says |
//! |---|---|---|
//! | `launch.json` | server | how the run is started; the decision to start it |
//! | `lock` | supervisor, held while it lives | the run has a supervisor |
//! | `process.json` | supervisor: before and after the app's process is made, and when it crashed | the start was tried; which process it is, or when the next one comes |
//! | `token/run-token` | server, again before the current one expires | the token with which the app reports its progress |
//! | `stop` | server | the run is to end |
//! | `evicted` | server, before `stop` | why the run is to end to free the machine |
//! | `exit.json` | the holder of the lock | how it ended; counts once the lock is free |
//! | `exit.reserve` | supervisor, before the app's process is made | room for `exit.json` on a full disk |
//!
//! The app runs as the same user and can write here. What it writes neither ends its run nor names
//! another process to stop: only the lock shows if a run lasts, and which process supervises it.
//!
//! Each file is written whole or not at all, so that either side may be killed between any two.

mod files;

pub use files::{Ending, Launch, Process};

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use vestibule_model::observed::Exit;
use vestibule_model::time::Timestamp;

/// Folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir(PathBuf);

impl RunDir {
    /// Refers to the folder at this path, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns how the run is started, or `None` if it is not to be.
    pub fn launch(&self) -> io::Result<Option<Launch>> {
        self.read("launch.json")
    }

    /// Records how the run is started.
    pub fn write_launch(&self, launch: &Launch) -> io::Result<()> {
        self.write("launch.json", launch, Durability::Synced)
    }

    /// Returns `true` if a start was ever tried, whatever the record says of it.
    pub fn is_claimed(&self) -> io::Result<bool> {
        match std::fs::metadata(self.0.join("process.json")) {
            Ok(_) => Ok(true),
            Err(error) if is_absent(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns the run's process, or `None` if no start was tried.
    pub fn process(&self) -> io::Result<Option<Process>> {
        self.read("process.json")
    }

    /// Records that the start is being tried. No other supervisor tries it from then on.
    pub fn claim(&self, process: &Process) -> io::Result<()> {
        self.write("process.json", process, Durability::Synced)
    }

    /// Records the run's process.
    pub fn write_process(&self, process: &Process) -> io::Result<()> {
        self.write("process.json", process, Durability::Lazy)
    }

    /// Returns `true` if the run is to end.
    pub fn is_stop_wanted(&self) -> bool {
        self.0.join("stop").exists()
    }

    /// Records that the run is to end.
    pub fn want_stop(&self) -> io::Result<()> {
        open_private(&self.0.join("stop")).map(drop)
    }

    /// Returns why the run is to end to free the machine, or `None` if it is not.
    pub fn eviction(&self) -> Option<String> {
        self.read("evicted").ok().flatten()
    }

    /// Records that the run is to end to free the machine, and why.
    pub fn want_eviction(&self, why: &str) -> io::Result<()> {
        self.write("evicted", &why, Durability::Synced)
    }

    /// Returns the path of the file from which the app reads the run's token. Version 0.1.0 had it
    /// beside the record.
    pub fn token_file(&self) -> PathBuf {
        let before = self.0.join("run-token");
        if before.exists() {
            return before;
        }
        self.token_folder().join("run-token")
    }

    /// Returns the folder of the token alone, which a sandbox shows.
    pub fn token_folder(&self) -> PathBuf {
        self.0.join("token")
    }

    /// Creates the folder of the token.
    pub fn make_token_folder(&self) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(self.token_folder()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    /// Replaces the run's token.
    pub fn write_token(&self, token: &str) -> io::Result<()> {
        let file = self.token_file();
        let folder = file.parent().unwrap_or(&self.0);
        if folder != self.0 {
            self.make_token_folder()?;
        }
        Self::new(folder).write_bytes("run-token", token.as_bytes(), Durability::Lazy)
    }

    /// Returns when `process.json` was last written: it changes with every restart.
    pub fn process_changed(&self) -> Option<SystemTime> {
        std::fs::metadata(self.0.join("process.json"))
            .and_then(|m| m.modified())
            .ok()
    }

    /// Sets room aside for the record of the end, which also has to be written on a full disk.
    pub fn reserve_ending(&self) -> io::Result<()> {
        let mut file = open_private(&self.0.join(RESERVE))?;
        file.write_all(&[b' '; RESERVED_BYTES])?;
        file.sync_data()
    }

    /// Returns `true` if a start has gone so far that its process is recorded.
    pub fn has_reserve(&self) -> bool {
        self.0.join(RESERVE).exists()
    }

    /// Writes parts of the record again that were removed or damaged. Only for the holder of the lock.
    /// Returns `true` if there were any.
    pub fn restore(&self, launch: &Launch, process: &Process) -> io::Result<bool> {
        let is_lost = |read: io::Result<bool>| match read {
            Ok(is_there) => !is_there,
            Err(error) => is_garbled(&error),
        };
        let mut is_restored = false;
        if is_lost(self.launch().map(|found| found.is_some())) {
            self.write_launch(launch)?;
            is_restored = true;
        }
        if is_lost(self.process().map(|found| found.is_some())) {
            self.write_process(process)?;
            is_restored = true;
        }
        Ok(is_restored)
    }

    /// Returns how it ended, or `None` if it has not. It counts once the lock is free. A garbled
    /// record is an ending of unknown kind.
    pub fn ending(&self) -> io::Result<Option<Ending>> {
        match self.read("exit.json") {
            Err(error) if is_garbled(&error) => {
                tracing::warn!(run = %self.0.display(), %error, "the record of how a run ended is garbled");
                let written = std::fs::metadata(self.0.join("exit.json"))?.modified()?;
                let since = written.duration_since(UNIX_EPOCH).unwrap_or_default();
                Ok(Some(Ending {
                    at: Timestamp::from_millis(
                        i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
                    ),
                    how: Exit::Lost,
                    restarts: 0,
                    stop_requested: None,
                    last_line: None,
                }))
            }
            read => read,
        }
    }

    /// Records how the run ended. Only for the holder of the lock.
    pub fn write_ending(&self, ending: &Ending) -> io::Result<()> {
        match self.write("exit.json", ending, Durability::Synced) {
            Err(error) => self.write_ending_into_reserve(ending).map_err(|_| error),
            Ok(()) => {
                // The file is not read again; it is deleted with the folder.
                let _ = std::fs::remove_file(self.0.join(RESERVE));
                Ok(())
            }
        }
    }

    /// Writes over bytes that exist already, and renames the file.
    fn write_ending_into_reserve(&self, ending: &Ending) -> io::Result<()> {
        let bytes = serde_json::to_vec(ending)?;
        let reserve = self.0.join(RESERVE);
        let mut file = OpenOptions::new().write(true).open(&reserve)?;
        if usize::try_from(file.metadata()?.len()).unwrap_or(0) < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.write_all(&bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_data()?;
        std::fs::rename(&reserve, self.0.join("exit.json"))
    }

    /// Takes the lock; `None` if another process has it.
    pub fn try_lock(&self) -> io::Result<Option<File>> {
        let file = open_private(&self.0.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Returns `true` if a supervisor holds the lock. An error means that this is not known: it must
    /// not be taken for a free lock.
    pub fn is_held(&self) -> io::Result<bool> {
        let file = match File::open(self.0.join("lock")) {
            Err(error) if is_absent(&error) => return Ok(false),
            opened => opened?,
        };
        // Shared, so that two checks do not mistake each other for a supervisor.
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        match std::fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write<T: Serialize>(&self, name: &str, value: &T, durability: Durability) -> io::Result<()> {
        self.write_bytes(name, &serde_json::to_vec(value)?, durability)
    }

    fn write_bytes(&self, name: &str, bytes: &[u8], durability: Durability) -> io::Result<()> {
        let temporary = self.0.join(format!(".{name}.{}.tmp", std::process::id()));
        let result = self.write_over(name, &temporary, bytes, durability);
        if result.is_err() {
            // The first error is reported; the next write replaces the file.
            let _ = std::fs::remove_file(&temporary);
        }
        result
    }

    fn write_over(
        &self,
        name: &str,
        temporary: &Path,
        bytes: &[u8],
        durability: Durability,
    ) -> io::Result<()> {
        let mut file = open_private(temporary)?;
        file.set_len(0)?;
        file.write_all(bytes)?;
        if durability == Durability::Synced {
            file.sync_data()?;
        }
        std::fs::rename(temporary, self.0.join(name))?;
        if durability == Durability::Synced {
            File::open(&self.0)?.sync_all()?;
        }
        Ok(())
    }
}

const RESERVE: &str = "exit.reserve";

/// More than any record of an end takes.
const RESERVED_BYTES: usize = 4096;

/// Durability of a write: a power failure may or may not undo it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    Synced,
    Lazy,
}

/// Returns `true` if an error only means that a file does not exist.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Returns `true` if an error means that a record was read and cannot be parsed.
pub fn is_garbled(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

/// Returns `true` if an error comes from a shortage of this machine or process, of descriptors for
/// example. It says nothing about the file, and passes.
pub(super) fn is_shortage(error: &io::Error) -> bool {
    use nix::libc::{EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM};
    matches!(
        error.raw_os_error(),
        Some(EAGAIN | EMFILE | ENFILE | ENOBUFS | ENOMEM)
    )
}

/// Opens a file that only its owner may read: environments may hold private data.
fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::observed::StopRequest;

    fn run_dir() -> (tempfile::TempDir, RunDir) {
        let dir = tempfile::tempdir().expect("a folder");
        let run = RunDir::new(dir.path());
        (dir, run)
    }

    #[test]
    fn ending_is_read_as_written() {
        let (dir, run) = run_dir();
        assert_eq!(run.ending().expect("readable"), None);
        let ending = Ending {
            at: Timestamp::from_millis(5),
            how: Exit::NotFound("no such program".to_owned()),
            restarts: 2,
            stop_requested: Some(StopRequest::Forcibly),
            last_line: None,
        };
        run.write_ending(&ending).expect("written");
        assert_eq!(run.ending().expect("readable"), Some(ending));
        assert_eq!(std::fs::read_dir(dir.path()).expect("read").count(), 1);
    }

    #[test]
    fn garbled_ending_is_an_ending_and_garbled_launch_an_error() {
        let (dir, run) = run_dir();
        for garbage in [&b""[..], b"{", b"\xff\xfe", b"{\"at\":1,\"how\":\"flew\"}"] {
            std::fs::write(dir.path().join("exit.json"), garbage).expect("written");
            let ending = run.ending().expect("readable");
            assert_eq!(ending.map(|e| e.how), Some(Exit::Lost));
            std::fs::write(dir.path().join("launch.json"), garbage).expect("written");
            assert!(run.launch().is_err_and(|error| is_garbled(&error)));
        }
    }

    /// Records on disk are read by later versions: their words must not change.
    #[test]
    fn endings_keep_their_format() {
        use Exit::{Code, Evicted, Lost, NotFound, OutOfMemory, Signal, StartError};
        let why = || "why".to_owned();
        for (how, text) in [
            (Code(7), r#"{"code":7}"#),
            (Signal(9), r#"{"signal":9}"#),
            (NotFound(why()), r#"{"notFound":"why"}"#),
            (StartError(why()), r#"{"startError":"why"}"#),
            (OutOfMemory(why()), r#"{"outOfMemory":"why"}"#),
            (Evicted(why()), r#"{"evicted":"why"}"#),
            (Lost, r#""lost""#),
        ] {
            assert_eq!(serde_json::to_string(&how).expect("written"), text);
            assert_eq!(serde_json::from_str::<Exit>(text).expect("read"), how);
        }
        let requests = [StopRequest::No, StopRequest::Gently, StopRequest::Forcibly];
        let text = serde_json::to_string(&requests).expect("written");
        assert_eq!(text, r#"["no","gently","forcibly"]"#);
    }

    #[test]
    fn ending_of_an_earlier_version_is_read() {
        let (dir, run) = run_dir();
        let text = br#"{"at":"2026-01-02T03:04:05Z","how":{"code":7}}"#;
        std::fs::write(dir.path().join("exit.json"), text).expect("written");
        let ending = run.ending().expect("readable").expect("an ending");
        assert_eq!(
            (ending.how, ending.restarts, ending.stop_requested),
            (Exit::Code(7), 0, None)
        );
    }

    #[test]
    fn checking_the_lock_does_not_take_it() {
        let (_dir, run) = run_dir();
        assert!(!run.is_held().expect("known"));
        let lock = run.try_lock().expect("no fault").expect("free");
        assert!(run.is_held().expect("known"));
        assert!(run.try_lock().expect("no fault").is_none());
        drop(lock);
        assert!(!run.is_held().expect("known"));
        assert!(run.try_lock().expect("no fault").is_some());
    }

    /// Security review, finding 13.
    #[cfg(target_os = "linux")]
    /// Reliability review, finding 2.
    #[test]
    fn ending_is_written_over_its_reserve_where_nothing_else_can_be_written() {
        let (dir, run) = run_dir();
        run.reserve_ending().expect("reserved");
        // In place of the temporary file, which a full disk would refuse.
        let temporary = format!(".exit.json.{}.tmp", std::process::id());
        std::fs::create_dir(dir.path().join(temporary)).expect("made");
        let ending = Ending {
            at: Timestamp::from_millis(5),
            how: Exit::Code(3),
            restarts: 0,
            stop_requested: Some(StopRequest::Gently),
            last_line: None,
        };
        run.write_ending(&ending).expect("written");
        assert_eq!(run.ending().expect("readable"), Some(ending));
    }

    #[test]
    fn file_that_cannot_be_opened_is_neither_there_nor_absent() {
        let (dir, run) = run_dir();
        // Opening a symbolic link to itself fails for every user, also for root.
        for name in ["lock", "exit.json", "launch.json", "process.json"] {
            std::os::unix::fs::symlink(name, dir.path().join(name)).expect("linked");
        }
        assert!(run.is_held().is_err());
        assert!(run.is_claimed().is_err());
        assert!(run.ending().is_err_and(|error| !is_garbled(&error)));
        assert!(run.launch().is_err_and(|error| !is_garbled(&error)));
        assert!(run.process().is_err_and(|error| !is_garbled(&error)));
    }

    #[test]
    fn folder_that_is_gone_holds_nothing() {
        let (dir, run) = run_dir();
        drop(dir);
        assert!(!run.is_held().expect("known"));
        assert!(!run.is_claimed().expect("known"));
        assert_eq!(run.ending().expect("known"), None);
    }
}
