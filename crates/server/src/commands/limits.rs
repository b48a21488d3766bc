//! `vestibule limits …`, beside a running server or without one.

use super::user::open;
use crate::store::{Actor, Store};
use anyhow::{Context as _, bail};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;
use vestibule_model::duration::humanize;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::problem::FieldError;
use vestibule_model::time::Millis;
use vestibule_model::time_limits::{TimeLimits, WorkspaceLimits};

/// Time of a flag: `Some(None)` removes it.
pub type Time = Option<u32>;

/// Changes to limits. An absent one changes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changes {
    /// Default length of a run.
    pub run_default: Option<Time>,
    /// Longest run.
    pub run_max: Option<Time>,
    /// Default idle time.
    pub idle_default: Option<Time>,
    /// Longest idle time.
    pub idle_max: Option<Time>,
}

/// Reads a time of whole seconds, or `none`.
pub fn time(text: &str) -> Result<Time, String> {
    if text == "none" {
        return Ok(None);
    }
    let time: Duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    match u32::try_from(time.as_secs()) {
        Ok(seconds) if seconds > 0 && time.subsec_nanos() == 0 => Ok(Some(seconds)),
        _ => Err("use whole seconds, at least 1s, or none".to_owned()),
    }
}

/// Prints the limits of the installation, or of a workspace with those in force.
pub fn show(dir: &Path, workspace: Option<&str>) -> anyhow::Result<()> {
    let store = open(dir)?;
    match workspace {
        None => print(&store.limits()?, None),
        Some(id) => {
            let limits = of_workspace(&store, id)?;
            print(&limits.own, Some(&limits.effective))
        }
    }
}

/// Changes the limits of the installation, or of a workspace.
pub fn set(dir: &Path, workspace: Option<&str>, changes: Changes) -> anyhow::Result<()> {
    let store = open(dir)?;
    let by = Actor::command_line();
    let Some(id) = workspace else {
        let limits = changes.applied(store.limits()?);
        expect_right(&limits.check(None))?;
        store.set_limits(limits, &by)?;
        return print(&limits, None);
    };
    let before = of_workspace(&store, id)?;
    let limits = changes.applied(before.own);
    expect_right(&limits.check(Some(&before.installation)))?;
    let set = store.set_workspace_limits(&WorkspaceId::new(id), limits, &by)?;
    let set = set.with_context(|| format!("there is no workspace {id:?}"))?;
    print(&set.own, Some(&set.effective))
}

impl Changes {
    fn applied(self, to: TimeLimits) -> TimeLimits {
        TimeLimits {
            run_default_seconds: self.run_default.unwrap_or(to.run_default_seconds),
            run_max_seconds: self.run_max.unwrap_or(to.run_max_seconds),
            idle_default_seconds: self.idle_default.unwrap_or(to.idle_default_seconds),
            idle_max_seconds: self.idle_max.unwrap_or(to.idle_max_seconds),
        }
    }
}

fn of_workspace(store: &Store, id: &str) -> anyhow::Result<WorkspaceLimits> {
    let id = WorkspaceId::new(id);
    if store.workspace(&id)?.is_none() {
        bail!("there is no workspace {:?}", id.as_str());
    }
    Ok(store.workspace_limits(&id)?)
}

/// Refuses limits that contradict each other, with the flags that name them.
fn expect_right(errors: &[FieldError]) -> anyhow::Result<()> {
    let Some(error) = errors.first() else {
        return Ok(());
    };
    let flag = match error.field.as_str() {
        "runDefaultSeconds" => "--run-default",
        "runMaxSeconds" => "--run-max",
        "idleDefaultSeconds" => "--idle-default",
        _ => "--idle-max",
    };
    bail!("{flag} is wrong: {}", error.message)
}

fn print(limits: &TimeLimits, effective: Option<&TimeLimits>) -> anyhow::Result<()> {
    let values = |limits: &TimeLimits| {
        [
            limits.run_default_seconds,
            limits.run_max_seconds,
            limits.idle_default_seconds,
            limits.idle_max_seconds,
        ]
    };
    let names = ["run-default", "run-max", "idle-default", "idle-max"];
    let in_force = effective.map_or([None; 4], values);
    let mut out = io::stdout().lock();
    for ((name, own), in_force) in names.iter().zip(values(limits)).zip(in_force) {
        let shown = own.map_or_else(|| "none".to_owned(), length);
        let other = in_force.filter(|seconds| own != Some(*seconds));
        let other = other.map(|seconds| format!(" (in force: {})", length(seconds)));
        writeln!(out, "{name}: {shown}{}", other.unwrap_or_default())?;
    }
    Ok(())
}

fn length(seconds: u32) -> String {
    humanize(Millis::from_secs(i64::from(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds_or_none() {
        assert_eq!(time("8h"), Ok(Some(28_800)));
        assert_eq!(time("none"), Ok(None));
        for wrong in ["0s", "500ms", "1s 1ms", "200years", "-1s", "8", ""] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
