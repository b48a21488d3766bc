//! Chromium and its driver, for tests.

use super::apt;
use crate::project::{Project, on_path};
use anyhow::{Result, bail};
use std::env;
use std::path::PathBuf;

const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// What tests drive.
#[derive(Debug)]
pub struct Browser {
    /// The browser itself.
    pub program: PathBuf,
    /// What speaks WebDriver.
    pub driver: PathBuf,
}

/// Finds both, or installs them; `CHROMIUM` and `CHROMEDRIVER` name others.
pub fn ensure(project: &Project) -> Result<Browser> {
    if let Some(browser) = find() {
        return Ok(browser);
    }
    if !apt::is_here() {
        bail!(
            "tests need Chromium (or Chrome) and the chromedriver of the same version: install them, \
             or name them by the variables CHROMIUM and CHROMEDRIVER"
        );
    }
    let packages = ["chromium", "chromium-driver", "fonts-liberation"];
    apt::install(project, &packages, "tests in a real browser", "about 1 min")?;
    match find() {
        Some(browser) => Ok(browser),
        None => bail!("chromium and chromium-driver were installed, but are not in PATH"),
    }
}

fn find() -> Option<Browser> {
    let named = |variable| {
        let path = PathBuf::from(env::var_os(variable)?);
        path.is_file().then_some(path)
    };
    Some(Browser {
        program: named("CHROMIUM").or_else(|| BROWSERS.into_iter().find_map(on_path))?,
        driver: named("CHROMEDRIVER").or_else(|| on_path("chromedriver"))?,
    })
}
