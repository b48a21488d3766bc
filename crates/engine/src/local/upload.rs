//! Uploads into workbenches' folders.
//!
//! The content is collected in a file beside the workbench's folder, where no app sees it, and then
//! linked into the folder under a name that is free. Each step names its folder by an open descriptor
//! and follows no link, since the programs of the workbench may put links anywhere.

use super::engine::LocalEngine;
use super::folders::UPLOAD_PREFIX;
use super::inner::Inner;
use crate::uploads::{Upload, UploadError};
use async_trait::async_trait;
use bytes::Bytes;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, open, openat};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::linkat;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::tab::attachment::{FOLDER, MAX_NUMBER, name_problem, numbered};

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Upload to a workbench of the local engine.
struct LocalUpload {
    engine: LocalEngine,
    part: Part,
}

/// File that is not complete, removed when it is dropped.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) file: Arc<File>,
    path: PathBuf,
    /// The workbench's folder.
    files: PathBuf,
    name: String,
}

impl Drop for Part {
    fn drop(&mut self) {
        // A file that is left is removed at the server's next start.
        let _ = fs::remove_file(&self.path);
    }
}

impl LocalEngine {
    pub(super) async fn begin(
        &self,
        id: &WorkbenchId,
        name: &str,
    ) -> Result<Box<dyn Upload>, UploadError> {
        let (id, name) = (id.clone(), name.to_owned());
        let part = self.call(move |inner| begin(inner, &id, name)).await?;
        let engine = LocalEngine {
            inner: Arc::clone(&self.inner),
        };
        Ok(Box::new(LocalUpload { engine, part }))
    }
}

#[async_trait]
impl Upload for LocalUpload {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        let file = Arc::clone(&self.part.file);
        self.engine.call(move |_| (&*file).write_all(&bytes)).await
    }

    async fn finish(self: Box<Self>) -> Result<String, UploadError> {
        let Self { engine, part } = *self;
        engine.call(move |_| part.finish()).await
    }
}

fn begin(inner: &Inner, id: &WorkbenchId, name: String) -> Result<Part, UploadError> {
    let folders = &inner.folders;
    folders.expect_in_place()?;
    folders.make_volume(id)?;
    let files = folders.files(id);
    let beside = files.parent().unwrap_or(&files);
    Part::create(&files, beside, name)
}

impl Part {
    /// Creates a part in a folder of the same file system.
    pub(super) fn create(files: &Path, beside: &Path, name: String) -> Result<Self, UploadError> {
        if let Some(problem) = name_problem(&name) {
            return Err(UploadError::Blocked(problem));
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = beside.join(format!("{UPLOAD_PREFIX}{}-{number}", std::process::id()));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        let part = Self {
            file: Arc::new(file),
            path,
            files: files.to_owned(),
            name,
        };
        // Told before the content is sent.
        attachments(&part.files)?;
        Ok(part)
    }

    /// Links the part into the folder, and returns its path in it.
    pub(super) fn finish(self) -> Result<String, UploadError> {
        self.file.sync_data()?;
        let folder = attachments(&self.files)?;
        for number in 0..=MAX_NUMBER {
            let name = numbered(&self.name, number);
            let linked = linkat(
                AT_FDCWD,
                &self.path,
                &folder,
                name.as_str(),
                AtFlags::empty(),
            );
            match linked {
                Ok(()) => return Ok(format!("{FOLDER}/{name}")),
                Err(Errno::EEXIST) => {}
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
        let why = format!("{MAX_NUMBER} files have this name already. Choose another name.");
        Err(UploadError::Blocked(why))
    }
}

/// Opens the folder of attachments, and creates it if there is none.
fn attachments(files: &Path) -> Result<OwnedFd, UploadError> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let files = open(files, flags, Mode::empty()).map_err(io::Error::from)?;
    match mkdirat(&files, FOLDER, Mode::S_IRWXU) {
        Ok(()) | Err(Errno::EEXIST) => {}
        Err(error) => return Err(io::Error::from(error).into()),
    }
    openat(&files, FOLDER, flags, Mode::empty()).map_err(|error| match error {
        Errno::ELOOP | Errno::ENOTDIR => UploadError::Blocked(format!(
            "The workbench's {FOLDER} is a link or a file, not a folder. Move it away."
        )),
        error => io::Error::from(error).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Puts a file into the attachments of a folder.
    fn put(files: &Path, name: &str, content: &[u8]) -> Result<String, UploadError> {
        let beside = files.parent().expect("a parent");
        let part = Part::create(files, beside, name.to_owned())?;
        (&*part.file).write_all(content).expect("written");
        part.finish()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = names.map(|n| n.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn ground() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("a folder");
        let files = dir.path().join("files");
        fs::create_dir(&files).expect("made");
        (dir, files)
    }

    #[test]
    fn files_in_use_are_kept_and_a_number_is_added() {
        let (dir, files) = ground();
        for (content, expected) in [("a", "plot.png"), ("b", "plot-1.png"), ("", "plot-2.png")] {
            let path = put(&files, "plot.png", content.as_bytes()).expect("put");
            assert_eq!(path, format!("attachments/{expected}"));
            let found = fs::read_to_string(files.join(path)).expect("a file");
            assert_eq!(found, content);
        }
        assert_eq!(names(dir.path()), ["files"], "nothing is left beside it");
    }

    #[test]
    fn upload_that_is_dropped_leaves_nothing() {
        let (dir, files) = ground();
        let part = Part::create(&files, dir.path(), "half.bin".to_owned()).expect("a file");
        (&*part.file).write_all(b"half").expect("written");
        drop(part);
        assert_eq!(names(dir.path()), ["files"]);
        assert_eq!(names(&files), [FOLDER]);
    }

    #[test]
    fn link_or_file_in_place_of_the_folder_is_refused_and_not_followed() {
        let (dir, files) = ground();
        let outside = dir.path().join("outside");
        fs::create_dir(&outside).expect("made");
        symlink(&outside, files.join(FOLDER)).expect("linked");
        let refused = put(&files, "a.txt", b"x");
        assert!(
            matches!(refused, Err(UploadError::Blocked(_))),
            "{refused:?}"
        );
        assert!(names(&outside).is_empty());
        fs::remove_file(files.join(FOLDER)).expect("removed");
        fs::write(files.join(FOLDER), "mine").expect("written");
        let refused = put(&files, "a.txt", b"x");
        assert!(
            matches!(refused, Err(UploadError::Blocked(_))),
            "{refused:?}"
        );
        assert_eq!(names(dir.path()), ["files", "outside"]);
    }

    #[test]
    fn link_in_place_of_the_file_is_neither_followed_nor_replaced() {
        let (dir, files) = ground();
        let target = dir.path().join("target");
        fs::write(&target, "precious").expect("written");
        fs::create_dir(files.join(FOLDER)).expect("made");
        symlink(&target, files.join(FOLDER).join("a.txt")).expect("linked");
        symlink("/nowhere", files.join(FOLDER).join("a-1.txt")).expect("linked");
        let path = put(&files, "a.txt", b"new").expect("put");
        assert_eq!(path, "attachments/a-2.txt");
        assert_eq!(fs::read_to_string(&target).expect("a file"), "precious");
    }
}
