//! Parts of a timeline: lanes with their segments, moments, and spans.

use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::ids::RunId;
use vestibule_model::reason::{self, Outlook};
use vestibule_model::run::Run;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::{Source, TransitionKind};

/// The times of a run that frame its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTimes {
    /// The run. Entries of other runs are left out.
    pub id: RunId,
    /// When it was asked for: the picture begins here.
    pub started_at: Timestamp,
    /// When the app first answered its probe.
    pub ready_at: Option<Timestamp>,
    /// When it ended; `None`: it goes on.
    pub finished_at: Option<Timestamp>,
    /// Until when the start is expected to succeed.
    pub start_deadline: Option<Timestamp>,
}

impl RunTimes {
    /// Returns the times of a run as the API shows it; its deadline stands with its workbench.
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
    /// Until when; `None`: still.
    pub until: Option<Timestamp>,
    /// The status.
    pub status: ConditionStatus,
    /// What was said meanwhile, one for each reason or message; never empty.
    pub spells: Vec<Spell>,
    /// The newest entry that speaks of it, or `None` where all is inferred.
    pub last_seq: Option<u64>,
}

/// A time in which a condition's reason and message stayed the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Spell {
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None`: still.
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
    /// The entry that began it, or `None` where it is inferred.
    pub seq: Option<u64>,
}

/// Tone of a state; a glyph and a word always stand beside its colour.
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

/// Reliability of the beginning of a spell.
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

/// Event of a milestone.
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
    /// Returns how long it is.
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

impl Lane {
    /// Returns when it was last True.
    pub(super) fn last_true(&self) -> Option<&Segment> {
        let mut segments = self.segments.iter();
        segments.rfind(|segment| segment.status == ConditionStatus::True)
    }

    /// Returns when it was first True.
    pub(super) fn first_true(&self) -> Option<Timestamp> {
        let mut segments = self.segments.iter();
        segments
            .find(|segment| segment.status == ConditionStatus::True)
            .map(|segment| segment.from)
    }
}

impl Segment {
    /// Returns how long it lasted, or has lasted at `end`.
    pub fn length(&self, end: Timestamp) -> Millis {
        self.until.unwrap_or(end).max(self.from).since(self.from)
    }

    /// Returns what was said last: the reason, message, source and tone of the whole.
    pub fn last(&self) -> Option<&Spell> {
        self.spells.last()
    }

    /// Returns how it is to be coloured as a whole.
    pub fn tone(&self) -> Tone {
        self.last().map_or(Tone::Unknown, |spell| spell.tone)
    }
}

/// Returns how a condition is to be coloured. What is bad about `Failed` is that it holds; that it
/// does not is no bad news (FIELD 16). That `Ready` is False is bad only where its reason is (FIELD
/// 14).
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
