//! Store in memory with the rules of the server's database: commands raise the generation, a status is
//! refused after a newer command, and status and journal change together.

use super::rows::{Row, RunRow};
use vestibule_engine::controller::Record;
use vestibule_engine::{Target, TargetRun};
use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::hold;
use vestibule_model::ids::{RunId, WorkbenchId};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reconcile::{Action, DesiredRun, Outcome, Subject};
use vestibule_model::run::RunStatus;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::{NewTransition, Source, TransitionKind};
use vestibule_model::workbench::{Desired, WorkbenchSpec};

/// Reason why a command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such workbench.
    Gone,
    /// The workbench is being deleted.
    Deleting,
    /// The workbench is being stopped.
    Stopping,
    /// No start to extend.
    NotStarting,
}

/// Faults of the store that the simulator must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StoreFault {
    /// No fault.
    #[default]
    None,
    /// A status is stored in spite of a newer command.
    IgnoresNewerCommands,
    /// The journal is not written with the status.
    ForgetsJournal,
    /// The journal is written although the status is not.
    WritesJournalAlone,
    /// Numbers are given twice.
    RepeatsNumbers,
    /// Unsettled workbenches are not listed after a start.
    ListsNothing,
    /// Deletions are not listed as unsettled.
    OverlooksDeletions,
}

/// The store.
#[derive(Debug, Default)]
pub struct Store {
    /// The rows, by the number of the workbench.
    pub rows: Vec<Option<Row>>,
    /// The newest number of the journal.
    pub seq: u64,
    /// The fault.
    pub store_fault: StoreFault,
}

impl Store {
    /// Creates an empty store for so many workbenches.
    pub fn new(benches: usize, store_fault: StoreFault) -> Self {
        Self {
            rows: vec![None; benches],
            seq: 0,
            store_fault,
        }
    }

    /// Returns the record of a workbench.
    pub fn load(&self, bench: usize) -> Option<Record> {
        let row = self.rows[bench].as_ref()?;
        let status = row.status.clone().unwrap_or_default();
        let mut spec = row.run().map_or(&row.spec, |run| &run.spec);
        let mut desired = row.run().map(|run| DesiredRun {
            number: row.run_number,
            generation: run.generation,
            asked_at: run.asked_at,
            start_deadline: run.start_deadline,
            active_deadline: None,
            idle_timeout: None,
        });
        let is_over = row.run().is_some_and(|run| run.finished_at.is_some());
        if let Some(run) = desired.as_mut().filter(|_| !is_over)
            && run.follows(row.spec_generation, &status)
        {
            run.generation = row.spec_generation;
            spec = &row.spec;
        }
        if let Some(run) = &mut desired {
            let limit = |seconds: Option<u32>| seconds.map(|s| Millis::from_secs(i64::from(s)));
            run.active_deadline = limit(spec.active_deadline_seconds);
            run.idle_timeout = limit(spec.idle_timeout_seconds);
        }
        Some(Record {
            name: name(bench).as_str().to_owned(),
            target: Target {
                id: name(bench),
                workspace_id: "ws-bcdfghjk".into(),
                app: row.app.to_string(),
                spec: spec.clone(),
                run: row.run().map(|run| TargetRun {
                    id: run.id.clone(),
                    number: row.run_number,
                }),
                // The simulated machine gives a free slot to the first to ask.
                asked: None,
            },
            subject: Subject {
                generation: row.generation,
                spec_generation: row.spec_generation,
                desired: row.desired.clone(),
                deleting: row.deleting,
                run: desired,
            },
            status,
        })
    }

    /// Returns `true` if the database's query lists it after a start of the server.
    fn is_listed(&self, row: &Row) -> bool {
        let status = row.status.as_ref();
        (row.deleting && self.store_fault != StoreFault::OverlooksDeletions)
            || row.run().is_some_and(|run| run.finished_at.is_none())
            || status.map_or(0, |s| s.observed_generation) != row.generation
            || status.map_or(0, |s| s.run_number) != row.run_number
            || !row.phase().is_some_and(Phase::is_terminal)
    }

    /// Returns every workbench that needs a reconciliation after a start of the server.
    pub fn unsettled(&self) -> Vec<usize> {
        let rows = self.rows.iter().enumerate();
        rows.filter(|(_, row)| row.as_ref().is_some_and(|row| self.is_listed(row)))
            .map(|(bench, _)| bench)
            .filter(|_| self.store_fault != StoreFault::ListsNothing)
            .collect()
    }

