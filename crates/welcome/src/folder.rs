//! The workbench's folder: its entries, and uploads that are stored completely or not at all.

use anyhow::Context as _;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Entry as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Entry {
    /// Name; parts that are not UTF-8 are replaced, and the entry cannot be downloaded then.
    pub(crate) name: String,
    /// `true` if it is a folder.
    pub(crate) folder: bool,
    /// Size in bytes.
    pub(crate) size: u64,
    /// Time of the last change in milliseconds since 1970.
    pub(crate) modified: u64,
}

/// Prefix of the names of unfinished uploads, which no other file has.
const DRAFT: &str = ".vestibule-upload-";

/// Number of listed entries; more are only counted.
const LISTED: usize = 1_000;

/// The folder. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Folder(Arc<Path>);

impl Folder {
    pub(crate) fn open(dir: Option<&Path>) -> anyhow::Result<Self> {
        let dir = dir.unwrap_or(Path::new("."));
        let path = dir
            .canonicalize()
            .with_context(|| format!("failed to open the folder {}", dir.display()))?;
        Ok(Self(path.into()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Returns a file of the folder that can be read: not a pipe or a device, on which reading would
    /// wait, and not a link that leads out of the folder.
    pub(crate) fn readable(&self, path: &str) -> Option<PathBuf> {
        self.existing(path).filter(|path| path.is_file())
    }

    /// Returns a folder in the folder, or the folder itself for an empty path.
    pub(crate) fn subfolder(&self, path: &str) -> Option<PathBuf> {
        if path.is_empty() {
            return Some(self.0.to_path_buf());
        }
        self.existing(path).filter(|path| path.is_dir())
    }

    /// Returns where a new file goes: into a subfolder that exists, under a name that is not hidden.
    pub(crate) fn place(&self, path: &str) -> Option<PathBuf> {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let is_allowed = is_plain(name) && !name.starts_with('.');
        is_allowed.then(|| Some(self.subfolder(parent)?.join(name)))?
    }

    /// Returns what a path below the folder leads to, unless that is outside of it.
    fn existing(&self, path: &str) -> Option<PathBuf> {
        if !path.split('/').all(is_plain) {
            return None;
        }
        let path = self.0.join(path).canonicalize().ok()?;
        path.starts_with(&self.0).then_some(path)
    }

    /// Returns what is in a folder, folders first, and how many entries are left out. Names that
    /// begin with a dot are not shown.
    pub(crate) fn list(dir: &Path) -> io::Result<(Vec<Entry>, usize)> {
        let mut entries: Vec<Entry> = std::fs::read_dir(dir)?
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                // Follows links: one to a folder can be entered. An entry that vanishes meanwhile is skipped.
                let about = std::fs::metadata(entry.path()).or_else(|_| entry.metadata());
                let about = about.ok()?;
                (!name.starts_with('.')).then(|| Entry {
                    name,
                    folder: about.is_dir(),
                    size: about.len(),
                    modified: about
                        .modified()
                        .ok()
                        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
                        .map_or(0, |since| {
                            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
                        }),
                })
            })
            .collect();
        entries.sort_by(|a, b| b.folder.cmp(&a.folder).then_with(|| a.name.cmp(&b.name)));
        let left_out = entries.len().saturating_sub(LISTED);
        entries.truncate(LISTED);
        Ok((entries, left_out))
    }

    /// Creates the draft of an upload.
    pub(crate) fn draft(&self) -> io::Result<tempfile::NamedTempFile> {
        tempfile::Builder::new()
            .prefix(DRAFT)
            // Minus the umask, as for any other new file; temporary files are private by default.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(&self.0)
    }

    /// Removes the drafts of a program that was killed during an upload.
    pub(crate) fn sweep(&self) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.0)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(DRAFT) {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Returns `true` if a part of a path is a name, and not a way up or nowhere.
fn is_plain(name: &str) -> bool {
    let is_name = !name.is_empty() && name != "." && name != "..";
    is_name && name.len() <= 255 && !name.contains(['/', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_out_of_the_folder() {
        let folder = Folder::open(Some(&std::env::temp_dir())).expect("there is a folder");
        for name in [
            "",
            ".",
            "..",
            "../x",
            "a/../../x",
            "a//b",
            "/etc/passwd",
            "a\0b",
            &"x".repeat(256),
        ] {
            assert_eq!(folder.place(name), None, "{name:?}");
            assert_eq!(folder.readable(name), None, "{name:?}");
        }
        assert!(folder.place("notes <b>&.txt").is_some());
        assert_eq!(folder.place(".hidden"), None);
    }

    #[test]
    fn subfolders_are_entered_and_new_files_go_only_into_those_that_exist() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(dir.path().join("data/plots")).expect("a folder");
        std::fs::write(dir.path().join("data/plots/a.png"), "1").expect("a file");
        let folder = Folder::open(Some(dir.path())).expect("opens");
        let plots = folder.subfolder("data/plots").expect("it is there");
        let (entries, _) = Folder::list(&plots).expect("lists");
        assert_eq!(entries[0].name, "a.png");
        assert!(folder.readable("data/plots/a.png").is_some());
        assert!(folder.place("data/plots/b.png").is_some());
        assert_eq!(folder.place("data/missing/b.png"), None);
        assert_eq!(folder.subfolder("data/plots/a.png"), None);
        assert_eq!(folder.subfolder("data/.."), None);
    }

    #[test]
    fn a_link_does_not_lead_out_of_the_folder_either() {
        let (dir, outside) = (tempfile::tempdir(), tempfile::NamedTempFile::new());
        let (dir, outside) = (dir.expect("a folder"), outside.expect("a file"));
        let link = |to: &Path, name| std::os::unix::fs::symlink(to, dir.path().join(name));
        std::fs::write(dir.path().join("a.txt"), "1").expect("a file");
        link(outside.path(), "out").expect("a link");
        link(Path::new("a.txt"), "in").expect("a link");
        link(&std::env::temp_dir(), "away").expect("a link");
        let folder = Folder::open(Some(dir.path())).expect("opens");
        assert!(folder.readable("in").is_some());
        assert_eq!(folder.readable("out"), None);
        assert_eq!(folder.readable("missing"), None);
        assert_eq!(folder.subfolder("away"), None);
        assert_eq!(folder.place("away/a.txt"), None);
    }

    #[test]
    fn only_leftovers_of_killed_uploads_are_removed() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(Some(dir.path())).expect("opens");
        let (_, left) = folder.draft().expect("a draft").keep().expect("kept");
        std::fs::write(dir.path().join(".upload-mine"), "").expect("a file");
        folder.sweep().expect("swept");
        assert!(!left.exists() && dir.path().join(".upload-mine").exists());
    }

    #[test]
    fn folders_come_first_and_hidden_files_do_not_show() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("b.txt"), "12345").expect("a file");
        std::fs::write(dir.path().join(".hidden"), "").expect("a file");
        std::fs::create_dir(dir.path().join("data")).expect("a folder");
        let (entries, left_out) = Folder::list(dir.path()).expect("lists");
        let names: Vec<_> = entries
            .iter()
            .map(|entry| (entry.name.as_str(), entry.folder))
            .collect();
        assert_eq!(
            (names, left_out),
            (vec![("data", true), ("b.txt", false)], 0)
        );
        assert_eq!(entries[1].size, 5);
    }
}
