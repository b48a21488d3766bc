//! `cargo xtask bench`: figures for the budgets, with the machine that they were measured on.

use crate::project::Project;
use crate::setup::{self, Need, Toolbox};
use crate::{command, parallel, say, server};
use anyhow::{Result, bail};
use std::fs;
use std::process::ExitCode;

/// Subject of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Rules,
    Starts,
    Load,
    Pages,
    Console,
    Tabs,
}

const ALL: [(&str, Part); 6] = [
    ("rules", Part::Rules),
    ("starts", Part::Starts),
    ("load", Part::Load),
    ("pages", Part::Pages),
    ("console", Part::Console),
    ("tabs", Part::Tabs),
];

/// Builds and measures the named parts, or all.
pub fn command(project: &Project, args: &[String]) -> Result<ExitCode> {
    let parts = choose(args)?;
    let toolbox = setup::ensure(project, Need::Test)?;
    say::result(&format!("Machine: {}\n", machine()));
    if parts
        .iter()
        .any(|part| !matches!(part, Part::Rules | Part::Starts))
    {
        server::build(project, &toolbox)?;
    }
    for part in parts {
        match part {
            Part::Rules => bench(project, &toolbox, "vestibule-model", "rules")?,
            Part::Starts => bench(project, &toolbox, "vestibule-server", "starts")?,
            Part::Load => program(project, &toolbox, "load", &[])?,
            Part::Pages => program(project, &toolbox, "measure", &[])?,
            Part::Console => program(project, &toolbox, "console", &[])?,
            Part::Tabs => program(project, &toolbox, "console", &["tabs"])?,
        }
        say::result("");
    }
    Ok(ExitCode::SUCCESS)
}

fn choose(args: &[String]) -> Result<Vec<Part>> {
    if args.is_empty() {
        return Ok(ALL.iter().map(|(_, part)| *part).collect());
    }
    let names = ALL.map(|(name, _)| name).join(", ");
    args.iter()
        .map(|arg| {
            let named = ALL.iter().find(|(name, _)| name == arg);
            named.map_or_else(
                || bail!("unknown part `{arg}`; there are {names}"),
                |(_, part)| Ok(*part),
            )
        })
        .collect()
}

/// Runs a benchmark of a package.
fn bench(project: &Project, toolbox: &Toolbox, package: &str, name: &str) -> Result<()> {
    let mut cargo = toolbox.command(project, "cargo")?;
    cargo.args(["bench", "--quiet", "--locked", "--package", package]);
    cargo.args(["--bench", name]);
    command::run(&mut cargo, "measuring")
}

/// Runs a program of the end-to-end package, which controls a server and a browser.
pub fn program(project: &Project, toolbox: &Toolbox, name: &str, args: &[&str]) -> Result<()> {
    let browser = toolbox.browser()?;
    let mut cargo = toolbox.command(project, "cargo")?;
    cargo
        .args(["run", "--quiet", "--locked", "--release"])
        .args(["--package", "vestibule-e2e", "--bin", name, "--"])
        .args(args)
        .env("VESTIBULE_BIN", project.server_binary())
        .env("CHROMEDRIVER", &browser.driver)
        .env("CHROMIUM", &browser.program);
    command::run(&mut cargo, name)
}

/// Returns processor, cores and memory, as far as the system says.
fn machine() -> String {
    let cores = parallel::cores();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_chosen_by_name() {
        let choose =
            |args: &[&str]| choose(&args.iter().map(|&arg| arg.into()).collect::<Vec<_>>());
        assert_eq!(choose(&[]).unwrap().len(), ALL.len());
        assert_eq!(
            choose(&["load", "rules"]).unwrap(),
            [Part::Load, Part::Rules]
        );
        let error = choose(&["lode"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown part `lode`; there are rules, starts, load, pages, console, tabs"
        );
    }
}
