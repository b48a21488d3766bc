//! What the first load of each page weighs, against the budget.

use crate::compress;
use crate::parts::part_of;
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

/// The pages, and the parts that each needs until one can use it. The main module and everything
/// that is no module is in every first load. What follows by itself once the page is drawn, the event
/// stream before all, is no part of it: nobody waits for it.
const PAGES: &[(&str, &[&str])] = &[
    ("signing in", &["sign_in"]),
    ("workspaces", &["workspaces"]),
    ("workbenches", &["lists"]),
    ("a new workbench", &["create"]),
    ("a workbench", &["session"]),
    ("an attempt", &["run"]),
    ("settings", &["settings"]),
    ("builds", &["builds"]),
    ("a build", &["builds"]),
];

/// Everything that was built, and what each page needs of it.
pub struct FirstLoad {
    files: Vec<Weight>,
    pages: Vec<Page>,
}

struct Weight {
    name: String,
    raw: usize,
    gzip: usize,
    brotli: usize,
}

struct Page {
    name: &'static str,
    files: Vec<usize>,
}

impl FirstLoad {
    /// Weighs what was built.
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
        let pages = PAGES
            .iter()
            .map(|(name, wanted)| page(name, wanted, &files))
            .collect::<Result<_>>()?;
        Ok(Self { files, pages })
    }

    /// Whether every page keeps to the budget. An empty console does not: nothing was built.
    pub fn fits(&self) -> bool {
        !self.files.is_empty()
            && self
                .pages
                .iter()
                .all(|page| self.total(&page.files, |file| file.brotli) <= BUDGET_BYTES)
    }

    /// For people.
    pub fn table(&self) -> String {
        let width = self.files.iter().map(|file| file.name.len()).max();
        let width = width.unwrap_or(0).max("budget of a page".len());
        let mut text = String::new();
        let mut row = |name: &str, cells: [&str; 3]| {
            let [raw, gzip, brotli] = cells;
            // Writing to a string does not fail.
            let _ = writeln!(text, "{name:width$}  {raw:>10}  {gzip:>10}  {brotli:>10}");
        };
        row("File", ["raw", "gzip", "brotli"]);
        let mut bytes = |name: &str, sizes: [usize; 3]| {
            let [raw, gzip, brotli] = sizes.map(kilobytes);
            row(name, [&raw, &gzip, &brotli]);
        };
        for file in &self.files {
            bytes(&file.name, [file.raw, file.gzip, file.brotli]);
        }
        let all: Vec<usize> = (0..self.files.len()).collect();
        let everything = Page {
            name: "everything",
            files: all,
        };
        for page in self.pages.iter().chain([&everything]) {
            bytes(
                page.name,
                [
                    self.total(&page.files, |file| file.raw),
                    self.total(&page.files, |file| file.gzip),
                    self.total(&page.files, |file| file.brotli),
                ],
            );
        }
        row("budget of a page", ["", "", &kilobytes(BUDGET_BYTES)]);
        text.trim_end().to_owned()
    }

    fn total(&self, files: &[usize], of: impl Fn(&Weight) -> usize) -> usize {
        files.iter().map(|file| of(&self.files[*file])).sum()
    }
}

/// What a page loads: everything but the parts it does not need.
fn page(name: &'static str, wanted: &[&str], files: &[Weight]) -> Result<Page> {
    for part in wanted {
        let is_there = files.iter().any(|file| part_of(&file.name) == Some(part));
        anyhow::ensure!(is_there, "the console has no part `{part}`");
    }
    let is_loaded = |file: &Weight| owner_of(&file.name).is_none_or(|part| wanted.contains(&part));
    let loaded = |(i, file)| is_loaded(file).then_some(i);
    Ok(Page {
        name,
        files: files.iter().enumerate().filter_map(loaded).collect(),
    })
}

/// The part that a file is fetched with: its own, or for a style sheet that is not in the page's head
/// the one of its name.
fn owner_of(name: &str) -> Option<&str> {
    let sheet = name.strip_suffix(".css");
    part_of(name).or_else(|| sheet.filter(|sheet| !sheet.contains('-')))
}

fn kilobytes(bytes: usize) -> String {
    format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(name: &str, brotli: usize) -> Weight {
        Weight {
            name: name.to_owned(),
            raw: brotli * 3,
            gzip: brotli * 2,
            brotli,
        }
    }

    fn weighing(main: usize, part: usize) -> FirstLoad {
        let files = vec![
            weight("app-0_bg.wasm", main),
            weight("lists-0.part", part),
            weight("other-0.part", 1_000_000),
            weight("other.css", 1_000_000),
        ];
        let lists = page("a list", &["lists"], &files).unwrap();
        let bare = page("signing in", &[], &files).unwrap();
        FirstLoad {
            files,
            pages: vec![bare, lists],
        }
    }

    #[test]
    fn the_budget_is_kept_by_every_page_or_not() {
        assert!(weighing(200_000, 50_000).fits());
        assert!(!weighing(200_000, 50_001).fits());
        assert!(!weighing(250_001, 0).fits());
        let nothing = FirstLoad {
            files: Vec::new(),
            pages: Vec::new(),
        };
        assert!(!nothing.fits());
        assert!(page("lists", &["novel"], &[]).is_err());
    }

    #[test]
    fn the_table_sums_up() {
        let table = weighing(180_450, 10_000).table();
        let line = |name: &str| {
            let line = table.lines().find(|line| line.starts_with(name));
            line.map(|line| {
                line.split_whitespace().last().unwrap_or("").to_owned()
                    + line.split_whitespace().nth_back(1).unwrap_or("")
            })
        };
        assert_eq!(line("signing in"), Some("KB180.4".to_owned()));
        assert_eq!(line("a list"), Some("KB190.4".to_owned()));
        assert_eq!(line("everything"), Some("KB2190.4".to_owned()));
    }
}
