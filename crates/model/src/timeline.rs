//! The timeline of a run: what its journal says, laid out over time.
//!
//! Everything a view draws is worked out here, so that it only places what it is given. The
//! journal may come in any order, with entries twice, with clocks that were set back and with words
//! of a newer version; it is never assumed to be complete.

mod account;
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

use crate::condition::{Condition, ConditionStatus, ConditionType};
use crate::ids::RunId;
use crate::reason::{self, Outlook};
use crate::run::Run;
use crate::sorting::sort_by;
use crate::time::{Millis, Timestamp};
use crate::transition::{Source, Transition, TransitionKind};
use steps::{Step, StepState};

/// The times of a run that frame its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTimes {
    /// The run. Entries of other runs are left out.
    pub id: RunId,
    /// When it was asked for: the picture begins here.
    pub started_at: Timestamp,
    /// When the app first answered its probe.
    pub ready_at: Option<Timestamp>,
    /// When it ended; none: it goes on.
    pub finished_at: Option<Timestamp>,
    /// Until when the start is expected to succeed.
    pub start_deadline: Option<Timestamp>,
}

impl RunTimes {
    /// The times of a run as the API shows it; its deadline stands with its workbench.
    pub fn of(run: &Run, start_deadline: Option<Timestamp>) -> Self {
        Self {
            id: run.id.clone(),
            started_at: run.started_at,
            ready_at: run.ready_at,
            finished_at: run.finished_at,
            start_deadline,
        }
    }
}

/// A run laid out over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// When the run was asked for.
    pub begin: Timestamp,
    /// How far it goes: now, or the end of the run.
    pub end: Timestamp,
    /// Whether the run goes on, so that what lasts grows with the clock.
    pub is_live: bool,
    /// One lane per condition type that was ever spoken of: in the order of a start, types this
    /// version does not know after them, by name.
    pub lanes: Vec<Lane>,
    /// Wishes, notes and entries of kinds this version does not know.
    pub markers: Vec<Marker>,
    /// The moments that the run itself knows.
    pub milestones: Vec<Milestone>,
    /// When the server was not looking, for some of the time at least.
    pub gaps: Vec<Gap>,
    /// Time for which nothing says what it was spent on: no condition was under way, blocked or
    /// ended with a reason, `Ready` did not hold, and no gap explains it.
    pub unaccounted: Vec<Span>,
}

/// The story of one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Which condition.
    pub kind: ConditionType,
    /// One per status, without holes between them, oldest first; never empty.
    pub segments: Vec<Segment>,
    /// How often the status changed after it was first True, the end of the run apart.
    pub flaps: usize,
}

/// A time in which a condition's status stayed the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Since when.
    pub from: Timestamp,
    /// Until when; none: still.
    pub until: Option<Timestamp>,
    /// The status.
    pub status: ConditionStatus,
    /// What was said meanwhile, one for each reason or message; never empty.
    pub spells: Vec<Spell>,
    /// The newest entry that speaks of it; none where all is inferred.
    pub last_seq: Option<u64>,
}

/// A time in which a condition's reason and message stayed the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Spell {
    /// Since when.
    pub from: Timestamp,
    /// Until when; none: still.
    pub until: Option<Timestamp>,
    /// The reason.
    pub reason: String,
    /// The message.
    pub message: String,
    /// Who says so.
    pub source: Source,
    /// How it is to be coloured.
    pub tone: Tone,
    /// How far its beginning can be trusted.
    pub evidence: Evidence,
    /// The entry that began it; none where it is inferred.
    pub seq: Option<u64>,
}

/// How a state is to be coloured; always with a glyph and a word beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It holds, and that is good.
    Good,
    /// Neither good nor bad.
    Neutral,
    /// Under way.
    Working,
    /// Waits for somebody.
    Waiting,
    /// It went wrong.
    Bad,
    /// Nobody has looked yet.
    Pending,
    /// Nobody can tell.
    Unknown,
}

/// How far the beginning of a spell can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Seen when it happened, as exactly as the server looks.
    Seen,
    /// Found after a restart of the server: it began at some time in the gap before.
    Recovered,
    /// No entry says so; the next entry names it as what was before.
    Inferred,
    /// Its time contradicts the order of the entries or lies in the future; it is drawn between its
    /// neighbours.
    Moved,
}

/// A moment somebody asked for something, or said something.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// When.
    pub at: Timestamp,
    /// The entry.
    pub seq: u64,
    /// A wish, a note, or a word of a newer version.
    pub kind: TransitionKind,
    /// The entry's reason.
    pub reason: String,
    /// The entry's message.
    pub message: String,
    /// Who says so.
    pub source: Source,
    /// How far its time can be trusted.
    pub evidence: Evidence,
}

/// A moment that the run itself knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestone {
    /// When.
    pub at: Timestamp,
    /// What happens then.
    pub what: Event,
}