    /// Returns `true` if there was no command since the record was read.
    pub fn is_current(&self, bench: usize, record: &Record) -> bool {
        let number = record.subject.run.as_ref().map_or(0, |run| run.number);
        self.rows[bench].as_ref().is_some_and(|row| {
            row.generation == record.subject.generation && row.run_number == number
        })
    }

    /// Stores the outcome of a observation, unless there is a newer command.
    pub fn commit(
        &mut self,
        bench: usize,
        record: &Record,
        outcome: &Outcome,
        at: Timestamp,
    ) -> bool {
        let (store_fault, is_current) = (self.store_fault, self.is_current(bench, record));
        let Some(row) = self.rows[bench].as_mut() else {
            return false;
        };
        if !is_current && store_fault != StoreFault::IgnoresNewerCommands {
            if store_fault == StoreFault::WritesJournalAlone {
                self.append(bench, &outcome.transitions, at);
            }
            return false;
        }
        if outcome.actions.contains(&Action::StartJob) {
            follow_spec(row, record);
        }
        let has_changed = outcome.forget
            || !outcome.transitions.is_empty()
            || outcome.status != record.status
            || outcome.exit_code.is_some();
        if !has_changed {
            return true;
        }
        if outcome.forget {
            self.rows[bench] = None;
            self.seq += 1;
            return true;
        }
        row.status = Some(outcome.status.clone());
        row.k8s_status = outcome.k8s_status.clone();
        if store_fault != StoreFault::ForgetsJournal {
            self.append(bench, &outcome.transitions, at);
        }
        if let Some(run) = self.rows[bench].as_mut().and_then(Row::live_run) {
            write_run(run, outcome, at);
        }
        true
    }

    fn append(&mut self, bench: usize, entries: &[NewTransition], at: Timestamp) {
        let Some(run) = self.rows[bench].as_mut().and_then(Row::run_mut) else {
            return;
        };
        for entry in entries {
            self.seq +=
                u64::from(self.store_fault != StoreFault::RepeatsNumbers || self.seq % 97 != 96);
            let entry = entry.clone().numbered(self.seq, run.id.clone(), at);
            run.journal.push(entry);
        }
    }

    fn trace_line(&mut self, bench: usize, reason: &str, generation: u64, at: Timestamp) {
        let said = NewTransition {
            kind: TransitionKind::Command,
            condition: None,
            from: None,
            to: None,
            reason: reason.to_owned(),
            message: String::new(),
            source: Source::Command,
            generation,
        };
        self.append(bench, &[said], at);
    }

    /// Creates a workbench; the second call changes nothing.
    pub fn create(
        &mut self,
        bench: usize,
        app: usize,
        spec: WorkbenchSpec,
        start: bool,
        at: Timestamp,
    ) {
        if self.rows[bench].is_some() {
            return;
        }
        self.rows[bench] = Some(Row {
            app,
            spec,
            generation: 1,
            spec_generation: 1,
            desired: if start {
                Desired::Running
            } else {
                Desired::Stopped
            },
            deleting: false,
            run_number: 0,
            status: None,
            k8s_status: K8sStatus::default(),
            runs: Vec::new(),
        });
        if start {
            self.add_run(bench, 1, at);
        }
    }

    fn add_run(&mut self, bench: usize, generation: u64, at: Timestamp) {
        let Some(row) = self.rows[bench].as_mut() else {
            return;
        };
        let timeout = i64::from(row.spec.start_timeout_seconds);
        row.run_number += 1;
        row.runs.push(RunRow {
            id: RunId::new(format!("run-{bench}-{}", row.run_number)),
            generation,
            spec: row.spec.clone(),
            asked_at: at,
            start_deadline: at + Millis::from_secs(timeout),
            status: RunStatus::Pending,
            cause: None,
            finished_at: None,
            exit_code: None,
            ready_at: None,
            journal: Vec::new(),
        });
        self.trace_line(bench, "Start", generation, at);
    }

    /// Starts a workbench: a new run, unless one is in progress.
    pub fn start(&mut self, bench: usize, at: Timestamp) -> Result<(), Refusal> {
        let row = self.find(bench)?;
        if row.deleting {
            return Err(Refusal::Deleting);
        }
        if row.live_run().is_some() {
            return if row.desired == Desired::Stopped {
                Err(Refusal::Stopping)
            } else {
                Ok(())
            };
        }
        row.generation += 1;
        row.desired = Desired::Running;
        let generation = row.generation;
        self.add_run(bench, generation, at);
        Ok(())
    }

