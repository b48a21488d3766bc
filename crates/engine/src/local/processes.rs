//! Search for processes through `/proc`. Where there is none, nothing is found.

use super::record::{is_absent, is_shortage};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::HashMap;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// Returns the processes whose environment had `name=value` when they were started.
pub fn with_variable(name: &str, value: &str) -> io::Result<Vec<i32>> {
    having_variable(name, |found| found == value.as_bytes())
}

/// Returns the processes whose environment had this variable with a value that begins so.
pub fn with_variable_below(name: &str, beginning: &str) -> io::Result<Vec<i32>> {
    having_variable(name, |found| found.starts_with(beginning.as_bytes()))
}

/// Returns `true` if this system lists processes in `/proc`.
pub fn are_listed() -> bool {
    std::path::Path::new("/proc/self/cmdline").exists()
}

/// Returns the processes whose command line ends with this argument.
pub fn with_last_argument(argument: &[u8]) -> io::Result<Vec<i32>> {
    with_last_argument_that(|last| last == argument)
}

/// Returns the processes whose command line ends with an argument of this kind.
pub fn with_last_argument_that(is_meant: impl Fn(&[u8]) -> bool) -> io::Result<Vec<i32>> {
    let mut found = Vec::new();
    for pid in all()? {
        match std::fs::read(format!("/proc/{pid}/cmdline")) {
            Ok(line) => {
                let line = line.strip_suffix(b"\0").unwrap_or(&line);
                if line.rsplit(|byte| *byte == 0).next().is_some_and(&is_meant) {
                    found.push(pid);
                }
            }
            Err(error) if is_shortage(&error) => return Err(error),
            // Gone in the meantime.
            Err(_) => {}
        }
    }
    Ok(found)
}

fn having_variable(name: &str, is_meant: impl Fn(&[u8]) -> bool) -> io::Result<Vec<i32>> {
    let name = format!("{name}=");
    let mut found = Vec::new();
    for pid in all()? {
        match std::fs::read(format!("/proc/{pid}/environ")) {
            Ok(environ) => {
                let mut values = environ
                    .split(|byte| *byte == 0)
                    .filter_map(|variable| variable.strip_prefix(name.as_bytes()));
                if values.any(&is_meant) {
                    found.push(pid);
                }
            }
            Err(error) if is_shortage(&error) => return Err(error),
            // Of another user, or gone in the meantime.
            Err(_) => {}
        }
    }
    Ok(found)
}

/// Returns the processes that descend from this one, without itself.
pub fn descendants(ancestor: i32) -> io::Result<Vec<i32>> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for pid in all()? {
        if let Some(stat) = stat(pid)? {
            children.entry(stat.parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![ancestor];
    while let Some(pid) = open.pop() {
        let below = children.remove(&pid).unwrap_or_default();
        open.extend(&below);
        found.extend(below);
    }
    Ok(found)
}

/// Returns the parent of a process, or `None` if it is gone.
pub fn parent(pid: i32) -> io::Result<Option<i32>> {
    Ok(stat(pid)?.map(|stat| stat.parent))
}

/// Returns the children of this process that have ended and were not collected.
pub fn ended_children(parent: i32) -> io::Result<Vec<i32>> {
    let mut found = Vec::new();
    for pid in all()? {
        if stat(pid)?.is_some_and(|stat| stat.parent == parent && stat.is_zombie) {
            found.push(pid);
        }
    }
    Ok(found)
}

/// Returns the memory in bytes that the descendants of this process use, each shared page counted
/// by halves, thirds and so on. A process that ends meanwhile uses none.
pub fn memory(ancestor: i32) -> io::Result<u64> {
    Ok(descendants(ancestor)?.into_iter().map(memory_of).sum())
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

/// Kills the processes that `find` returns until it returns none, for as long as `patience` allows.
/// Zombies do not count.
pub fn kill_all(find: impl Fn() -> io::Result<Vec<i32>>, patience: Duration) -> io::Result<()> {
    let begin = Instant::now();
    loop {
        let mut is_clear = true;
        for pid in find()? {
            if stat(pid)?.is_some_and(|stat| !stat.is_zombie) {
                is_clear = false;
                // A process that has ended in the meantime is what was wanted.
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
        if is_clear || begin.elapsed() > patience {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Returns every process of this machine; none where there is no `/proc`.
fn all() -> io::Result<impl Iterator<Item = i32>> {
    let entries = match std::fs::read_dir("/proc") {
        Err(error) if is_absent(&error) => None,
        entries => Some(entries?),
    };
    Ok(entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok()))
}

/// Content of `/proc/<pid>/stat`.
struct Stat {
    parent: i32,
    is_zombie: bool,
}

/// Reads the state of a process, or returns `None` if it is gone.
fn stat(pid: i32) -> io::Result<Option<Stat>> {
    let stat = match std::fs::read(format!("/proc/{pid}/stat")) {
        Err(error) if is_shortage(&error) => return Err(error),
        Err(_) => return Ok(None),
        Ok(stat) => String::from_utf8_lossy(&stat).into_owned(),
    };
    // The name before the last bracket may hold anything, even brackets.
    let mut fields = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_ascii_whitespace())
        .into_iter()
        .flatten();
    let (state, parent) = (fields.next(), fields.next());
    Ok(parent
        .and_then(|text| text.parse().ok())
        .map(|parent| Stat {
            parent,
            is_zombie: state.is_some_and(|state| state.starts_with(['Z', 'X'])),
        }))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn memory_of_descendants_is_measured() {
        assert_eq!(memory(i32::MAX).expect("known"), 0);
        assert!(memory_of(i32::try_from(std::process::id()).expect("a pid")) > 100_000);
    }

    #[test]
    fn processes_are_found_by_variable_and_by_descent() {
        let marker = format!("{}", std::process::id());
        let mut shell = Command::new("sh")
            .args(["-c", "sleep 600 & wait"])
            .env("VESTIBULE_TEST_MARK", &marker)
            .spawn()
            .expect("a shell");
        let pid = i32::try_from(shell.id()).expect("a pid");
        let find = || with_variable("VESTIBULE_TEST_MARK", &marker);
        let begin = Instant::now();
        let named = || with_last_argument(b"sleep 600 & wait").expect("known");
        // A new process is its parent's twin until it runs its own program.
        let is_up = || find().expect("known").len() == 2 && named().len() == 1;
        while !is_up() && begin.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(descendants(pid).expect("known").len(), 1);
        assert_eq!(named(), [pid]);
        assert!(with_last_argument(b"sleep 600").expect("known").is_empty());
        kill_all(find, Duration::from_secs(20)).expect("killed");
        shell.wait().expect("it ended");
        assert_eq!(find().expect("known"), Vec::<i32>::new());
    }
}
