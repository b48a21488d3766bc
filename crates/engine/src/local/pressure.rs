//! Shedding load: when the machine runs short of memory, what uses most is evicted.

use super::engine::Inner;
use super::processes;
use super::record::RunDir;
use std::fmt::Debug;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use vestibule_model::ids::WorkbenchId;

/// How often the machine's memory is looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// How often in a row it must be short: a moment's need is none.
const PATIENCE: u32 = 2;

/// What says how much memory the machine has left.
pub trait MemoryGauge: Debug + Send + Sync + 'static {
    /// In bytes; none where nobody can tell.
    fn available(&self) -> Option<u64>;
}

/// The memory of this machine, by Linux' `MemAvailable`.
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

/// Whether the machine is short of memory.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    /// The limit that is broken; 0: none.
    broken_mb: AtomicU64,
}

impl Pressure {
    /// Why nothing is started now; none if it may be.
    pub(super) fn full(&self) -> Option<String> {
        let limit = self.broken_mb.load(Ordering::Relaxed);
        (limit > 0).then(|| {
            format!(
                "This machine has less than {limit} MB of memory left; it starts once there is more."
            )
        })
    }
}

impl Inner {
    /// Looks after the machine's memory, if that is wished, for as long as the engine is there.
    pub(super) fn watch_memory(self: &Arc<Self>) {
        if self.config.least_memory_mb == 0 {
            return;
        }
        let inner = Arc::downgrade(self);
        self.runtime.spawn(async move {
            let mut short = 0;
            loop {
                tokio::time::sleep(PAUSE).await;
                let Some(inner) = inner.upgrade() else {
                    return;
                };
                let looked = tokio::task::spawn_blocking(move || inner.relieve(short)).await;
                short = looked.unwrap_or_default();
            }
        });
    }

    /// One look at the machine's memory. Takes and gives how often in a row it was short.
    fn relieve(&self, short: u32) -> u32 {
        let limit = self.config.least_memory_mb;
        let Some(left) = self.config.memory.available().map(|b| b / 1_000_000) else {
            return 0;
        };
        let is_short = left < limit;
        let broken = if is_short { limit } else { 0 };
        self.pressure.broken_mb.store(broken, Ordering::Relaxed);
        if !is_short {
            return 0;
        }
        if short + 1 < PATIENCE {
            return short + 1;
        }
        let why = format!(
            "The machine had {left} MB of memory left, which is less than {limit} MB, and this workbench used most."
        );
        match self.evict_largest(&why) {
            Ok(Some(id)) => tracing::warn!(workbench = %id, left, limit, "a workbench was evicted"),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "failed to evict a workbench"),
        }
        // What was evicted needs its time to end.
        0
    }

    fn evict_largest(&self, why: &str) -> io::Result<Option<WorkbenchId>> {
        let taken = self.places().runs();
        let mut largest: Option<(u64, WorkbenchId, RunDir)> = None;
        for (id, number) in taken {
            let dir = self.folders.run(&id, number);
            if dir.eviction().is_some() {
                // One at a time.
                return Ok(None);
            }
            let Ok(Some(process)) = dir.process() else {
                continue;
            };
            if dir.is_stop_wanted() || !dir.is_held() {
                continue;
            }
            let used = processes::memory(process.supervisor);
            if largest.as_ref().is_none_or(|(most, ..)| used > *most) {
                largest = Some((used, id, dir));
            }
        }
        let Some((_, id, dir)) = largest else {
            return Ok(None);
        };
        dir.want_eviction(why)?;
        self.stop(&dir)?;
        Ok(Some(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_memory_left() {
        if cfg!(target_os = "linux") {
            assert!(MachineMemory.available().is_some_and(|bytes| bytes > 0));
        }
    }
}
