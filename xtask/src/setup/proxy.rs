//! nginx, for tests of what passes a proxy in front of the server.

use super::apt;
use crate::project::{Project, on_path};
use anyhow::{Result, bail};
use std::path::Path;

/// Where Debian has it, also for those in whose PATH it is not.
const USUAL: &str = "/usr/sbin/nginx";

/// Finds it, or installs it.
pub fn ensure(project: &Project) -> Result<()> {
    if is_here() {
        return Ok(());
    }
    if !apt::is_here() {
        bail!("tests need nginx in PATH: install it, in any version from 1.19.5 on");
    }
    let why = "tests behind a buffering proxy";
    apt::install(project, &["nginx-light"], why, "about 10 s")?;
    if is_here() {
        Ok(())
    } else {
        bail!("nginx-light was installed, but there is no nginx in PATH and no {USUAL}")
    }
}

fn is_here() -> bool {
    on_path("nginx").is_some() || Path::new(USUAL).is_file()
}
