//! The record of one run on disk, shared by the server and the supervisor.
//!
//! | file | written by | says |
//! |---|---|---|
//! | `launch.json` | server | the run is to be started, and how; from here on it is |
//! | `lock` | supervisor, held while it lives | somebody looks after the run |
//! | `process.json` | supervisor: before and after the app's process is made, and when it crashed | the start was tried; which process it is, or when the next one comes |
//! | `run-token` | server, again before the one there expires | what the app reports its progress with |
//! | `stop` | server | the run is to end |
//! | `evicted` | server, before `stop` | it is to end because the machine must shed load; why |
//! | `exit.json` | whoever holds the lock | how it ended; nothing changes after it |
//!
//! Each is written whole or not at all, so that either side may be killed between any two.

mod form;

pub use form::{Ending, Launch, Process};

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use vestibule_model::observed::Exit;
use vestibule_model::time::Timestamp;

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir(PathBuf);

impl RunDir {
    /// The folder at this path, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What is to be started; none if nothing is.
    pub fn launch(&self) -> io::Result<Option<Launch>> {
        self.read("launch.json")
    }

    /// Says what is to be started.
    pub fn write_launch(&self, launch: &Launch) -> io::Result<()> {
        self.write("launch.json", launch, Durability::Synced)
    }

    /// Whether a start was ever tried, whatever the record says of it.
    pub fn is_claimed(&self) -> bool {
        self.0.join("process.json").exists()
    }

    /// Which process it is; none if no start was tried.
    pub fn process(&self) -> io::Result<Option<Process>> {
        self.read("process.json")
    }

    /// Says that the start is being tried. From here on nobody else tries it.
    pub fn claim(&self, process: &Process) -> io::Result<()> {
        self.write("process.json", process, Durability::Synced)
    }

    /// Says which process it is.
    pub fn write_process(&self, process: &Process) -> io::Result<()> {
        self.write("process.json", process, Durability::Lazy)
    }

    /// Whether the run is to end.
    pub fn is_stop_wanted(&self) -> bool {
        self.0.join("stop").exists()
    }

    /// Says that the run is to end.
    pub fn want_stop(&self) -> io::Result<()> {
        open_private(&self.0.join("stop")).map(drop)
    }

    /// Why the run is to end to free the machine; none if it is not.
    pub fn eviction(&self) -> Option<String> {
        self.read("evicted").ok().flatten()
    }

    /// Says that the run is to end to free the machine, and why.
    pub fn want_eviction(&self, why: &str) -> io::Result<()> {
        self.write("evicted", &why, Durability::Synced)
    }

    /// Where the run's token stands for the app to read.
    pub fn token_file(&self) -> PathBuf {
        self.0.join("run-token")
    }

    /// Puts a token in the place of the one before.
    pub fn write_token(&self, token: &str) -> io::Result<()> {
        self.write_bytes("run-token", token.as_bytes(), Durability::Lazy)
    }

    /// When `process.json` was last written; changes tell of restarts.
    pub fn process_changed(&self) -> Option<SystemTime> {
        std::fs::metadata(self.0.join("process.json"))
            .and_then(|m| m.modified())
            .ok()
    }

    /// How it ended; none if it has not. A record that cannot be read is an ending nobody knows
    /// the kind of.
    pub fn ending(&self) -> Option<Ending> {
        match self.read("exit.json") {
            Ok(ending) => ending,
            Err(error) => {
                tracing::warn!(run = %self.0.display(), %error, "failed to read how a run ended");
                let at = std::fs::metadata(self.0.join("exit.json")).and_then(|m| m.modified());
                let since = at.ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
                Some(Ending {
                    at: Timestamp::from_millis(i64::try_from(since.as_millis()).ok()?),
                    how: Exit::Lost,
                    restarts: 0,
                    asked: None,
                })
            }
        }
    }

    /// Says how it ended. Only for the holder of the lock.
    pub fn write_ending(&self, ending: &Ending) -> io::Result<()> {
        self.write("exit.json", ending, Durability::Synced)
    }

    /// Takes the lock; none if another has it.
    pub fn try_lock(&self) -> io::Result<Option<File>> {
        let file = open_private(&self.0.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether somebody looks after the run.
    pub fn is_held(&self) -> bool {
        let Ok(file) = File::open(self.0.join("lock")) else {
            return false;
        };
        // Shared, so that lookers do not take each other for a supervisor.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
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
            // The first fault is the one to tell; a left-over is replaced by the next try.
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

/// Whether a write must outlast a power failure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    Synced,
    Lazy,
}

/// Whether an error only says that something is not there.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Environments may hold what is nobody else's business: only the owner may read.
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
    use vestibule_model::observed::Asked;

    fn run_dir() -> (tempfile::TempDir, RunDir) {
        let dir = tempfile::tempdir().expect("a folder");
        let run = RunDir::new(dir.path());
        (dir, run)
    }

    #[test]
    fn an_ending_is_read_as_written_and_nothing_else_is_left() {
        let (dir, run) = run_dir();
        assert_eq!(run.ending(), None);
        let ending = Ending {
            at: Timestamp::from_millis(5),
            how: Exit::NotFound("no such program".to_owned()),
            restarts: 2,
            asked: Some(Asked::Forcibly),
        };
        run.write_ending(&ending).expect("written");
        assert_eq!(run.ending(), Some(ending));
        assert_eq!(std::fs::read_dir(dir.path()).expect("read").count(), 1);
    }

    #[test]
    fn a_garbled_ending_is_an_ending_and_a_garbled_launch_an_error() {
        let (dir, run) = run_dir();
        for garbage in [&b""[..], b"{", b"\xff\xfe", b"{\"at\":1,\"how\":\"flew\"}"] {
            std::fs::write(dir.path().join("exit.json"), garbage).expect("written");
            assert_eq!(run.ending().map(|e| e.how), Some(Exit::Lost));
            std::fs::write(dir.path().join("launch.json"), garbage).expect("written");
            assert!(run.launch().is_err());
        }
    }

    /// What stands on a disk is read by later versions: its words stay as they are.
    #[test]
    fn every_end_is_written_as_it_always_was() {
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
        let asked = [Asked::No, Asked::Gently, Asked::Forcibly];
        let text = serde_json::to_string(&asked).expect("written");
        assert_eq!(text, r#"["no","gently","forcibly"]"#);
    }

    #[test]
    fn an_ending_of_an_earlier_version_is_read() {
        let (dir, run) = run_dir();
        let text = br#"{"at":"2026-01-02T03:04:05Z","how":{"code":7}}"#;
        std::fs::write(dir.path().join("exit.json"), text).expect("written");
        let ending = run.ending().expect("an ending");
        assert_eq!(
            (ending.how, ending.restarts, ending.asked),
            (Exit::Code(7), 0, None)
        );
    }

    #[test]
    fn the_lock_is_seen_while_it_is_held_and_looking_takes_nothing() {
        let (_dir, run) = run_dir();
        assert!(!run.is_held());
        let lock = run.try_lock().expect("no fault").expect("free");
        assert!(run.is_held());
        assert!(run.try_lock().expect("no fault").is_none());
        drop(lock);
        assert!(!run.is_held());
        assert!(run.try_lock().expect("no fault").is_some());
    }
}
