//! Catalogue of apps: reads and checks `apps.toml`.

mod check;
mod entry;
mod fault;
pub mod parameters;
pub mod placeholders;
mod read;
mod sizes;
#[cfg(test)]
mod tests;

pub use entry::{
    Agent, AgentOutput, CatalogueEntry, PodSettings, Readiness, RunAs, SizeEntry, Toleration,
};
pub use fault::{CatalogueError, Fault};

use super::small_file;
use std::path::Path;

/// Default catalogue.
const BUILT_IN: &str = include_str!("built_in.toml");

/// The apps that workbenches can run.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    apps: Vec<CatalogueEntry>,
}

impl Catalogue {
    /// Reads and checks a file.
    pub fn load(file: &Path) -> Result<Self, CatalogueError> {
        let bytes = small_file::read(file).map_err(|error| {
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

    /// Returns the default catalogue.
    pub fn built_in() -> Self {
        Self::parse(Path::new("built-in catalogue"), BUILT_IN)
            .expect("a unit test reads this same text")
    }

    /// Reads and checks a text; faults are reported for `file`.
    pub fn parse(file: &Path, text: &str) -> Result<Self, CatalogueError> {
        match read::read(text) {
            Ok(apps) => Ok(Self { apps }),
            Err(faults) => Err(CatalogueError {
                file: file.to_owned(),
                faults,
            }),
        }
    }

    /// Adds those apps of another catalogue whose names are new.
    #[must_use]
    pub fn with(mut self, more: Self) -> Self {
        for app in more.apps {
            if self.get(&app.name).is_none() {
                self.apps.push(app);
            }
        }
        self
    }

    /// Returns every app, in the order of the file.
    pub fn apps(&self) -> &[CatalogueEntry] {
        &self.apps
    }

    /// Returns the app of this name.
    pub fn get(&self, name: &str) -> Option<&CatalogueEntry> {
        self.apps.iter().find(|app| app.name == name)
    }
}
