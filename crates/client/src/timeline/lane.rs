//! Parts of a timeline: lanes with their segments, moments, and spans.

use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::ids::RunId;
use vestibule_model::reason::{self, ReasonKind};
use vestibule_model::run::Run;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::{Source, TransitionKind};

/// Times of a run that bound its timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTimes {
    /// The run. Entries of other runs are left out.
    pub id: RunId,
    /// Time of the request, where the timeline begins.
    pub started_at: Timestamp,
    /// Time of the app's first response to its probe.
    pub ready_at: Option<Timestamp>,
    /// Time of the end; `None`: in progress.
    pub finished_at: Option<Timestamp>,
    /// Deadline of the start.
    pub start_deadline: Option<Timestamp>,
}

impl RunTimes {
    /// Returns the times of a run of the API; its workbench has the deadline.
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

/// History of one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Type of the condition.
    pub kind: ConditionType,
    /// Spans of equal status, without gaps, oldest first; never empty.
    pub segments: Vec<Segment>,
    /// Number of status changes after it was first True, except for the end of the run.
    pub flaps: usize,
}

/// Time in which a condition's status stayed the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Begin.
    pub from: Timestamp,
    /// End; `None`: in progress.
    pub until: Option<Timestamp>,
    /// The status.
    pub status: ConditionStatus,
    /// Parts with the same reason and message, oldest first; never empty.
    pub spans: Vec<ReasonSpan>,
    /// The newest entry about it, or `None` if all is inferred.
    pub last_seq: Option<u64>,
}

/// Time in which a condition's reason and message stayed the same.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasonSpan {
    /// Begin.
    pub from: Timestamp,
    /// End; `None`: in progress.
    pub until: Option<Timestamp>,
    /// The reason.
    pub reason: String,
    /// The message.
    pub message: String,
    /// Source.
    pub source: Source,
    /// Tone.
    pub tone: Tone,
    /// Reliability of its begin.
    pub evidence: StartEvidence,
    /// The entry that began it, or `None` if it is inferred.
    pub seq: Option<u64>,
}

/// Tone of a state; a glyph and a word always accompany its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Met.
    Good,
    /// Neutral.
    Neutral,
    /// In progress.
    Working,
    /// Waits for someone.
    Waiting,
    /// Failed.
    Bad,
    /// No observation yet.
    Pending,
    /// Unknown.
    Unknown,
}

/// Reliability of the start of a spell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartEvidence {
    /// Observed when it happened, as exactly as the server observes.
    Seen,
    /// Found after a restart of the server: it began at some time in the gap before.
    Recovered,
    /// Without an entry; the next entry names it as the previous state.
    Inferred,
    /// Entry whose time contradicts the order or lies in the future; it is drawn between its
    /// neighbours.
    Moved,
}

/// Moment of a command or note.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// Time.
    pub at: Timestamp,
    /// The entry.
    pub seq: u64,
    /// Kind: a command, a note, or an unknown word.
    pub kind: TransitionKind,
    /// The entry's reason.
    pub reason: String,
    /// The entry's message.
    pub message: String,
    /// Source.
    pub source: Source,
    /// Reliability of its time.
    pub evidence: StartEvidence,
}

/// Moment from the run itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestone {
    /// Time.
    pub at: Timestamp,
    /// Event.
    pub what: Event,
}

/// Event of a milestone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The run was requested.
    Asked,
    /// Deadline of the start.
    Deadline,
    /// First response of the app to its probe.
    Ready,
    /// End of the run.
    Ended,
}

/// Span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Begin.
    pub from: Timestamp,
    /// End.
    pub until: Timestamp,
}

impl Span {
    /// Returns the length.
    pub const fn length(self) -> Millis {
        self.until.since(self.from)
    }
}

/// Span in which the server did not observe, from the last entry before it to the first one after.
/// The server may have observed at first: without a change no entry is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The span.
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
    /// Returns the length, or the length until `end`.
    pub fn length(&self, end: Timestamp) -> Millis {
        self.until.unwrap_or(end).max(self.from).since(self.from)
    }

    /// Returns the last part: reason, message, source and tone of the whole.
    pub fn last(&self) -> Option<&ReasonSpan> {
        self.spans.last()
    }

    /// Returns the tone of the whole.
    pub fn tone(&self) -> Tone {
        self.last().map_or(Tone::Unknown, |span| span.tone)
    }
}

/// Returns the tone of a condition. `Failed` is bad when it holds, and neutral otherwise (FIELD
/// 16). `Ready` False is bad only with a bad reason (FIELD 14).
pub fn tone(kind: &ConditionType, status: &ConditionStatus, word: &str) -> Tone {
    match status {
        ConditionStatus::Unobserved if word == reason::NOT_OBSERVED => return Tone::Pending,
        ConditionStatus::Unobserved | ConditionStatus::Unknown(_) => return Tone::Unknown,
        ConditionStatus::True if kind.is_negative() => return Tone::Bad,
        ConditionStatus::True => return Tone::Good,
        ConditionStatus::False => {}
    }
    // The actual outcome is shown instead of the missing completion.
    if kind.is_negative() || *kind == ConditionType::Completed || word == reason::NOT_RUNNING {
        return Tone::Neutral;
    }
    if word == reason::WAITING && *kind != ConditionType::JobCreated {
        return Tone::Pending;
    }
    // A crash is not work in progress, even though it is restarted.
    if word == reason::CRASH_LOOP_BACK_OFF {
        return Tone::Bad;
    }
    match reason::lookup(word).map(|reason| reason.kind) {
        Some(ReasonKind::Permanent | ReasonKind::Killed) => Tone::Bad,
        Some(ReasonKind::Blocked) => Tone::Waiting,
        Some(ReasonKind::Passing) => Tone::Working,
        Some(ReasonKind::Good | ReasonKind::Ended) | None => Tone::Neutral,
    }
}
