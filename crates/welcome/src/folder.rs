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
    /// Whether it is a folder.
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

    /// Returns the path of a file of this name directly in the folder, or `None` for names that are
    /// paths.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        let is_plain = !name.is_empty()
            && name.len() <= 255
            && name != "."
            && name != ".."
            && !name.contains(['/', '\0']);
        is_plain.then(|| self.0.join(name))
    }

    /// Opens a file of the folder for reading: no pipe or device, on which reading would block, and
    /// no link that leads out of the folder.
    pub(crate) fn readable(&self, name: &str) -> Option<PathBuf> {
        let path = self.file(name)?.canonicalize().ok()?;
        (path.starts_with(&self.0) && path.is_file()).then_some(path)
    }

    /// Returns the entries, folders first, and the number of entries left out. Names that begin
    /// with a dot are hidden.
    pub(crate) fn list(&self) -> io::Result<(Vec<Entry>, usize)> {
        let mut entries: Vec<Entry> = std::fs::read_dir(&self.0)?
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                // An entry that vanishes meanwhile is skipped.
                let about = entry.metadata().ok()?;
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
            "a/b",
            "/etc/passwd",
            "a\0b",
            &"x".repeat(256),
        ] {
            assert_eq!(folder.file(name), None, "{name:?}");
        }
        assert!(folder.file("notes <b>&.txt").is_some());
    }

    #[test]
    fn a_link_does_not_lead_out_of_the_folder_either() {
        let (dir, outside) = (tempfile::tempdir(), tempfile::NamedTempFile::new());
        let (dir, outside) = (dir.expect("a folder"), outside.expect("a file"));
        let link = |to: &Path, name| std::os::unix::fs::symlink(to, dir.path().join(name));
        std::fs::write(dir.path().join("a.txt"), "1").expect("a file");
        link(outside.path(), "out").expect("a link");
        link(Path::new("a.txt"), "in").expect("a link");
        let folder = Folder::open(Some(dir.path())).expect("opens");
        assert!(folder.readable("in").is_some());
        assert_eq!(folder.readable("out"), None);
        assert_eq!(folder.readable("missing"), None);
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
        let (entries, left_out) = Folder::open(Some(dir.path()))
            .expect("opens")
            .list()
            .expect("lists");
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
