//! Store in memory, for tests of engines and of the controller.

use crate::controller::{Commit, Record, StatusStore, StoreError};
use crate::{Target, TargetRun};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::ids::{RunId, WorkbenchId};
use vestibule_model::phase::K8sStatus;
use vestibule_model::reconcile::{DesiredRun, Outcome, Subject};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::Transition;
use vestibule_model::workbench::{Desired, WorkbenchSpec, WorkbenchStatus};

/// Time limit of a start unless a test sets another.
pub const START_LIMIT: Millis = Millis::from_secs(300);

/// A stored workbench.
#[derive(Debug, Clone)]
pub struct Row {
    /// Record that the controller loads.
    pub record: Record,
    /// The one-word status of the last commit.
    pub k8s_status: K8sStatus,
    /// The last exit code.
    pub exit_code: Option<i32>,
    /// Every transition so far, unless the test clears it.
    pub journal: Vec<Transition>,
}

impl Row {
    /// Returns the number of the current run.
    pub fn run_number(&self) -> Option<u64> {
        self.record.target.run.as_ref().map(|run| run.number)
    }

    /// Returns the condition's reason; empty if there is none.
    pub fn reason(&self, kind: &ConditionType) -> &str {
        let condition = self.record.status.condition(kind);
        condition.map_or("", |condition| &condition.reason)
    }

    /// Returns the condition's message; empty if there is none.
    pub fn message(&self, kind: &ConditionType) -> &str {
        let condition = self.record.status.condition(kind);
        condition.map_or("", |condition| &condition.message)
    }

    /// Returns `true` if the journal ever had this condition as True.
    pub fn was_ever_true(&self, kind: &ConditionType) -> bool {
        self.journal.iter().any(|entry| {
            entry.condition.as_ref() == Some(kind) && entry.to == Some(ConditionStatus::True)
        })
    }
}

/// Store with the rules of the real one. It can fail, and check every stored row.
pub struct MemoryStore {
    rows: Mutex<HashMap<WorkbenchId, Row>>,
    last_seq: AtomicUsize,
    failures: AtomicUsize,
    refusals: AtomicUsize,
    check: fn(&Row) -> Vec<String>,
    faults: Mutex<Vec<String>>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::checked(|_| Vec::new())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl MemoryStore {
    /// Creates a store that collects the results of `check` for every stored row.
    pub fn checked(check: fn(&Row) -> Vec<String>) -> Self {
        Self {
            rows: Mutex::default(),
            last_seq: AtomicUsize::new(0),
            failures: AtomicUsize::new(0),
            refusals: AtomicUsize::new(0),
            check,
            faults: Mutex::default(),
        }
    }

    /// Adds a workbench.
    pub fn insert(&self, record: Record) {
        let row = Row {
            k8s_status: K8sStatus::default(),
            exit_code: None,
            journal: Vec::new(),
            record,
        };
        self.rows().insert(row.record.target.id.clone(), row);
    }

    /// Returns a workbench, or `None` if it was forgotten.
    pub fn row(&self, id: &WorkbenchId) -> Option<Row> {
        self.rows().get(id).cloned()
    }

    /// Changes the wanted state of a workbench, which raises its generation.
    pub fn command(&self, id: &WorkbenchId, change: impl FnOnce(&mut Row)) {
        if let Some(row) = self.rows().get_mut(id) {
            row.record.subject.generation += 1;
            change(row);
        }
    }

    /// Makes the next calls fail.
    pub fn fail_next(&self, calls: usize) {
        self.failures.store(calls, Ordering::SeqCst);
    }

    /// Refuses the next commits, as if a newer command had come.
    pub fn refuse_next(&self, commits: usize) {
        self.refusals.store(commits, Ordering::SeqCst);
    }

    /// Returns the findings of the check so far.
    pub fn faults(&self) -> Vec<String> {
        lock(&self.faults).clone()
    }

    fn rows(&self) -> MutexGuard<'_, HashMap<WorkbenchId, Row>> {
        lock(&self.rows)
    }

    fn may_fail(&self) -> Result<(), StoreError> {
        match count_down(&self.failures) {
            true => Err(StoreError("the test lets this call fail".to_owned())),
            false => Ok(()),
        }
    }
}

impl StatusStore for MemoryStore {
    fn load(&self, id: &WorkbenchId) -> Result<Option<Record>, StoreError> {
        self.may_fail()?;
        let mut record = self.row(id).map(|row| row.record);
        if let Some(record) = &mut record
            && (record.subject.deleting || record.subject.desired != Desired::Running)
        {
            record.target.asked = None;
        }
        Ok(record)
    }

    fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError> {
        self.may_fail()?;
        let rows = self.rows();
        let mut ids: Vec<_> = rows.keys().cloned().collect();
        ids.sort_by_key(|id| rows[id].record.target.asked);
        Ok(ids)
    }

    fn commit(
        &self,
        record: &Record,
        outcome: &Outcome,
        at: Timestamp,
    ) -> Result<Commit, StoreError> {
        self.may_fail()?;
        if count_down(&self.refusals) {
            return Ok(Commit::Overtaken);
        }
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&record.target.id) else {
            return Ok(Commit::Overtaken);
        };
        let is_current = row.record.subject.generation == record.subject.generation
            && row.record.target.run == record.target.run;
        if !is_current {
            return Ok(Commit::Overtaken);
        }
        if outcome.forget {
            rows.remove(&record.target.id);
            return Ok(Commit::Stored);
        }
        row.record.status = outcome.status.clone();
        row.k8s_status = outcome.k8s_status.clone();
        row.exit_code = outcome.exit_code.or(row.exit_code);
        if let Some(run) = &record.target.run {
            for entry in &outcome.transitions {
                let seq = self.last_seq.fetch_add(1, Ordering::SeqCst) as u64 + 1;
                let entry = entry.clone().numbered(seq, run.id.clone(), at);
                row.journal.push(entry);
            }
        }
        lock(&self.faults).extend((self.check)(row));
        Ok(Commit::Stored)
    }
}

/// Returns a workbench whose first run was requested at `now`.
pub fn record(id: &WorkbenchId, app: &str, now: Timestamp) -> Record {
    Record {
        name: id.as_str().to_owned(),
        target: Target {
            id: id.clone(),
            workspace_id: "ws-test".into(),
            app: app.to_owned(),
            spec: WorkbenchSpec::default(),
            run: Some(target_run(id, 1)),
            asked: Some(1),
        },
        subject: Subject {
            generation: 1,
            spec_generation: 1,
            desired: Desired::Running,
            deleting: false,
            run: Some(desired_run(1, 1, now)),
        },
        status: WorkbenchStatus::default(),
    }
}

/// Returns a run of a workbench.
pub fn target_run(id: &WorkbenchId, number: u64) -> TargetRun {
    TargetRun {
        id: RunId::new(format!("run-{id}-{number}")),
        number,
    }
}

/// Returns the request of a run without limits but [`START_LIMIT`].
pub fn desired_run(number: u64, generation: u64, now: Timestamp) -> DesiredRun {
    DesiredRun {
        number,
        generation,
        asked_at: now,
        start_deadline: now + START_LIMIT,
        active_deadline: None,
        idle_timeout: None,
    }
}

/// Decrements a counter; returns `false` if it was 0.
fn count_down(counter: &AtomicUsize) -> bool {
    let taken = counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
        left.checked_sub(1)
    });
    taken.is_ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that panics with the lock fails anyway.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
