//! A run with its journal.

use crate::store::{JournalWatch, Task, use_journal};
use leptos::prelude::*;
use vestibule_client::timeline::{RunTimes, Timeline};
use vestibule_model::ids::RunId;
use vestibule_model::run::Run;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Transition;
use vestibule_model::workbench::Workbench;

/// The run that a journal belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRef {
    /// Times.
    pub times: RunTimes,
    /// Number, counted per workbench from 1.
    pub number: u64,
    /// Number of its newest journal entry.
    pub last_seq: u64,
}

impl RunRef {
    /// Returns the current run of a workbench, or `None` if it was never started.
    pub fn of_workbench(workbench: &Workbench) -> Option<Self> {
        let run = workbench.run.as_ref()?;
        let status = &workbench.status;
        let status = (status.run_number == run.number).then_some(status);
        let times = RunTimes {
            id: run.id.clone(),
            started_at: run.started_at.or(workbench.created_at)?,
            ready_at: status.and_then(|status| status.ready_time),
            finished_at: status.and_then(|status| status.completion_time),
            start_deadline: workbench.start_deadline(),
        };
        Some(Self {
            times,
            number: run.number,
            last_seq: run.last_seq,
        })
    }

    /// Returns the reference to a run.
    pub fn of_run(run: &Run) -> Self {
        Self {
            times: RunTimes::of(run, None),
            number: run.number,
            last_seq: run.last_seq,
        }
    }

    /// Returns `true` if the run is still going on.
    pub fn is_live(&self) -> bool {
        self.times.finished_at.is_none()
    }
}

/// A run with its journal.
#[derive(Clone, Copy)]
pub struct RunJournal {
    /// The run, or `None` if there is none or none is known yet.
    pub run: Memo<Option<RunRef>>,
    /// Entries so far.
    pub entries: Memo<Vec<Transition>>,
    /// The request for more entries.
    pub task: Task,
}

impl RunJournal {
    /// Returns `true` if the run is still going on.
    pub fn is_live(self) -> bool {
        self.run.read().as_ref().is_some_and(RunRef::is_live)
    }

    /// Returns the run's id.
    pub fn run_id(self) -> Option<RunId> {
        self.run.read().as_ref().map(|run| run.times.id.clone())
    }

    /// Lays the journal out over time.
    pub fn timeline(self, now: Signal<Timestamp>) -> Memo<Option<Timeline>> {
        Memo::new(move |_| {
            let run = self.run.read();
            let times = &run.as_ref()?.times;
            Some(Timeline::of(times, &self.entries.read(), now.get()))
        })
    }
}

/// Follows the journal of a run.
pub fn use_run_journal(run: Memo<Option<RunRef>>) -> RunJournal {
    let newest = Signal::derive(move || {
        let run = run.read();
        run.as_ref().map(|run| (run.times.id.clone(), run.last_seq))
    });
    let JournalWatch { entries, task } = use_journal(newest);
    RunJournal { run, entries, task }
}
