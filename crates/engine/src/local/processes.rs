//! Finding processes, through `/proc`. Where there is none, nothing is found.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

/// The processes whose environment has `name=value`, as it was when they were started.
pub fn with_variable(name: &str, value: &str) -> Vec<i32> {
    having_variable(name, |found| found == value.as_bytes())
}

/// The processes whose environment had a variable whose value begins like this.
pub fn with_variable_below(name: &str, beginning: &str) -> Vec<i32> {
    having_variable(name, |found| found.starts_with(beginning.as_bytes()))
}

fn having_variable(name: &str, is_meant: impl Fn(&[u8]) -> bool) -> Vec<i32> {
    let name = format!("{name}=");
    all()
        .filter(|pid| {
            std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environ| {
                environ
                    .split(|byte| *byte == 0)
                    .filter_map(|variable| variable.strip_prefix(name.as_bytes()))
                    .any(&is_meant)
            })
        })
        .collect()
}

/// The processes that descend from this one, without itself.
pub fn descendants(ancestor: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for pid in all() {
        if let Some(parent) = parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![ancestor];
    while let Some(pid) = open.pop() {
        let below = children.remove(&pid).unwrap_or_default();
        open.extend(&below);
        found.extend(below);
    }
    found
}

/// The memory in bytes that the descendants of this process use, each shared page counted by
/// halves, thirds and so on. One that ends meanwhile uses none.
pub fn memory(ancestor: i32) -> u64 {
    descendants(ancestor).into_iter().map(memory_of).sum()
}

fn memory_of(pid: i32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"));
    rollup
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("Pss:"))?;
            let kilobytes: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
            Some(kilobytes * 1024)
        })
        .unwrap_or_default()
}

/// Kills what `find` finds until it finds nothing more, for as long as `patience` allows.
/// Processes that have ended and only wait to be collected do not count.
pub fn kill_all(find: impl Fn() -> Vec<i32>, patience: Duration) {
    let begin = Instant::now();
    loop {
        let alive: Vec<_> = find().into_iter().filter(|pid| !is_zombie(*pid)).collect();
        if alive.is_empty() || begin.elapsed() > patience {
            return;
        }
        for pid in alive {
            // One that has ended in the meantime is what was wanted.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn all() -> impl Iterator<Item = i32> {
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn parent(pid: i32) -> Option<i32> {
    fields_after_name(pid)?
        .split_ascii_whitespace()
        .nth(1)?
        .parse()
        .ok()
}

fn is_zombie(pid: i32) -> bool {
    fields_after_name(pid).is_none_or(|fields| fields.trim_start().starts_with(['Z', 'X']))
}

/// `/proc/<pid>/stat` from the state on: the name before it may hold anything, even brackets.
fn fields_after_name(pid: i32) -> Option<String> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    String::from_utf8(stat[end + 1..].to_vec()).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn memory_is_that_of_descendants() {
        assert_eq!(memory(i32::MAX), 0);
        assert!(memory_of(i32::try_from(std::process::id()).expect("a pid")) > 100_000);
    }

    #[test]
    fn processes_are_found_by_variable_and_descent_and_killed() {
        let marker = format!("{}", std::process::id());
        let mut shell = Command::new("sh")
            .args(["-c", "sleep 600 & wait"])
            .env("VESTIBULE_TEST_MARK", &marker)
            .spawn()
            .expect("a shell");
        let pid = i32::try_from(shell.id()).expect("a pid");
        let find = || with_variable("VESTIBULE_TEST_MARK", &marker);
        let begin = Instant::now();
        while find().len() < 2 && begin.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(descendants(pid).len(), 1);
        kill_all(find, Duration::from_secs(20));
        shell.wait().expect("it ended");
        assert_eq!(find(), Vec::<i32>::new());
    }
}
