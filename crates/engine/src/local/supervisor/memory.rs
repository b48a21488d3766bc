//! Keeping an app to its memory limit, and seeing when the machine itself ran out.

use super::super::processes;
use nix::unistd::getpid;
use std::time::Duration;
use vestibule_model::observed::Exit;

/// How often a limited app's memory is looked at.
const LIMITED: Duration = Duration::from_millis(250);
/// How often the count of the kernel's own kills is read anew, so that one long ago is not taken
/// for this app's.
const UNLIMITED: Duration = Duration::from_secs(30);

/// Watches the memory of the supervisor's descendants.
pub(super) struct Memory {
    limit_mb: u64,
    kills: Option<u64>,
}

impl Memory {
    /// 0: without limit.
    pub(super) fn new(limit_mb: u64) -> Self {
        Self {
            limit_mb,
            kills: kernel_kills(),
        }
    }

    /// How often to look.
    pub(super) fn pause(&self) -> Duration {
        if self.limit_mb > 0 {
            LIMITED
        } else {
            UNLIMITED
        }
    }

    /// Whether the app uses more than it may, as it is told then.
    pub(super) fn look(&mut self) -> Option<String> {
        self.kills = kernel_kills();
        let used = (self.limit_mb > 0).then(|| processes::memory(getpid().as_raw()) / 1_000_000)?;
        (used > self.limit_mb).then(|| {
            format!(
                "The app used {used} MB of memory; its limit is {} MB.",
                self.limit_mb
            )
        })
    }

    /// An app that was killed while the kernel killed for lack of memory was killed for that.
    pub(super) fn explain(&self, how: Exit) -> Exit {
        const SIGKILL: i32 = 9;
        let is_kernels = how == Exit::Signal(SIGKILL)
            && kernel_kills().is_some_and(|now| self.kills.is_some_and(|before| now > before));
        if is_kernels {
            Exit::OutOfMemory("The machine ran out of memory, and the app was killed.".to_owned())
        } else {
            how
        }
    }
}

/// How many processes the kernel has killed for lack of memory since it started.
fn kernel_kills() -> Option<u64> {
    let counters = std::fs::read_to_string("/proc/vmstat").ok()?;
    let line = counters
        .lines()
        .find(|line| line.starts_with("oom_kill "))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_that_nobody_else_explains_stays_a_signal() {
        let memory = Memory::new(0);
        assert_eq!(memory.explain(Exit::Code(137)), Exit::Code(137));
        let never = Memory {
            limit_mb: 0,
            kills: None,
        };
        assert_eq!(never.explain(Exit::Signal(9)), Exit::Signal(9));
        let before = Memory {
            limit_mb: 0,
            kills: kernel_kills().map(|now| now.saturating_sub(1)),
        };
        if kernel_kills().is_some_and(|now| now > 0) {
            assert!(matches!(
                before.explain(Exit::Signal(9)),
                Exit::OutOfMemory(_)
            ));
        }
    }
}
