//! A run as one looks at it: its times, its journal, and how it all lies in time. The journal is
//! read on as it grows; nothing is asked for twice.

use crate::api;
use crate::hooks::{Task, use_task};
use crate::ui::effect;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_model::ids::RunId;
use vestibule_model::run::Run;
use vestibule_model::time::Timestamp;
use vestibule_model::timeline::{RunTimes, Timeline};
use vestibule_model::transition::Transition;
use vestibule_model::workbench::Workbench;

/// How long to wait after the journal could not be read.
const PAUSE_MILLIS: u32 = 5_000;

/// A run, as far as a page needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its times.
    pub times: RunTimes,
    /// Counted per workbench, from 1.
    pub number: u64,
    /// The newest journal entry's number.
    pub last_seq: u64,
}

impl Subject {
    /// The current run of a workbench.
    pub fn of(workbench: &Workbench) -> Option<Self> {
        let run = workbench.run.as_ref()?;
        let status = &workbench.status;
        let told = (status.run_number == run.number).then_some(status);
        let times = RunTimes {
            id: run.id.clone(),
            started_at: run.started_at.or(workbench.created_at)?,
            ready_at: told.and_then(|status| status.ready_time),
            finished_at: told.and_then(|status| status.completion_time),
            start_deadline: workbench.start_deadline(),
        };
        Some(Self {
            times,
            number: run.number,
            last_seq: run.last_seq,
        })
    }

    /// A run by itself.
    pub fn of_run(run: &Run) -> Self {
        Self {
            times: RunTimes::of(run, None),
            number: run.number,
            last_seq: run.last_seq,
        }
    }

    /// Whether it goes on.
    pub fn is_live(&self) -> bool {
        self.times.finished_at.is_none()
    }
}

/// A run and its journal.
#[derive(Clone, Copy)]
pub struct Story {
    /// The run; none while there is none, or none is known.
    pub subject: Memo<Option<Subject>>,
    /// Its journal, as much as was read.
    pub journal: RwSignal<Vec<Transition>>,
    /// The reading of it.
    pub task: Task,
}

impl Story {
    /// Whether the run goes on.
    pub fn is_live(self) -> bool {
        self.subject.read().as_ref().is_some_and(Subject::is_live)
    }

    /// The run, and the number of its newest entry.
    pub fn newest(self) -> Signal<Option<(RunId, u64)>> {
        let subject = self.subject;
        Signal::derive(move || {
            let subject = subject.read();
            subject.as_ref().map(|s| (s.times.id.clone(), s.last_seq))
        })
    }

    /// How it lies in time.
    pub fn timeline(self, now: Signal<Timestamp>) -> Memo<Option<Timeline>> {
        Memo::new(move |_| {
            let subject = self.subject.read();
            let times = &subject.as_ref()?.times;
            Some(Timeline::of(times, &self.journal.read(), now.get()))
        })
    }
}

/// Follows the journal of a run.
pub fn use_story(subject: Memo<Option<Subject>>) -> Story {
    let story = Story {
        subject,
        journal: RwSignal::new(Vec::new()),
        task: use_task(),
    };
    let asked = StoredValue::new(None::<(RunId, u64, u64)>);
    let again = RwSignal::new(0u32);
    let pause = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let newest = story.newest();
    effect(move || {
        again.track();
        let (is_busy, newest) = (story.task.busy.get(), newest.get());
        let Some((id, newest)) = newest else { return };
        let is_other = story
            .journal
            .with_untracked(|journal| journal.last().is_some_and(|entry| entry.run_id != id));
        if is_other {
            story.journal.set(Vec::new());
        }
        let known = story
            .journal
            .with_untracked(|journal| journal.last().map_or(0, |entry| entry.seq));
        if is_busy || known >= newest {
            return;
        }
        // The same question is asked again only after a pause: it may go wrong for long.
        let question = Some((id.clone(), known, newest));
        if asked.with_value(|asked| *asked == question) {
            asked.set_value(None);
            pause.set_value(Some(Timeout::new(PAUSE_MILLIS, move || {
                again.try_update(|n| *n += 1);
            })));
            return;
        }
        asked.set_value(question);
        story
            .task
            .run(api::journal(id.clone(), known), move |page| {
                let fits = |entry: &Transition| entry.run_id == id && entry.seq > known;
                let mut news: Vec<_> = page.items.into_iter().filter(fits).collect();
                if !news.is_empty() {
                    story
                        .journal
                        .try_update(|journal| journal.append(&mut news));
                }
            });
    });
    story
}
