//! Timeline of a run: its journal laid out over time.
//!
//! Everything that a view draws is computed here. The journal may come in any order, with repeated
//! entries, with clocks that were set back and with unknown words; it is never assumed to be
//! complete.
//!
//! - A [`Lane`] is one condition type; a [`tracks::Track`] is what is drawn for it, on a line of its own.
//! - A [`Segment`] of a lane is a time of equal status; its [`ReasonSpan`]s are times of equal reason.
//! - A [`Span`] is any time with a start and an end.
//! - A [`rows::TimelineRow`] is one row of the table, and one bar of a track.

mod account;
mod lane;
mod lanes;
mod order;
#[cfg(test)]
mod properties;
pub mod rows;
pub mod scale;
pub mod steps;
#[cfg(test)]
mod steps_tests;
#[cfg(test)]
mod tests;
pub mod tracks;

pub use lane::{
    Event, Gap, Lane, Marker, Milestone, ReasonSpan, RunTimes, Segment, Span, StartEvidence, Tone,
    tone,
};
use steps::{Step, StepState};
use vestibule_model::condition::{Condition, ConditionStatus, ConditionType};
use vestibule_model::reason;
use vestibule_model::sorting;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::Transition;

/// Layout of a run over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// Time of the run's request.
    pub begin: Timestamp,
    /// End of the layout: now, or the end of the run.
    pub end: Timestamp,
    /// `true` if the run is in progress, so that open segments grow with the clock.
    pub is_live: bool,
    /// Lanes, one for each condition type in the journal: in the order of a start, then unknown types
    /// by name.
    pub lanes: Vec<Lane>,
    /// Commands, notes and entries of unknown kinds.
    pub markers: Vec<Marker>,
    /// Moments from the run itself.
    pub milestones: Vec<Milestone>,
    /// Times in which the server, at least in part, did not observe.
    pub gaps: Vec<Gap>,
    /// Unexplained time: no condition was in progress, blocked or ended with a reason, `Ready` did
    /// not hold, and no gap explains it.
    pub unaccounted: Vec<Span>,
}

impl Timeline {
    /// Lays out a run at `now`, by the server's clock.
    pub fn of(run: &RunTimes, journal: &[Transition], now: Timestamp) -> Self {
        let order::Ordered { entries, limit } = order::in_order(run, journal, now);
        let last = entries.last().map_or(run.started_at, |entry| entry.at);
        let end = match run.finished_at {
            Some(at) => at.clamp(run.started_at, limit).max(last),
            None => limit,
        };
        let is_live = run.finished_at.is_none();
        let lanes = lanes::build(&entries, run.started_at, (!is_live).then_some(end));
        let gaps = account::gaps(&entries);
        let unaccounted = account::unaccounted(&lanes, &gaps, run.started_at, end);
        Self {
            begin: run.started_at,
            end,
            is_live,
            markers: lanes::markers(&entries),
            milestones: milestones(run),
            lanes,
            gaps,
            unaccounted,
        }
    }

    /// Returns the lane of a type, or `None` if the journal has none.
    pub fn lane(&self, kind: &ConditionType) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.kind == *kind)
    }

    /// Returns the total of unaccounted time.
    pub fn unaccounted_total(&self) -> Millis {
        Millis(self.unaccounted.iter().map(|span| span.length().0).sum())
    }

    /// Returns the steps of the start. After the end of the run, steps that were done keep their
    /// duration, whatever became of them at the end.
    pub fn steps(&self) -> Vec<Step> {
        let ready = self.lane(&ConditionType::Ready).and_then(Lane::first_true);
        let conditions = self.conditions_at(self.end);
        let mut all = steps::steps(&conditions, self.begin, ready, !self.is_live);
        let mut before = self.begin;
        for step in all.iter_mut().filter(|_| !self.is_live) {
            let was_done = self.lane(&step.kind).and_then(Lane::first_true);
            let Some(at) = was_done else { continue };
            if step.state != StepState::Done {
                step.state = StepState::Over;
            }
            step.from = Some(before.min(at));
            step.until = Some(at);
            before = before.max(at);
        }
        if !self.is_live {
            self.mark_failure(&mut all, before);
        }
        all
    }

    /// Marks the failed step of a failed run: its process, for as long as that lived, or else the
    /// first step that was not done, begun `before`.
    fn mark_failure(&self, steps: &mut [Step], before: Timestamp) {
        let failed = self.lane(&ConditionType::Failed);
        let failed = failed.and_then(|lane| lane.segments.last());
        let Some(failed) = failed.filter(|segment| segment.status == ConditionStatus::True) else {
            return;
        };
        let process = ConditionType::RunnerStarted;
        let lived = self.lane(&process).and_then(Lane::last_true);
        let step = match lived {
            Some(_) => steps.iter_mut().find(|step| step.kind == process),
            None if steps.iter().any(|step| step.state == StepState::Failed) => None,
            None => steps
                .iter_mut()
                .find(|step| step.state == StepState::NotReached),
        };
        // A step that held to the end is done in any case.
        let Some(step) = step.filter(|step| step.state != StepState::Done) else {
            return;
        };
        step.state = StepState::Failed;
        step.from = Some(lived.map_or(before, |segment| segment.from));
        step.until = Some(lived.and_then(|segment| segment.until).unwrap_or(self.end));
        if let Some(span) = failed.last() {
            step.reason.clone_from(&span.reason);
            // A sentence that only repeats the reason is left out.
            let is_told = span.message == reason::sentence(&span.reason);
            step.message = if is_told { "" } else { &span.message }.to_owned();
        }
    }

    /// Returns the conditions as they were known at a moment.
    pub fn conditions_at(&self, at: Timestamp) -> Vec<Condition> {
        self.lanes
            .iter()
            .filter_map(|lane| {
                let segment = lane.segments.iter().rfind(|s| s.from <= at)?;
                let span = segment.spans.iter().rfind(|s| s.from <= at)?;
                Some(Condition {
                    kind: lane.kind.clone(),
                    status: segment.status.clone(),
                    reason: span.reason.clone(),
                    message: span.message.clone(),
                    last_transition_time: Some(segment.from),
                    observed_generation: 0,
                })
            })
            .collect()
    }
}

fn milestones(run: &RunTimes) -> Vec<Milestone> {
    let mut all = vec![Milestone {
        at: run.started_at,
        what: Event::Asked,
    }];
    let others = [
        (run.start_deadline, Event::Deadline),
        (run.ready_at, Event::Ready),
        (run.finished_at, Event::Ended),
    ];
    all.extend(
        others
            .into_iter()
            .filter_map(|(at, what)| at.map(|at| Milestone { at, what })),
    );
    sorting::sort_by_key(&mut all, |a| a.at);
    all
}
