//! What this page has asked for and is not answered yet, and what it knows of jobs by itself.

use super::job::{JobKey, Open, Registered};
use super::label::{Label, Request};
use crate::ids::WorkbenchId;
use crate::time::Timestamp;

/// The page's own part of what goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    last: u64,
    open: Vec<Open>,
    registered: Vec<Registered>,
}

impl Registry {
    /// Nothing.
    pub const fn new() -> Self {
        Self {
            last: 0,
            open: Vec::new(),
            registered: Vec::new(),
        }
    }

    /// A request is sent; the number is what it is settled by.
    pub fn begin(
        &mut self,
        request: Request,
        workbench: Option<WorkbenchId>,
        now: Timestamp,
    ) -> u64 {
        self.last += 1;
        self.open.push(Open {
            id: self.last,
            request,
            workbench,
            since: now,
        });
        self.last
    }

    /// A request was answered, failed, or is not waited for any more.
    pub fn settle(&mut self, id: u64) {
        self.open.retain(|open| open.id != id);
    }

    /// A job is known to go on before the server has told so. The same again changes nothing. With
    /// a number of its journal, what is told of a later one, or of the same, counts for more; 0 is
    /// none. Of a run it is said whose it is, and its number.
    pub fn register(
        &mut self,
        key: JobKey,
        label: Label,
        seq: u64,
        run: Option<(WorkbenchId, u64)>,
        now: Timestamp,
    ) {
        let is_same = |one: &Registered| one.key == key && one.label == label;
        if self.registered.iter().any(is_same) {
            return;
        }
        self.complete(&key);
        self.registered.push(Registered {
            key,
            label,
            since: now,
            seq,
            run,
        });
    }

    /// It does not go on any more, as far as this page knows; what the server tells counts.
    pub fn complete(&mut self, key: &JobKey) {
        self.registered.retain(|one| one.key != *key);
    }

    /// Forgets what nobody can confirm any more.
    pub fn forget_before(&mut self, time: Timestamp) {
        self.registered.retain(|one| one.since >= time);
    }

    /// Nobody is there any more.
    pub fn clear(&mut self) {
        self.open.clear();
        self.registered.clear();
    }

    /// The requests that are not answered yet.
    pub fn open(&self) -> impl Iterator<Item = &Open> {
        self.open.iter()
    }

    /// The jobs that this page knows of by itself.
    pub fn registered(&self) -> impl Iterator<Item = &Registered> {
        self.registered.iter()
    }
}
