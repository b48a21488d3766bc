//! Measures the folders of running workbenches that have a quota.

use super::inner::Inner;
use super::quota::{Fill, measure};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;
use vestibule_model::ids::WorkbenchId;

/// Shortest pause between two rounds, as a multiple of the time that a round takes: very large folders
/// are measured rarely.
const REST: u32 = 20;

impl Inner {
    /// Measures the folders of running workbenches that have a quota, for as long as the engine exists.
    pub(super) fn watch_folders(self: &Arc<Self>) {
        let apps = self.config.catalogue.apps();
        let has_quota =
            self.config.folder_quota_mb > 0 || apps.iter().any(|a| a.folder_quota_mb > 0);
        if !has_quota {
            return;
        }
        let default_pause = self.config.folder_pause;
        let inner = Arc::downgrade(self);
        self.runtime.spawn(async move {
            let mut pause = default_pause;
            loop {
                tokio::time::sleep(pause).await;
                let Some(inner) = inner.upgrade() else {
                    return;
                };
                let round = tokio::task::spawn_blocking(move || {
                    let begin = Instant::now();
                    inner.measure_folders();
                    begin.elapsed()
                });
                pause = default_pause.max(round.await.unwrap_or_default() * REST);
            }
        });
    }

    /// Measures every folder once, and wakes the workbenches whose sentence has changed.
    fn measure_folders(&self) {
        let runs = self.slots().runs();
        let mut found = HashMap::new();
        for (id, number) in runs {
            let Some(quota_mb) = self.quota_of(&id, number) else {
                continue;
            };
            match measure(&self.folders.files(&id), quota_mb * 1_000_000) {
                Ok(used) => {
                    let fill = Fill::of(used, quota_mb * 1_000_000);
                    found.extend(fill.sentence(quota_mb).map(|note| (id, note)));
                }
                Err(error) => {
                    tracing::debug!(workbench = %id, %error, "failed to measure a folder");
                    // A folder that cannot be measured keeps its sentence.
                    found.extend(self.folder_notes.of(&id).map(|note| (id, note)));
                }
            }
        }
        let before = std::mem::replace(&mut *self.folder_notes.notes(), found.clone());
        let ids: HashSet<_> = before.keys().chain(found.keys()).collect();
        for id in ids {
            let (old, new) = (before.get(id), found.get(id));
            if old == new {
                continue;
            }
            if let Some(note) = new {
                tracing::warn!(workbench = %id, note, "a workbench's folder is nearly full");
            }
            // The receiver is gone when the server ends.
            let _ = self.changes.send(id.clone());
        }
    }

    /// Returns the quota of a run's workbench in units of 1,000,000 bytes, or `None` if it has none.
    fn quota_of(&self, id: &WorkbenchId, number: u64) -> Option<u64> {
        let launch = self.folders.run(id, number).launch().ok().flatten()?;
        let entry = self.config.catalogue.get(&launch.app);
        let own = entry.map_or(0, |entry| entry.folder_quota_mb);
        let quota = if own > 0 {
            own
        } else {
            self.config.folder_quota_mb
        };
        (quota > 0).then_some(quota)
    }
}
