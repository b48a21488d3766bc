//! Orphans of a server that is process 1, as in a container: the system makes it the parent of every
//! process whose own parent has ended, and only it can collect what is left of them.

use super::processes;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, getpid};
use std::io;
use std::thread;
use std::time::Duration;

/// Pause between two collections. A child that this program has started is collected long before the
/// second one.
const PAUSE: Duration = Duration::from_secs(5);

/// Collects orphans from now on, if this is process 1.
pub fn collect_as_init() {
    let me = getpid().as_raw();
    if me != 1 {
        return;
    }
    thread::spawn(move || {
        let mut before = Vec::new();
        loop {
            // A process that could not be read is tried again the next time.
            let _ = collect(me, &mut before);
            thread::sleep(PAUSE);
        }
    });
}

/// Collects the orphans, and the children that had ended before the previous call.
fn collect(parent: i32, before: &mut Vec<i32>) -> io::Result<()> {
    let ended = processes::ended_children(parent)?;
    for pid in ended.iter().filter(|pid| before.contains(pid)) {
        // Another thread may have collected it just now.
        let _ = waitpid(Pid::from_raw(*pid), Some(WaitPidFlag::WNOHANG));
    }
    *before = ended;
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::Command;
    use std::time::Instant;

    /// Reliability review, finding 16.
    #[test]
    fn child_is_collected_if_it_had_ended_before_the_previous_collection() {
        let me = getpid().as_raw();
        let mut child = Command::new("true").spawn().expect("a child");
        let pid = i32::try_from(child.id()).expect("a pid");
        let is_left = || {
            let ended = processes::ended_children(me).expect("known");
            ended.contains(&pid)
        };
        let begin = Instant::now();
        while !is_left() && begin.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(5));
        }
        // Children of other tests are left alone: they were not there before.
        let mut before = Vec::new();
        collect(me, &mut before).expect("collects");
        assert!(is_left() && before.contains(&pid));
        before.retain(|ended| *ended == pid);
        collect(me, &mut before).expect("collects");
        assert!(!is_left());
        assert!(child.wait().is_err(), "it was collected");
    }
}
