//! Arguments of bubblewrap.

use super::super::mount::Mount;
use std::io;
use std::path::{Path, PathBuf};

/// Requirements of one run or build on its sandbox.
pub(in crate::local) struct Needs<'a> {
    /// The programs that it starts.
    pub(in crate::local) programs: Vec<&'a str>,
    /// Paths that its command names, as in the catalogue: environments among them are shown.
    pub(in crate::local) mentions: Vec<PathBuf>,
    /// The folder of the app's build.
    pub(in crate::local) build: Option<&'a Path>,
    /// Paths to show.
    pub(in crate::local) mounts: Vec<Mount>,
    /// Devices to show.
    pub(in crate::local) devices: &'a [PathBuf],
    /// `true` if the machine's network is shared.
    pub(in crate::local) shares_network: bool,
}

/// Folders that are empty in a sandbox, besides homes and the data folder.
const EMPTIED: &[&str] = &["/tmp", "/var/tmp", "/run", "/home", "/root"];

/// Files that only root may read. A server that runs as root owns them, and so do its apps.
const ROOTS_OWN: &[&str] = &[
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/ssh/ssh_host_ecdsa_key",
    "/etc/ssh/ssh_host_ed25519_key",
    "/etc/ssh/ssh_host_rsa_key",
];

/// Returns the folders whose contents no sandbox shows.
pub(super) fn emptied(data_dir: &Path) -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let emptied = EMPTIED.iter().map(PathBuf::from);
    let emptied = emptied.chain(home).chain([data_dir.to_owned()]);
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in emptied.filter_map(|folder| folder.canonicalize().ok()) {
        let is_useful = folder.is_dir() && folder.parent().is_some();
        if is_useful && !is_below(&folder, &found) {
            found.retain(|other| !other.starts_with(&folder));
            found.push(folder);
        }
    }
    found
}

/// Returns the files that no sandbox shows.
pub(super) fn hidden(also: &[PathBuf]) -> Vec<PathBuf> {
    let of_root = ROOTS_OWN.iter().map(PathBuf::from);
    let of_root = of_root.filter(|_| nix::unistd::geteuid().is_root());
    of_root
        .chain(also.iter().cloned())
        .filter_map(|file| file.canonicalize().ok())
        .filter(|file| file.is_file())
        .collect()
}

/// Returns `true` if a path is one of these folders or lies in one.
pub(super) fn is_below(path: &Path, folders: &[PathBuf]) -> bool {
    folders.iter().any(|folder| path.starts_with(folder))
}

/// Arguments under construction. Later ones lie over earlier ones.
#[derive(Default)]
pub(super) struct Plan(Vec<String>);

impl Plan {
    pub(super) fn into_words(self) -> Vec<String> {
        self.0
    }

    pub(super) fn words(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(|word| (*word).to_owned()));
    }

    /// Adds a path. The run's record is text.
    pub(super) fn word(&mut self, path: &Path) -> io::Result<()> {
        let text = path.to_str().ok_or_else(|| {
            io::Error::other(format!("the path {} is not UTF-8 text", path.display()))
        })?;
        self.0.push(text.to_owned());
        Ok(())
    }

    /// Adds the namespaces, and that nothing in them has capabilities.
    pub(super) fn namespaces(&mut self, has_own_network: bool) {
        self.words(&[
            "--die-with-parent",
            "--unshare-user",
            "--unshare-pid",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
            "--cap-drop",
            "ALL",
        ]);
        if has_own_network {
            self.words(&["--unshare-net"]);
        }
    }

    /// Adds the machine's file system, read-only, without the contents of some folders.
    pub(super) fn machine(&mut self, emptied: &[PathBuf], hidden: &[PathBuf]) -> io::Result<()> {
        self.words(&["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]);
        for folder in emptied {
            self.words(&["--tmpfs"]);
            self.word(folder)?;
        }
        for file in hidden.iter().filter(|file| !is_below(file, emptied)) {
            self.words(&["--ro-bind", "/dev/null"]);
            self.word(file)?;
        }
        Ok(())
    }

    /// Adds what is installed in emptied folders, as far as the app needs it.
    pub(super) fn installations(&mut self, paths: Vec<PathBuf>) -> io::Result<()> {
        paths
            .into_iter()
            .try_for_each(|path| self.mount(&Mount::read_only(path)))
    }

    /// Adds the name server of the network helper.
    pub(super) fn name_server(&mut self, file: &Path) -> io::Result<()> {
        let Ok(target) = Path::new("/etc/resolv.conf").canonicalize() else {
            return Ok(());
        };
        self.words(&["--ro-bind"]);
        self.word(file)?;
        self.word(&target)
    }

    /// Adds the machine's list of name servers, if it lies in an emptied folder.
    pub(super) fn own_name_server(&mut self, emptied: &[PathBuf]) -> io::Result<()> {
        match Path::new("/etc/resolv.conf").canonicalize() {
            Ok(file) if is_below(&file, emptied) => self.mount(&Mount::read_only(file)),
            _ => Ok(()),
        }
    }

    /// Adds a path of the machine at its own place. One that is not there is left out.
    pub(super) fn mount(&mut self, mount: &Mount) -> io::Result<()> {
        self.words(&[if mount.is_writable {
            "--bind-try"
        } else {
            "--ro-bind-try"
        }]);
        self.word(&mount.path)?;
        self.word(&mount.path)
    }

    /// Adds a device, or a folder of devices. One that is not there is left out.
    pub(super) fn device(&mut self, device: &Path) -> io::Result<()> {
        self.words(&["--dev-bind-try"]);
        self.word(device)?;
        self.word(device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_and_the_data_folder_are_emptied() {
        let dir = tempfile::tempdir().expect("a folder");
        let emptied = emptied(dir.path());
        assert!(is_below(dir.path(), &emptied));
        for folder in ["/tmp", "/root"] {
            assert!(!Path::new(folder).exists() || is_below(Path::new(folder), &emptied));
        }
        assert!(!emptied.contains(&PathBuf::from("/")));
    }

    #[test]
    fn mounts_are_read_only_unless_they_say_otherwise() {
        assert_eq!(Mount::parse("/data"), Some(Mount::read_only("/data")));
        assert_eq!(Mount::parse("/data:rw"), Some(Mount::writable("/data")));
        assert_eq!(Mount::parse("data"), None);
    }
}
