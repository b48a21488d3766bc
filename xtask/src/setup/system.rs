//! Programs of the operating system that tests use: Chromium with its driver, Firefox, and nginx.

use super::apt;
use crate::project::{Project, on_path};
use anyhow::{Context, Result, bail};
use std::env;
use std::path::{Path, PathBuf};

const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Debian's path of nginx, which is not in every user's `PATH`.
const NGINX: &str = "/usr/sbin/nginx";

/// A browser that tests control.
#[derive(Debug)]
pub struct Browser {
    /// The browser.
    pub program: PathBuf,
    /// WebDriver server.
    pub driver: PathBuf,
}

/// Finds or installs Chromium; the variables `CHROMIUM` and `CHROMEDRIVER` take precedence.
pub fn ensure_browser(project: &Project) -> Result<Browser> {
    if let Some(browser) = find_browser() {
        return Ok(browser);
    }
    if !apt::is_available() {
        bail!(
            "tests need Chromium (or Chrome) and the chromedriver of the same version: install them, \
             or set the variables CHROMIUM and CHROMEDRIVER"
        );
    }
    let packages = ["chromium", "chromium-driver", "fonts-liberation"];
    apt::install(project, &packages, "tests in a browser", "about 1 min")?;
    find_browser().context("chromium and chromium-driver were installed, but aren't in PATH")
}

fn find_browser() -> Option<Browser> {
    let named = |variable| {
        let path = PathBuf::from(env::var_os(variable)?);
        path.is_file().then_some(path)
    };
    Some(Browser {
        program: named("CHROMIUM").or_else(|| BROWSERS.into_iter().find_map(on_path))?,
        driver: named("CHROMEDRIVER").or_else(|| on_path("chromedriver"))?,
    })
}

/// Finds or installs Firefox; the variable `FIREFOX` takes precedence.
pub fn ensure_firefox(project: &Project) -> Result<PathBuf> {
    if let Some(program) = find_firefox() {
        return Ok(program);
    }
    if !apt::is_available() {
        bail!("tests need Firefox: install it, or set the variable FIREFOX");
    }
    apt::install(
        project,
        &["firefox-esr"],
        "tests in a second browser",
        "about 1 min",
    )?;
    find_firefox().context("firefox-esr was installed, but isn't in PATH")
}

fn find_firefox() -> Option<PathBuf> {
    let named = env::var_os("FIREFOX").map(PathBuf::from);
    named
        .filter(|path| path.is_file())
        .or_else(|| ["firefox-esr", "firefox"].into_iter().find_map(on_path))
}

/// Finds or installs nginx, the buffering proxy of some tests.
pub fn ensure_nginx(project: &Project) -> Result<()> {
    let is_installed = || on_path("nginx").is_some() || Path::new(NGINX).is_file();
    if is_installed() {
        return Ok(());
    }
    if !apt::is_available() {
        bail!("tests need nginx 1.19.5 or newer in PATH: install it");
    }
    apt::install(
        project,
        &["nginx-light"],
        "tests behind a proxy",
        "about 10 s",
    )?;
    if is_installed() {
        Ok(())
    } else {
        bail!("nginx-light was installed, but nginx is neither in PATH nor at {NGINX}")
    }
}

/// Installs Caddy, the second documented proxy, where Debian's packages are there; tests behind it
/// are left out otherwise, and say so.
pub fn ensure_caddy(project: &Project) -> Result<()> {
    if on_path("caddy").is_some() || !apt::is_available() {
        return Ok(());
    }
    apt::install(project, &["caddy"], "tests behind a proxy", "about 10 s")
}

/// Finds or installs what makes sandboxes. Without it the tests of sandboxes try nothing.
pub fn ensure_sandbox(project: &Project) -> Result<()> {
    let is_installed = ["bwrap", "slirp4netns", "pasta"]
        .into_iter()
        .all(|name| on_path(name).is_some());
    if is_installed || !apt::is_available() {
        return Ok(());
    }
    apt::install(
        project,
        &["bubblewrap", "slirp4netns", "passt"],
        "tests of sandboxes",
        "about 10 s",
    )
}
