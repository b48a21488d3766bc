//! What the first load of a page weighs, against the budget.

use crate::compress;
use crate::project::Project;
use crate::setup::{self, Need};
use crate::{console, say};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::fs;
use std::process::ExitCode;

/// The most that a first load may transfer, everything, in brotli; see DESIGN.md's budgets.
const BUDGET_BYTES: usize = 250_000;

/// Builds the console and prints the table.
pub fn command(project: &Project) -> Result<ExitCode> {
    let toolbox = setup::ensure(project, Need::Run)?;
    console::build(project, &toolbox)?;
    let load = FirstLoad::measure(project)?;
    say::result(&load.table());
    if load.fits() {
        Ok(ExitCode::SUCCESS)
    } else {
        say::failed("the first load is above its budget");
        Ok(ExitCode::FAILURE)
    }
}

/// The files of a first load and their sizes.
pub struct FirstLoad {
    files: Vec<Weight>,
}

struct Weight {
    name: String,
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl FirstLoad {
    /// Weighs what was built. Everything in `dist/` is counted: a page may ask for all of it.
    pub fn measure(project: &Project) -> Result<Self> {
        let dist = project.dist();
        let size = |path: &std::path::Path, suffix: &str| -> Result<usize> {
            let path = format!("{}{suffix}", path.display());
            let content = fs::read(&path).with_context(|| format!("failed to read {path}"))?;
            Ok(content.len())
        };
        let mut files = Vec::new();
        for path in compress::originals(&dist)? {
            let name = path.strip_prefix(&dist).unwrap_or(&path);
            files.push(Weight {
                name: name.display().to_string(),
                raw: size(&path, "")?,
                gzip: size(&path, ".gz")?,
                brotli: size(&path, ".br")?,
            });
        }
        files.sort_by_key(|file| std::cmp::Reverse(file.brotli));
        Ok(Self { files })
    }

    /// Whether it keeps to the budget. An empty console does not: nothing was built.
    pub fn fits(&self) -> bool {
        !self.files.is_empty() && self.total(|file| file.brotli) <= BUDGET_BYTES
    }

    /// For people.
    pub fn table(&self) -> String {
        let width = self.files.iter().map(|file| file.name.len()).max();
        let width = width.unwrap_or(0).max("First load".len());
        let mut text = String::new();
        let mut row = |name: &str, cells: [&str; 3]| {
            let [raw, gzip, brotli] = cells;
            // Writing to a string does not fail.
            let _ = writeln!(text, "{name:width$}  {raw:>10}  {gzip:>10}  {brotli:>10}");
        };
        row("First load", ["raw", "gzip", "brotli"]);
        let mut bytes = |name: &str, sizes: [usize; 3]| {
            let [raw, gzip, brotli] = sizes.map(kilobytes);
            row(name, [&raw, &gzip, &brotli]);
        };
        for file in &self.files {
            bytes(&file.name, [file.raw, file.gzip, file.brotli]);
        }
        bytes(
            "total",
            [
                self.total(|file| file.raw),
                self.total(|file| file.gzip),
                self.total(|file| file.brotli),
            ],
        );
        row("budget", ["", "", &kilobytes(BUDGET_BYTES)]);
        text.trim_end().to_owned()
    }

    fn total(&self, of: impl Fn(&Weight) -> usize) -> usize {
        self.files.iter().map(of).sum()
    }
}

fn kilobytes(bytes: usize) -> String {
    format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighing(brotli: usize) -> FirstLoad {
        FirstLoad {
            files: vec![Weight {
                name: "app.wasm".to_owned(),
                raw: 900_000,
                gzip: 260_000,
                brotli,
            }],
        }
    }

    #[test]
    fn the_budget_is_kept_or_not() {
        assert!(weighing(250_000).fits());
        assert!(!weighing(250_001).fits());
        assert!(!FirstLoad { files: Vec::new() }.fits());
    }

    #[test]
    fn the_table_sums_up() {
        let table = weighing(180_450).table();
        let total = table.lines().find(|line| line.starts_with("total"));
        assert_eq!(
            total.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")),
            Some("total 900.0 KB 260.0 KB 180.4 KB".to_owned())
        );
    }
}
