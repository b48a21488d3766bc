//! Use of each workbench's app since the start of the server: its last time, and what goes on.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use vestibule_engine::clock::Clock;
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::time::Timestamp;

/// Use of apps, by workbench.
pub struct LastUses {
    clock: Arc<dyn Clock>,
    since: Timestamp,
    known: RwLock<HashMap<WorkbenchId, Arc<Known>>>,
    /// Number of bytes that terminals had put out when they were last observed.
    outputs: Mutex<HashMap<TabId, u64>>,
}

/// Use of one workbench's app.
struct Known {
    last: AtomicI64,
    open: AtomicUsize,
}

/// Recorder of one workbench's use. Cheap: it is called for every chunk on a socket.
#[derive(Clone)]
pub struct Use {
    clock: Arc<dyn Clock>,
    known: Arc<Known>,
}

/// Exchange with a workbench that lasts: the workbench is in use until this is dropped.
pub struct Exchange(Use);

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
            known: RwLock::default(),
            outputs: Mutex::default(),
        }
    }

    /// Returns the recorder of a workbench. Creating it does not count as use.
    pub fn of(&self, id: &WorkbenchId) -> Use {
        let known = {
            let all = self.known.read().unwrap_or_else(PoisonError::into_inner);
            all.get(id).cloned()
        };
        let known = known.unwrap_or_else(|| {
            let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
            let unused = || {
                Arc::new(Known {
                    last: AtomicI64::new(self.since.as_millis()),
                    open: AtomicUsize::new(0),
                })
            };
            Arc::clone(all.entry(id.clone()).or_insert_with(unused))
        });
        Use {
            clock: Arc::clone(&self.clock),
            known,
        }
    }

    /// Returns the time of a workbench's last use, at the earliest the start of the server. While an
    /// exchange lasts, that is now.
    pub fn last(&self, id: &WorkbenchId) -> Timestamp {
        let all = self.known.read().unwrap_or_else(PoisonError::into_inner);
        all.get(id).map_or(self.since, |known| {
            // Before the time, so that the end of an exchange is not missed.
            if known.open.load(Ordering::Acquire) > 0 {
                return self.clock.now();
            }
            Timestamp::from_millis(known.last.load(Ordering::Acquire))
        })
    }

    /// Records how much a terminal has put out; more than before is use of its workbench. `None`: it
    /// has ended.
    pub fn note_output(&self, id: &WorkbenchId, tab: &TabId, output: Option<u64>) {
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match output {
            Some(output) => outputs.insert(tab.clone(), output),
            None => outputs.remove(tab),
        };
        drop(outputs);
        if output.zip(before).is_some_and(|(now, before)| now > before) {
            self.of(id).note();
        }
    }
}

impl Use {
    /// Records a use now.
    pub fn note(&self) {
        self.known
            .last
            .fetch_max(self.clock.now().as_millis(), Ordering::Release);
    }

    /// Begins an exchange.
    pub fn begin(&self) -> Exchange {
        self.known.open.fetch_add(1, Ordering::AcqRel);
        Exchange(self.clone())
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.0.note();
        self.0.known.open.fetch_sub(1, Ordering::AcqRel);
    }
}
