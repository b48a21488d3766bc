//! Debian packages, for machines that have `apt-get`.

use crate::network::Trouble;
use crate::project::{Project, on_path};
use crate::{command, say};
use anyhow::{Result, bail};
use std::fs;
use std::process::Command;

/// Whether this machine installs Debian packages.
pub fn is_here() -> bool {
    on_path("apt-get").is_some()
}

/// Installs packages. `why` finishes the sentence "… are needed for …".
pub fn install(project: &Project, packages: &[&str], why: &str, takes: &str) -> Result<()> {
    let names = packages.join(" ");
    if !is_root() {
        bail!(
            "these Debian packages are needed for {why}: {names}\n\n\
             Only root may install them. Run this line, then the same command again:\n\n    \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}\n"
        );
    }
    say::step(&format!("installing {names} with apt-get, {takes}"));
    let log = project.records.join("apt.log");
    let what = format!("apt-get install {names}");
    let mut updated = false;
    if !lists_are_there() {
        update(project)?;
        updated = true;
    }
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(packages);
    let Err(first) = command::quiet(&mut apt_get(&args), &what, &log) else {
        return Ok(());
    };
    // Old lists name archives that are gone, or do not know a new package.
    if !updated {
        update(project)?;
    }
    if first.trouble != Trouble::Missing {
        say::note("apt-get did not get through; mending and trying once more");
        if let Err(failure) = command::quiet(
            &mut apt_get(&["-f", "install", "-y"]),
            "apt-get -f install",
            &log,
        ) {
            return Err(failure.error);
        }
    }
    command::quiet(&mut apt_get(&args), &what, &log).map_err(|failure| failure.error)
}

fn update(project: &Project) -> Result<()> {
    let log = project.records.join("apt-update.log");
    command::quiet(&mut apt_get(&["update"]), "apt-get update", &log)
        .map_err(|failure| failure.error)
}

fn apt_get(args: &[&str]) -> Command {
    let mut command = command::new("apt-get");
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Containers come with the lists of packages emptied.
fn lists_are_there() -> bool {
    fs::read_dir("/var/lib/apt/lists").is_ok_and(|entries| {
        entries
            .filter_map(Result::ok)
            .any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    })
}

fn is_root() -> bool {
    command::answer(command::new("id").arg("-u")).as_deref() == Some("0")
}
