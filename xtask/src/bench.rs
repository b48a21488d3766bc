//! `cargo xtask bench`: figures for the budgets, with the machine they were measured on.

use crate::project::Project;
use crate::setup::{self, Need};
use crate::size::FirstLoad;
use crate::{command, console, say, server};
use anyhow::Result;
use std::fs;
use std::process::ExitCode;

/// Builds what is measured, and measures it.
pub fn command(project: &Project) -> Result<ExitCode> {
    let toolbox = setup::ensure(project, Need::Test)?;
    console::build(project, &toolbox)?;
    server::build(project, &toolbox)?;

    say::result(&format!("Machine: {}\n", machine()));
    say::result(&FirstLoad::measure(project)?.table());
    say::result("");
    let browser = toolbox.browser()?;
    let mut cargo = toolbox.command(project, "cargo")?;
    cargo
        .args(["run", "--quiet", "--locked", "--package", "vestibule-e2e"])
        .args(["--bin", "measure"])
        .env("VESTIBULE_BIN", project.server_binary())
        .env("CHROMEDRIVER", &browser.driver)
        .env("CHROMIUM", &browser.program);
    command::loud(&mut cargo, "measuring")?;
    Ok(ExitCode::SUCCESS)
}

/// Processor, cores and memory, as far as the system tells.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown".to_owned());
    format!(
        "{processor}, {cores} cores, {memory} memory, {} {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
