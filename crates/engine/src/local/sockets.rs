//! Folder of a run's sockets.
//!
//! Only the server's user may enter it, so that no other user of the machine and no web page can
//! reach an app past the gateway.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;
use vestibule_model::ids::WorkbenchId;

/// Longest path of a socket that every system takes, without the final zero (`sun_path`).
const LONGEST_PATH: usize = 103;

/// Number of bytes of the hash that names a run's folder.
const NAME_BYTES: usize = 8;

/// Pause before another attempt to join a socket's full queue.
const QUEUE_PAUSE: Duration = Duration::from_millis(5);

/// Folder of a run's sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SocketDir(PathBuf);

/// Returns the folder above those of all runs of a data folder: in it, or in the folder for
/// temporary files if its own path is too long for a socket.
pub fn root(data_dir: &Path) -> PathBuf {
    let inside = data_dir.join("sockets");
    let longest = SocketDir(inside.join("x".repeat(2 * NAME_BYTES))).app();
    if longest.as_os_str().len() <= LONGEST_PATH {
        return inside;
    }
    let name = hash(data_dir.as_os_str().as_encoded_bytes());
    std::env::temp_dir().join(format!("vestibule-{name}"))
}

/// Creates a folder that no other user may enter, and refuses one that another user has made.
pub fn make_private(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = std::fs::symlink_metadata(folder)?;
    let is_private = found.is_dir()
        && found.mode() & 0o077 == 0
        && found.uid() == nix::unistd::geteuid().as_raw();
    if is_private {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("{} is open to other users", folder.display()),
    ))
}

impl SocketDir {
    /// Returns the folder of a run below `root`.
    pub fn of(root: &Path, id: &WorkbenchId, run_number: u64) -> Self {
        Self(root.join(hash(format!("{id}/{run_number}").as_bytes())))
    }

    /// Returns the path of the socket on which the run's runner accepts connections to the app.
    pub fn gate(&self) -> PathBuf {
        self.0.join("gate.sock")
    }

    /// Returns the path of the socket on which the app itself listens. Some programs recognise a
    /// socket by the end of the name.
    pub fn app(&self) -> PathBuf {
        self.app_folder().join("app.sock")
    }

    /// Returns the folder of the app's own socket, the only one that a sandbox shows: an app that could
    /// write beside the gate could lead the server to another run's.
    pub fn app_folder(&self) -> PathBuf {
        self.0.join("app")
    }

    /// Creates the folder, removes sockets of an earlier process of the run, and listens on the
    /// gate.
    pub fn open_gate(&self) -> io::Result<UnixListener> {
        if let Some(root) = self.0.parent() {
            make_private(root)?;
        }
        make_private(&self.0)?;
        make_private(&self.app_folder())?;
        for socket in [self.gate(), self.app()] {
            match std::fs::remove_file(socket) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        UnixListener::bind(self.gate())
    }

    /// Listens on the gate again if it is gone. Returns `None` if it is there. The app's own socket is
    /// left alone.
    pub fn open_lost_gate(&self) -> io::Result<Option<UnixListener>> {
        match std::fs::symlink_metadata(self.gate()) {
            Ok(_) => return Ok(None),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
        if let Some(root) = self.0.parent() {
            make_private(root)?;
        }
        make_private(&self.0)?;
        UnixListener::bind(self.gate()).map(Some)
    }

    /// Removes the folder.
    pub fn remove(&self) -> io::Result<()> {
        match std::fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Connects to a socket. Waits for room in its queue, which the system does not.
pub async fn connect(socket: &Path) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(socket).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tokio::time::sleep(QUEUE_PAUSE).await;
            }
            connected => return connected,
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let kept = digest.iter().take(NAME_BYTES);
    kept.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn sec_1_gate_is_in_a_folder_that_no_other_user_may_enter() {
        let data_dir = tempfile::tempdir().expect("a folder");
        let root = root(data_dir.path());
        let sockets = SocketDir::of(&root, &WorkbenchId::from("wb-a"), 1);
        let _gate = sockets.open_gate().expect("opened");
        for folder in [&root, &sockets.0] {
            let mode = std::fs::metadata(folder).expect("it is there").mode();
            assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
        }
        std::os::unix::net::UnixStream::connect(sockets.gate()).expect("it listens");
        sockets.open_gate().expect("opened again");
        sockets.remove().expect("removed");
        sockets.remove().expect("harmless when done");
        assert!(!sockets.0.exists());
    }

    #[test]
    fn folder_that_others_may_enter_is_refused() {
        let data_dir = tempfile::tempdir().expect("a folder");
        let root = root(data_dir.path());
        std::fs::create_dir(&root).expect("made");
        std::fs::set_permissions(&root, Permissions::from_mode(0o755)).expect("set");
        let sockets = SocketDir::of(&root, &WorkbenchId::from("wb-a"), 1);
        let error = sockets.open_gate().expect_err("open to others");
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn sockets_of_a_long_data_folder_have_short_paths() {
        let id = WorkbenchId::from("wb-a");
        for length in [1, 40, 64, 65, 90, 300] {
            let data_dir = PathBuf::from(format!("/{}", "d".repeat(length)));
            let root = root(&data_dir);
            assert_eq!(root.starts_with(&data_dir), length <= 64, "{length}");
            let sockets = SocketDir::of(&root, &id, 1);
            assert!(sockets.app().as_os_str().len() <= LONGEST_PATH);
            assert!(sockets.gate().as_os_str().len() <= LONGEST_PATH + 1);
            assert_ne!(sockets, SocketDir::of(&root, &id, 2));
        }
    }
}
