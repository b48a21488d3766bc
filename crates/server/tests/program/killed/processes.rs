//! Processes of workbenches, as the system lists them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use vestibule_model::ids::WorkbenchId;

/// Number of processes of one workbench.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    pub apps: usize,
    pub supervisors: usize,
}

/// Returns the processes of a data folder's workbenches. Workbenches without processes are absent.
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

/// Returns the text between two others. Only supervisors have a run's folder in their command line; apps have another.
fn between(text: &str, before: &str, after: char) -> Option<WorkbenchId> {
    let (_, rest) = text.split_once(before)?;
    let (id, rest) = rest.split_once(after)?;
    (!rest.starts_with("files")).then(|| WorkbenchId::new(id))
}

/// Ends every process of a data folder with the test, passed or failed.
pub struct Leftovers<'a>(pub &'a Path);

impl Drop for Leftovers<'_> {
    fn drop(&mut self) {
        for pid in having(&self.0.to_string_lossy()) {
            // The process may have ended in the meantime.
            let _ = Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .stderr(Stdio::null())
                .status();
        }
    }
}

/// Returns living processes whose command line or environment contains this text.
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

/// Reads a file of `/proc` about a process, or `None` once it has ended.
fn read(pid: u32, record: &str) -> String {
    let bytes = std::fs::read(format!("/proc/{pid}/{record}")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns `true` if the process exists and is not a zombie.
fn is_alive(pid: u32) -> bool {
    let stat = read(pid, "stat");
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}
