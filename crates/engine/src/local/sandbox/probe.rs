//! Search for the programs that make a sandbox, and a try whether the system allows one.

use super::super::environment::find_program;
use super::plan::Plan;
use nix::unistd::{AccessFlags, access};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Programs of this machine that make a sandbox.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    pub(super) bwrap: PathBuf,
    /// `unshare`, and `slirp4netns` or `pasta`.
    pub(super) network: Option<(PathBuf, PathBuf)>,
    /// `true` if bubblewrap (0.8 or later) and the system can forbid further user namespaces.
    pub(super) disables_user_namespaces: bool,
}

impl Tools {
    /// Returns the arguments that forbid further user namespaces. Their code in the kernel is the usual
    /// way out of a sandbox.
    pub(super) const fn user_namespaces(&self) -> &'static [&'static str] {
        match self.disables_user_namespaces {
            true => &["--disable-userns"],
            false => &[],
        }
    }
}

/// Settings of the system that forbid user namespaces, with the value that does.
const FORBIDDING: &[(&str, &str, &str)] = &[
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor restricts user namespaces (kernel.apparmor_restrict_unprivileged_userns = 1)",
    ),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "the system forbids user namespaces (kernel.unprivileged_userns_clone = 0)",
    ),
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "the system forbids user namespaces (user.max_user_namespaces = 0)",
    ),
];

/// Returns the programs that make a sandbox, or a sentence that says why there is none.
pub(super) fn tools() -> Result<Tools, String> {
    let bwrap =
        find_program("bwrap").ok_or("The program bwrap (package bubblewrap) is not installed.")?;
    let tools = Tools {
        network: None,
        bwrap,
        disables_user_namespaces: true,
    };
    let tools = match attempt(&tools) {
        Ok(()) => tools,
        Err(_) => {
            let without = Tools {
                disables_user_namespaces: false,
                ..tools
            };
            attempt(&without).map_err(|last| refusal(&last))?;
            without
        }
    };
    let network = network_helper();
    let with_network = Tools { network, ..tools };
    if with_network.network.is_some() && attempt(&with_network).is_err() {
        return Ok(Tools {
            network: None,
            ..with_network
        });
    }
    Ok(with_network)
}

/// Returns `unshare` and a helper, if both are there and this user may create network devices. The first is
/// tried longer; both keep the machine's loopback addresses closed.
fn network_helper() -> Option<(PathBuf, PathBuf)> {
    let may_create = AccessFlags::R_OK | AccessFlags::W_OK;
    access(Path::new("/dev/net/tun"), may_create).ok()?;
    let helper = find_program("slirp4netns").or_else(|| find_program("pasta"));
    Some((find_program("unshare")?, helper?))
}

/// Starts a program that does nothing in a sandbox; the error is the last line of output.
fn attempt(tools: &Tools) -> Result<(), String> {
    let mut plan = Plan::default();
    let text = |error: std::io::Error| error.to_string();
    if let Some((unshare, _)) = &tools.network {
        plan.word(unshare).map_err(text)?;
        plan.words(&["--user", "--map-current-user", "--net", "--"]);
    }
    plan.word(&tools.bwrap).map_err(text)?;
    plan.namespaces(tools.network.is_none());
    plan.words(tools.user_namespaces());
    plan.machine(&[], &[]).map_err(text)?;
    let words = plan.into_words();
    let (program, arguments) = words.split_first().ok_or("there is nothing to start")?;
    let output = Command::new(program)
        .args(arguments)
        .args(["--", "/bin/sh", "-c", "exit 0"])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .map_err(text)?;
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(message
        .lines()
        .last()
        .unwrap_or("it said nothing")
        .to_owned())
}

fn refusal(last: &str) -> String {
    let forbids = |(file, value, _): &&(&str, &str, &str)| {
        std::fs::read_to_string(file).is_ok_and(|found| found.trim() == *value)
    };
    match FORBIDDING.iter().find(forbids) {
        Some((_, _, why)) => format!("bwrap is installed, but {why}: {last}"),
        None => format!("bwrap is installed, but could not start a sandbox: {last}"),
    }
}
