//! Paths that a sandbox shows.

use std::path::{Path, PathBuf};

/// A path that a sandbox shows, written as `/path` or, to be writable, `/path:rw`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    pub(super) path: PathBuf,
    pub(super) is_writable: bool,
}

impl Mount {
    /// Parses a mount; `None` if its path is not absolute.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, is_writable) = match text.strip_suffix(":rw") {
            Some(path) => (path, true),
            None => (text, false),
        };
        Path::new(path).is_absolute().then(|| Self {
            path: PathBuf::from(path),
            is_writable,
        })
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn read_only(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            is_writable: false,
        }
    }

    pub(super) fn writable(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            is_writable: true,
        }
    }
}
