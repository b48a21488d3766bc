//! Processes of a test, identified by the path of the test's folder.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Kills every process whose command line or environment contains the folder: apps and their
/// supervisors outlive the server by design.
pub fn end_all_of(folder: &Path) {
    let name = folder.display().to_string();
    // A process may start another one meanwhile.
    for _ in 0..5 {
        let found = of(&name);
        if found.is_empty() {
            return;
        }
        for id in found {
            signal(id, "KILL");
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// Sends a signal, by its name without `SIG`.
pub fn signal(id: u32, name: &str) {
    // The process may have ended meanwhile.
    let _ = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(id.to_string())
        .stderr(std::process::Stdio::null())
        .status();
}

/// Returns the processes whose command line contains this text.
pub fn with_text_in_command(text: &str) -> Vec<u32> {
    all()
        .filter(|id| holds(&format!("/proc/{id}/cmdline"), text))
        .collect()
}

/// Returns the resident memory of a process.
pub fn resident_kilobytes(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn of(name: &str) -> Vec<u32> {
    let own = std::process::id();
    all()
        .filter(|id| *id != own)
        .filter(|id| {
            holds(&format!("/proc/{id}/cmdline"), name)
                || holds(&format!("/proc/{id}/environ"), name)
        })
        .collect()
}

fn all() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn holds(file: &str, text: &str) -> bool {
    fs::read(file).is_ok_and(|content| String::from_utf8_lossy(&content).contains(text))
}