/// What a milestone stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The run was asked for.
    Asked,
    /// The start is expected to have succeeded by then.
    Deadline,
    /// The app first answered its probe.
    Ready,
    /// The run ended.
    Ended,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

impl Span {
    /// How long it is.
    pub const fn length(self) -> Millis {
        self.until.since(self.from)
    }
}

/// A stretch of time in which the server was not looking, from the last entry before it went to
/// the first it wrote when it came back. It may have been looking for the first part of it: where
/// nothing changes, nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The stretch.
    pub span: Span,
    /// The entry that ended it.
    pub seq: u64,
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

    /// The lane of a type, if the journal speaks of it.
    pub fn lane(&self, kind: &ConditionType) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.kind == *kind)
    }

    /// All unaccounted time together.
    pub fn unaccounted_total(&self) -> Millis {
        Millis(self.unaccounted.iter().map(|span| span.length().0).sum())
    }

    /// The steps of the start. Of a run that has ended, those that were done once are told as such
    /// with the time they took, whatever became of them at the end.
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

    /// A run that failed did so at one of its steps, which is told as such up to its end: at its
    /// process, for as long as that lived, or else at the first step that was not done, begun
    /// `before`.
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
        // What was seen to hold to the end is done, whatever else is said.
        let Some(step) = step.filter(|step| step.state != StepState::Done) else {
            return;
        };
        step.state = StepState::Failed;
        step.from = Some(lived.map_or(before, |segment| segment.from));
        step.until = Some(lived.and_then(|segment| segment.until).unwrap_or(self.end));
        if let Some(spell) = failed.last() {
            step.reason.clone_from(&spell.reason);
            // A sentence that only repeats the reason is told already.
            let is_told = spell.message == reason::sentence(&spell.reason);
            step.message = if is_told { "" } else { &spell.message }.to_owned();
        }
    }

    /// The conditions as they were known at a moment: what one points at is told as it was then.
    pub fn conditions_at(&self, at: Timestamp) -> Vec<Condition> {
        self.lanes
            .iter()
            .filter_map(|lane| {
                let segment = lane.segments.iter().rfind(|s| s.from <= at)?;
                let spell = segment.spells.iter().rfind(|s| s.from <= at)?;
                Some(Condition {
                    kind: lane.kind.clone(),
                    status: segment.status.clone(),
                    reason: spell.reason.clone(),
                    message: spell.message.clone(),
                    last_transition_time: Some(segment.from),
                    observed_generation: 0,
                })
            })
            .collect()
    }
}

impl Lane {
    /// When it was last True.
    fn last_true(&self) -> Option<&Segment> {
        let mut segments = self.segments.iter();
        segments.rfind(|segment| segment.status == ConditionStatus::True)
    }

    /// When it was first True.
    fn first_true(&self) -> Option<Timestamp> {
        let mut segments = self.segments.iter();
        segments
            .find(|segment| segment.status == ConditionStatus::True)
            .map(|segment| segment.from)
    }
}

impl Segment {
    /// How long it lasted, or has lasted at `end`.
    pub fn length(&self, end: Timestamp) -> Millis {
        self.until.unwrap_or(end).max(self.from).since(self.from)
    }

    /// What was said last: the reason, message, source and tone of the whole.
    pub fn last(&self) -> Option<&Spell> {
        self.spells.last()
    }

    /// How it is to be coloured as a whole.
    pub fn tone(&self) -> Tone {
        self.last().map_or(Tone::Unknown, |spell| spell.tone)
    }
}

/// How a condition is to be coloured. What is bad about `Failed` is that it holds; that it does
/// not is no bad news (FIELD 16). That `Ready` is False is bad only where its reason is (FIELD 14).
pub fn tone(kind: &ConditionType, status: &ConditionStatus, word: &str) -> Tone {
    match status {
        ConditionStatus::Unobserved if word == reason::NOT_OBSERVED => return Tone::Pending,
        ConditionStatus::Unobserved | ConditionStatus::Unknown(_) => return Tone::Unknown,
        ConditionStatus::True if kind.is_negative() => return Tone::Bad,
        ConditionStatus::True => return Tone::Good,
        ConditionStatus::False => {}
    }
    // That it did not complete is told by what it did instead.
    if kind.is_negative() || *kind == ConditionType::Completed || word == reason::NOT_RUNNING {
        return Tone::Neutral;
    }
    // That it is started again does not make a crash a piece of work.
    if word == reason::CRASH_LOOP_BACK_OFF {
        return Tone::Bad;
    }
    match reason::lookup(word).map(|reason| reason.outlook) {
        Some(Outlook::Permanent | Outlook::Killed) => Tone::Bad,
        Some(Outlook::Blocked) => Tone::Waiting,
        Some(Outlook::Passing) => Tone::Working,
        Some(Outlook::Good | Outlook::Ended) | None => Tone::Neutral,
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
    sort_by(&mut all, |a, b| a.at.cmp(&b.at));
    all
}
