//! Faults of a catalogue file.

use std::fmt;
use std::path::{Path, PathBuf};

/// Every fault of a catalogue, one a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueError {
    pub(super) file: PathBuf,
    pub(super) faults: Vec<Fault>,
}

/// Fault of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1; `None` if it is about the whole file.
    pub line: Option<usize>,
    /// The fault and its remedy.
    pub message: String,
}

impl CatalogueError {
    pub(super) fn of(file: &Path, line: Option<usize>, message: String) -> Self {
        Self {
            file: file.to_owned(),
            faults: vec![Fault { line, message }],
        }
    }

    /// Returns every fault, in the order of the file.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}", self.file.display())?;
            if let Some(line) = fault.line {
                write!(f, ":{line}")?;
            }
            write!(f, ": {}", fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for CatalogueError {}
