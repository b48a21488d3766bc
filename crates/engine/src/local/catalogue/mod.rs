//! The catalogue of apps: `apps.toml`, read and checked.

mod check;
mod entry;
pub mod placeholders;
mod read;
#[cfg(test)]
mod tests;

pub use entry::{Agent, Entry, Readiness};

use std::fmt;
use std::path::{Path, PathBuf};

/// The catalogue that is used when no file is given.
const BUILT_IN: &str = include_str!("built_in.toml");

/// The apps that workbenches can run.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    apps: Vec<Entry>,
}

impl Catalogue {
    /// Reads and checks a file.
    pub fn load(file: &Path) -> Result<Self, CatalogueError> {
        let bytes = std::fs::read(file).map_err(|error| {
            CatalogueError::of(file, None, format!("failed to read the file: {error}"))
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
            let why = "the file is not UTF-8 text; save it as UTF-8".to_owned();
            CatalogueError::of(file, Some(line), why)
        })?;
        Self::parse(file, &text)
    }

    /// The catalogue that is used when no file is given.
    pub fn built_in() -> Self {
        Self::parse(Path::new("built-in catalogue"), BUILT_IN)
            .expect("a unit test reads this same text")
    }

    /// Reads and checks a text; `file` is what faults are reported for.
    pub fn parse(file: &Path, text: &str) -> Result<Self, CatalogueError> {
        match read::read(text) {
            Ok(apps) => Ok(Self { apps }),
            Err(faults) => Err(CatalogueError {
                file: file.to_owned(),
                faults,
            }),
        }
    }

    /// This one and those apps of another whose names are new.
    #[must_use]
    pub fn with(mut self, more: Self) -> Self {
        for app in more.apps {
            if self.get(&app.name).is_none() {
                self.apps.push(app);
            }
        }
        self
    }

    /// Every app, in the order of the file.
    pub fn apps(&self) -> &[Entry] {
        &self.apps
    }

    /// The app of this name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.apps.iter().find(|app| app.name == name)
    }
}

/// What is wrong with a catalogue: every fault that was found, one a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueError {
    file: PathBuf,
    faults: Vec<Fault>,
}

/// One fault of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line it is on, from 1; none where it is about the whole file.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub message: String,
}

impl CatalogueError {
    fn of(file: &Path, line: Option<usize>, message: String) -> Self {
        Self {
            file: file.to_owned(),
            faults: vec![Fault { line, message }],
        }
    }

    /// Every fault that was found, in the order of the file.
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
