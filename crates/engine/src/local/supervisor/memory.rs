//! Memory limit of an app, and detection of kills by the kernel.

use super::super::groups::RunGroup;
use super::super::processes;
use nix::unistd::getpid;
use std::time::Duration;
use vestibule_model::observed::Exit;

/// Pause between two measurements of an app with a limit.
const LIMITED: Duration = Duration::from_millis(250);
/// Pause between two reads of the kernel's count of kills, so that an old one is not attributed to
/// this app.
const UNLIMITED: Duration = Duration::from_secs(30);

/// Watches the memory of the supervisor's descendants.
///
/// In a control group the kernel keeps the limit, and counts the processes that it killed.
pub(super) struct Memory<'a> {
    limit_mb: u64,
    group: Option<&'a RunGroup>,
    kills: Option<u64>,
}

impl<'a> Memory<'a> {
    /// Begins to watch; a limit of 0 is no limit.
    pub(super) fn new(limit_mb: u64, group: Option<&'a RunGroup>) -> Self {
        let mut memory = Self {
            limit_mb,
            group,
            kills: None,
        };
        memory.kills = memory.kernel_kills();
        memory
    }

    /// Returns `true` if the limit is kept by measurements.
    const fn is_measured(&self) -> bool {
        self.limit_mb > 0 && self.group.is_none()
    }

    /// Returns the number of processes that the kernel has killed for lack of memory: of the group, or of
    /// the machine.
    fn kernel_kills(&self) -> Option<u64> {
        match self.group {
            Some(group) => Some(group.memory_kills()),
            None => kernel_kills(),
        }
    }

    /// Returns the pause between two measurements.
    pub(super) fn pause(&self) -> Duration {
        if self.is_measured() {
            LIMITED
        } else {
            UNLIMITED
        }
    }

    /// Returns a sentence if the app uses more than its limit.
    pub(super) fn measure(&mut self) -> Option<String> {
        if self.group.is_none() {
            self.kills = kernel_kills();
        }
        // A failure is made good by the next measurement.
        let used = self
            .is_measured()
            .then(|| processes::memory(getpid().as_raw()).ok())??
            / 1_000_000;
        (used > self.limit_mb).then(|| {
            format!(
                "The app used {used} MB of memory; its limit is {} MB.",
                self.limit_mb
            )
        })
    }

    /// Attributes a kill to the lack of memory if the kernel killed for that meanwhile.
    pub(super) fn explain(&self, how: Exit) -> Exit {
        const SIGKILL: i32 = 9;
        let is_kernels = how == Exit::Signal(SIGKILL)
            && self
                .kernel_kills()
                .is_some_and(|now| self.kills.is_some_and(|before| now > before));
        match (self.group, self.limit_mb) {
            _ if !is_kernels => how,
            (Some(_), limit) if limit > 0 => Exit::OutOfMemory(format!(
                "The app needed more memory than its limit of {limit} MB, and was killed."
            )),
            _ => Exit::OutOfMemory(
                "The machine ran out of memory, and the app was killed.".to_owned(),
            ),
        }
    }
}

/// Returns the number of processes that the kernel has killed for lack of memory since it started.
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
    fn kill_without_kernel_kills_stays_a_signal() {
        let memory = Memory::new(0, None);
        assert_eq!(memory.explain(Exit::Code(137)), Exit::Code(137));
        let never = Memory {
            limit_mb: 0,
            group: None,
            kills: None,
        };
        assert_eq!(never.explain(Exit::Signal(9)), Exit::Signal(9));
        let before = Memory {
            limit_mb: 0,
            group: None,
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
