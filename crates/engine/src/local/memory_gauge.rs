//! Memory that the machine has left.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

/// Measures the memory that the machine has left.
pub trait MemoryGauge: Debug + Send + Sync + 'static {
    /// Returns the available bytes, or `None` if they are not known.
    fn available(&self) -> Option<u64>;
}

/// Measurement by Linux' `MemAvailable`.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineMemory;

impl MemoryGauge for MachineMemory {
    fn available(&self) -> Option<u64> {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text
            .lines()
            .find(|line| line.starts_with("MemAvailable:"))?;
        let kilobytes: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes * 1024)
    }
}

/// State of the limit.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    /// The limit that is exceeded; 0: none.
    broken_mb: AtomicU64,
}

impl Pressure {
    /// Records the limit that is exceeded, if one is.
    pub(super) fn set(&self, broken_mb: Option<u64>) {
        self.broken_mb
            .store(broken_mb.unwrap_or(0), Ordering::Relaxed);
    }

    /// Returns why nothing is started now, or `None` if starts are possible.
    pub(super) fn full(&self) -> Option<String> {
        let limit = self.broken_mb.load(Ordering::Relaxed);
        (limit > 0).then(|| {
            format!(
                "This machine has less than {limit} MB of memory left. Yours starts when there is more."
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_is_measured() {
        if cfg!(target_os = "linux") {
            assert!(MachineMemory.available().is_some_and(|bytes| bytes > 0));
        }
    }
}
