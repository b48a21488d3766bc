//! The processes of workbenches, as the system knows them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use vestibule_model::ids::WorkbenchId;

/// What runs of one workbench.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    pub apps: usize,
    pub supervisors: usize,
}

/// What runs of the workbenches of a data folder. Those of which nothing runs are not named.
pub fn count(data: &Path) -> BTreeMap<WorkbenchId, Counted> {
    let folder = format!("{}/workbenches/", data.display());
    let mut counted: BTreeMap<WorkbenchId, Counted> = BTreeMap::new();
    for pid in having(&folder) {
        if let Some(id) = between(&read(pid, "cmdline"), &folder, '/') {
            counted.entry(id).or_default().supervisors += 1;
        } else if let Some(id) = between(&read(pid, "environ"), "VESTIBULE_WORKBENCH_ID=", '\0') {
            counted.entry(id).or_default().apps += 1;
        }
    }
    counted
}

/// Only supervisors are started with a run's folder; apps are given another.
fn between(text: &str, before: &str, after: char) -> Option<WorkbenchId> {
    let (_, rest) = text.split_once(before)?;
    let (id, rest) = rest.split_once(after)?;
    (!rest.starts_with("files")).then(|| WorkbenchId::new(id))
}

/// Ends every process of a data folder when the test has, passed or failed.
pub struct Leftovers<'a>(pub &'a Path);

impl Drop for Leftovers<'_> {
    fn drop(&mut self) {
        for pid in having(&self.0.to_string_lossy()) {
            // It may have ended in the meantime.
            let _ = Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .stderr(Stdio::null())
                .status();
        }
    }
}

/// Living processes whose command line or environment has this text.
fn having(text: &str) -> Vec<u32> {
    std::fs::read_dir("/proc")
        .expect("Linux")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != std::process::id())
        .filter(|pid| read(*pid, "environ").contains(text) || read(*pid, "cmdline").contains(text))
        .filter(|pid| is_alive(*pid))
        .collect()
}

/// One of the system's records of a process; nothing once it has ended.
fn read(pid: u32, record: &str) -> String {
    let bytes = std::fs::read(format!("/proc/{pid}/{record}")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether there is such a process, and not merely its remains.
fn is_alive(pid: u32) -> bool {
    let stat = read(pid, "stat");
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}
