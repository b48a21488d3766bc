//! `cargo xtask pictures`: the documentation's screenshots.

use crate::project::Project;
use crate::setup::{self, Need};
use crate::{bench, say, server};
use anyhow::Result;
use std::process::ExitCode;

/// Builds, takes every screenshot, and writes the page that shows them.
pub fn command(project: &Project) -> Result<ExitCode> {
    let toolbox = setup::ensure(project, Need::Test)?;
    server::build(project, &toolbox)?;
    let docs = project.root.join("docs");
    bench::program(
        project,
        &toolbox,
        "pictures",
        &[&docs.display().to_string()],
    )?;
    say::done(&format!("the pictures are in {}", docs.display()));
    Ok(ExitCode::SUCCESS)
}
