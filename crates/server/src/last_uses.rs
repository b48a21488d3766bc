//! Times of the last use of each workbench's app, since the start of the server.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use vestibule_engine::clock::Clock;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Timestamp;

/// Times of the last use, by workbench.
pub struct LastUses {
    clock: Arc<dyn Clock>,
    since: Timestamp,
    last: RwLock<HashMap<WorkbenchId, Arc<AtomicI64>>>,
}

/// Recorder of one workbench's use. Cheap: it is called for every chunk on a socket.
#[derive(Clone)]
pub struct Use {
    clock: Arc<dyn Clock>,
    last: Arc<AtomicI64>,
}

impl fmt::Debug for LastUses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastUses")
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

impl LastUses {
    /// Creates a record that begins now.
    pub fn since_now(clock: Arc<dyn Clock>) -> Self {
        Self {
            since: clock.now(),
            clock,
            last: RwLock::default(),
        }
    }

    /// Returns the recorder of a workbench. Creating it does not count as use.
    pub fn of(&self, id: &WorkbenchId) -> Use {
        let known = {
            let all = self.last.read().unwrap_or_else(PoisonError::into_inner);
            all.get(id).cloned()
        };
        let last = known.unwrap_or_else(|| {
            let mut all = self.last.write().unwrap_or_else(PoisonError::into_inner);
            let never = || Arc::new(AtomicI64::new(self.since.as_millis()));
            Arc::clone(all.entry(id.clone()).or_insert_with(never))
        });
        Use {
            clock: Arc::clone(&self.clock),
            last,
        }
    }

    /// Returns the time of a workbench's last use, at the earliest the start of the server.
    pub fn last(&self, id: &WorkbenchId) -> Timestamp {
        let all = self.last.read().unwrap_or_else(PoisonError::into_inner);
        all.get(id).map_or(self.since, |last| {
            Timestamp::from_millis(last.load(Ordering::Relaxed))
        })
    }
}

impl Use {
    /// Records a use now.
    pub fn note(&self) {
        self.last
            .fetch_max(self.clock.now().as_millis(), Ordering::Relaxed);
    }
}
