//! Debian packages.

use crate::project::{Project, on_path};
use crate::{command, say};
use anyhow::{Result, bail};
use std::process::Command;

/// Returns `true` if this machine has `apt-get`.
pub fn is_available() -> bool {
    on_path("apt-get").is_some()
}

/// Installs packages. `purpose` completes "… are needed for …".
pub fn install(project: &Project, packages: &[&str], purpose: &str, takes: &str) -> Result<()> {
    let names = packages.join(" ");
    if command::output(command::new("id").arg("-u")).as_deref() != Some("0") {
        bail!(
            "these Debian packages are needed for {purpose}: {names}\n\n\
             Only root can install them. Run this command, then try again:\n\n    \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}\n"
        );
    }
    say::step(&format!("installing {names} with apt-get, {takes}"));
    let run = |args: &[&str]| {
        let what = format!("apt-get {}", args.join(" "));
        command::run_logged(&mut apt_get(args), &what, &project.records.join("apt.log"))
    };
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(packages);
    if run(&args).is_ok() {
        return Ok(());
    }
    say::note("it failed: the package lists may be missing or old, or an installation incomplete");
    run(&["update"])?;
    run(&["-f", "install", "-y"])?;
    run(&args)
}

fn apt_get(args: &[&str]) -> Command {
    let mut command = command::new("apt-get");
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
    command
}