    /// Stops a workbench. Harmless when it is stopped.
    pub fn stop(&mut self, bench: usize, at: Timestamp) -> Result<(), Refusal> {
        let row = self.find(bench)?;
        if row.live_run().is_some() && row.desired != Desired::Stopped {
            row.generation += 1;
            row.desired = Desired::Stopped;
            let generation = row.generation;
            self.trace_line(bench, "Stop", generation, at);
        }
        Ok(())
    }

    /// Gives the running start its whole time once more. Without effect when the app has answered.
    pub fn extend(&mut self, bench: usize, at: Timestamp) -> Result<(), Refusal> {
        let row = self.find(bench)?;
        let more = Millis::from_secs(i64::from(row.spec.start_timeout_seconds));
        if row.desired != Desired::Running {
            return Err(Refusal::NotStarting);
        }
        let run = row.live_run().ok_or(Refusal::NotStarting)?;
        if run.ready_at.is_some() {
            return Ok(());
        }
        run.start_deadline = run.start_deadline.max(at) + more;
        row.generation += 1;
        let generation = row.generation;
        self.trace_line(bench, "Extend", generation, at);
        Ok(())
    }

    /// Deletes a workbench.
    pub fn delete(&mut self, bench: usize, at: Timestamp) -> Result<(), Refusal> {
        let row = self.find(bench)?;
        if row.deleting {
            return Ok(());
        }
        row.generation += 1;
        row.desired = Desired::Stopped;
        row.deleting = true;
        let (generation, is_live) = (row.generation, row.live_run().is_some());
        if is_live {
            self.trace_line(bench, "Delete", generation, at);
        }
        Ok(())
    }

    /// Changes the spec, which takes effect at the next start, and in a run that has no process yet.
    pub fn change(
        &mut self,
        bench: usize,
        spec: WorkbenchSpec,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let row = self.find(bench)?;
        if row.deleting {
            return Err(Refusal::Deleting);
        }
        if row.spec == spec {
            return Ok(());
        }
        row.generation += 1;
        row.spec_generation = row.generation;
        row.spec = spec;
        let (generation, is_live) = (row.generation, row.live_run().is_some());
        if is_live {
            self.trace_line(bench, "Change", generation, at);
        }
        Ok(())
    }

    fn find(&mut self, bench: usize) -> Result<&mut Row, Refusal> {
        self.rows[bench].as_mut().ok_or(Refusal::Gone)
    }
}

/// Keeps the spec with which the process of a run is made.
fn follow_spec(row: &mut Row, record: &Record) {
    let Some(desired) = &record.subject.run else {
        return;
    };
    if let Some(run) = row
        .run_mut()
        .filter(|run| run.generation < desired.generation)
    {
        run.generation = desired.generation;
        run.spec = record.target.spec.clone();
    }
}

fn write_run(run: &mut RunRow, outcome: &Outcome, at: Timestamp) {
    let status = &outcome.status;
    let became_ready = outcome.transitions.iter().any(|entry| {
        entry.condition == Some(ConditionType::Ready) && entry.to == Some(ConditionStatus::True)
    });
    run.status = RunStatus::of_phase(&status.phase);
    run.ready_at = run.ready_at.or(became_ready.then_some(at));
    run.exit_code = run.exit_code.or(outcome.exit_code);
    if status.phase.is_terminal() {
        run.finished_at = Some(status.completion_time.unwrap_or(at));
        let ends = [ConditionType::Failed, ConditionType::Completed];
        let reported = ends.iter().filter_map(|kind| status.condition(kind));
        let reported = reported
            .filter(|c| c.is_true())
            .map(|c| c.reason.clone())
            .next();
        run.cause = reported.or_else(|| status.stopped_reason.clone());
    } else {
        let held = hold::shown_cause(status).filter(|_| status.phase != Phase::Stopping);
        run.cause = held.map(str::to_owned);
    }
}

/// Returns the identifier of a workbench by its number.
pub fn name(bench: usize) -> WorkbenchId {
    WorkbenchId::new(format!("wb-{bench:06}"))
}

/// Returns the number of a workbench by its identifier.
pub fn number(id: &WorkbenchId) -> usize {
    let digits = id.as_str().trim_start_matches("wb-");
    digits.parse().expect("an identifier of this simulation")
}
