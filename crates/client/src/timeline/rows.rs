//! The timeline as a table, for users who cannot see the drawing.

use super::{Event, StartEvidence, Timeline, Tone};
use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::sorting;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::{Source, TransitionKind};

/// Row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineRow {
    /// Start.
    pub at: Timestamp,
    /// Time since the beginning of the run.
    pub offset: Millis,
    /// Length, or length until the end, or `None` for moments.
    pub length: Option<Millis>,
    /// `true` if it is in progress: its end is open.
    pub is_open: bool,
    /// Subject.
    pub what: RowSubject,
    /// The reason, verbatim.
    pub reason: String,
    /// The message, verbatim.
    pub message: String,
    /// Source, or `None` for rows of the timeline itself.
    pub source: Option<Source>,
    /// Reliability of the start.
    pub evidence: StartEvidence,
    /// Tone.
    pub tone: Tone,
    /// The journal's entry, or `None` without one.
    pub seq: Option<u64>,
}

/// Subject of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum RowSubject {
    /// A condition changed its status or its reason.
    Condition {
        /// Type of the condition.
        kind: ConditionType,
        /// Status.
        status: ConditionStatus,
        /// `true` if only the reason or the message changed.
        is_detail: bool,
    },
    /// A command or a note.
    Marker(TransitionKind),
    /// A moment from the run itself.
    Milestone(Event),
    /// The server, at least in part, did not observe.
    Gap,
    /// Unexplained time.
    Unaccounted,
}

/// Returns everything in the drawing, in the order of time.
pub fn rows(timeline: &Timeline) -> Vec<TimelineRow> {
    let row = |at: Timestamp, what: RowSubject, tone: Tone| TimelineRow {
        at,
        offset: at.since(timeline.begin),
        length: None,
        is_open: false,
        what,
        reason: String::new(),
        message: String::new(),
        source: None,
        evidence: StartEvidence::Seen,
        tone,
        seq: None,
    };
    let mut all = Vec::new();
    for lane in &timeline.lanes {
        for segment in &lane.segments {
            for (i, span) in segment.spans.iter().enumerate() {
                let what = RowSubject::Condition {
                    kind: lane.kind.clone(),
                    status: segment.status.clone(),
                    is_detail: i > 0,
                };
                all.push(TimelineRow {
                    length: Some(span.until.unwrap_or(timeline.end).since(span.from)),
                    is_open: span.until.is_none(),
                    reason: span.reason.clone(),
                    message: span.message.clone(),
                    source: span.seq.map(|_| span.source.clone()),
                    evidence: span.evidence,
                    seq: span.seq,
                    ..row(span.from, what, span.tone)
                });
            }
        }
    }
    for marker in &timeline.markers {
        let what = RowSubject::Marker(marker.kind.clone());
        all.push(TimelineRow {
            reason: marker.reason.clone(),
            message: marker.message.clone(),
            source: Some(marker.source.clone()),
            evidence: marker.evidence,
            seq: Some(marker.seq),
            ..row(marker.at, what, Tone::Neutral)
        });
    }
    for milestone in &timeline.milestones {
        let what = RowSubject::Milestone(milestone.what);
        all.push(row(milestone.at, what, Tone::Neutral));
    }
    let intervals = timeline
        .gaps
        .iter()
        .map(|gap| (gap.span, RowSubject::Gap))
        .chain(
            timeline
                .unaccounted
                .iter()
                .map(|span| (*span, RowSubject::Unaccounted)),
        );
    for (span, what) in intervals {
        all.push(TimelineRow {
            length: Some(span.length()),
            is_open: timeline.is_live
                && span.until == timeline.end
                && what == RowSubject::Unaccounted,
            ..row(span.from, what, Tone::Unknown)
        });
    }
    // Rows without an entry come before those with entries of the same moment.
    sorting::sort_by_key(&mut all, |a| (a.at, a.seq));
    all
}
