//! Eviction: when the machine runs short of memory, the workbench that uses most is stopped.

use super::inner::Inner;
use super::processes;
use super::record::RunDir;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use vestibule_model::ids::WorkbenchId;

/// Pause between two measurements.
const PAUSE: Duration = Duration::from_secs(1);
/// Number of measurements in a row that must be short.
const PATIENCE: u32 = 2;

impl Inner {
    /// Watches the machine's memory, if there is a limit, for as long as the engine exists.
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
                let relieved = tokio::task::spawn_blocking(move || inner.relieve(short)).await;
                short = relieved.unwrap_or_default();
            }
        });
    }

    /// Measures the machine's memory once. Takes and returns the number of short measurements in a
    /// row.
    fn relieve(&self, short: u32) -> u32 {
        let limit = self.config.least_memory_mb;
        let Some(left) = self.config.memory.available().map(|b| b / 1_000_000) else {
            return 0;
        };
        let is_short = left < limit;
        self.pressure.set(is_short.then_some(limit));
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
        // The evicted workbench needs time to end.
        0
    }

    fn evict_largest(&self, why: &str) -> io::Result<Option<WorkbenchId>> {
        let taken = self.slots().runs();
        let mut largest: Option<(u64, WorkbenchId, RunDir)> = None;
        for (id, number) in taken {
            let dir = self.folders.run(&id, number);
            if dir.eviction().is_some() {
                // Runs are evicted one at a time.
                return Ok(None);
            }
            let Ok(Some(process)) = dir.process() else {
                continue;
            };
            if dir.is_stop_wanted() || !dir.is_held()? {
                continue;
            }
            let used = processes::memory(process.supervisor)?;
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
