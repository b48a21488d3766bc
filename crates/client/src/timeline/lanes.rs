//! Lanes: one per condition type, cut where its status changes.

use super::lane::{Lane, Marker, ReasonSpan, Segment, StartEvidence, tone};
use super::order::Entry;
use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::reason::{self, ReasonKind};
use vestibule_model::sorting;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::{Source, TransitionKind};

/// Returns the lanes in the order of the types. With the end of the run, every lane ends.
pub(super) fn build(entries: &[Entry<'_>], begin: Timestamp, end: Option<Timestamp>) -> Vec<Lane> {
    let mut reported: Vec<(&ConditionType, &Entry<'_>)> = entries
        .iter()
        .filter_map(|entry| Some((subject(entry)?, entry)))
        .collect();
    sorting::sort_by(&mut reported, |a, b| a.0.cmp(b.0));
    reported
        .chunk_by(|a, b| a.0 == b.0)
        .map(|story| lane(story, begin, end))
        .collect()
}

fn lane(story: &[(&ConditionType, &Entry<'_>)], begin: Timestamp, end: Option<Timestamp>) -> Lane {
    let mut segments = Vec::new();
    for (kind, entry) in story {
        note(&mut segments, kind, entry, begin);
    }
    if let Some(last) = segments.last_mut() {
        close(last, end);
    }
    Lane {
        kind: story[0].0.clone(),
        flaps: flaps(&segments),
        segments,
    }
}

/// Returns the entries about no condition.
pub(super) fn markers(entries: &[Entry<'_>]) -> Vec<Marker> {
    entries
        .iter()
        .filter(|entry| subject(entry).is_none())
        .map(|entry| Marker {
            at: entry.at,
            seq: entry.of.seq,
            kind: entry.of.kind.clone(),
            reason: entry.of.reason.clone(),
            message: entry.of.message.clone(),
            source: entry.of.source.clone(),
            evidence: entry.evidence,
        })
        .collect()
}

/// Returns the condition of an entry. Commands and notes change none; an entry of an unknown kind
/// with a condition and a status counts.
fn subject<'a>(entry: &Entry<'a>) -> Option<&'a ConditionType> {
    let kind = entry.of.condition.as_ref()?;
    let speaks = match entry.of.kind {
        TransitionKind::Status | TransitionKind::Detail => true,
        TransitionKind::Command | TransitionKind::Note => false,
        TransitionKind::Unknown(_) => entry.of.to.is_some(),
    };
    (speaks && !kind.as_str().is_empty()).then_some(kind)
}

/// Continues a lane with an entry. Its resulting status counts, not its kind.
fn note(segments: &mut Vec<Segment>, kind: &ConditionType, entry: &Entry<'_>, begin: Timestamp) {
    let of = entry.of;
    if let Some(before) = unrecorded(segments.last(), entry) {
        // The begin is not known: the beginning if there is nothing before, otherwise as late as
        // possible, which is now.
        let from = if segments.is_empty() { begin } else { entry.at };
        if let Some(open) = segments.last_mut() {
            close(open, Some(from));
        }
        segments.push(inferred(kind, before, from));
    }
    let status = of
        .to
        .clone()
        .or_else(|| segments.last().map(|segment| segment.status.clone()))
        .or_else(|| of.from.clone())
        .unwrap_or(ConditionStatus::Unobserved);
    let span = ReasonSpan {
        from: entry.at,
        until: None,
        reason: of.reason.clone(),
        message: of.message.clone(),
        source: of.source.clone(),
        tone: tone(kind, &status, &of.reason),
        evidence: entry.evidence,
        seq: Some(of.seq),
    };
    match segments.last_mut() {
        Some(open) if open.status == status => {
            open.last_seq = Some(of.seq);
            if let Some(latest) = open.spans.last_mut()
                && (latest.reason != span.reason || latest.message != span.message)
            {
                latest.until = Some(entry.at);
                open.spans.push(span);
            }
        }
        open => {
            if let Some(open) = open {
                close(open, Some(entry.at));
            }
            segments.push(Segment {
                from: entry.at,
                until: None,
                status,
                spans: vec![span],
                last_seq: Some(of.seq),
            });
        }
    }
}

/// Returns the status that an entry names as the previous one, if no other entry reports it.
fn unrecorded<'a>(open: Option<&Segment>, entry: &Entry<'a>) -> Option<&'a ConditionStatus> {
    let before = entry.of.from.as_ref()?;
    let is_told = open.is_some_and(|segment| segment.status == *before);
    (!is_told && entry.of.to.as_ref() != Some(before)).then_some(before)
}

fn inferred(kind: &ConditionType, status: &ConditionStatus, from: Timestamp) -> Segment {
    Segment {
        from,
        until: None,
        status: status.clone(),
        spans: vec![ReasonSpan {
            from,
            until: None,
            reason: String::new(),
            message: String::new(),
            source: Source::default(),
            tone: tone(kind, status, ""),
            evidence: StartEvidence::Inferred,
            seq: None,
        }],
        last_seq: None,
    }
}

fn close(segment: &mut Segment, until: Option<Timestamp>) {
    segment.until = until;
    if let Some(span) = segment.spans.last_mut() {
        span.until = until;
    }
}

/// Counts changes of status after the first True. The change by which the run ends does not count:
/// it happens to every run (FIELD 14).
fn flaps(segments: &[Segment]) -> usize {
    segments
        .iter()
        .skip_while(|segment| segment.status != ConditionStatus::True)
        .skip(1)
        .filter(|segment| !is_ending(segment))
        .count()
}

fn is_ending(segment: &Segment) -> bool {
    let word = segment
        .spans
        .first()
        .map_or("", |span| span.reason.as_str());
    let kind = reason::lookup(word).map(|reason| reason.kind);
    [reason::STOPPING, reason::NOT_RUNNING].contains(&word)
        || matches!(
            kind,
            Some(ReasonKind::Ended | ReasonKind::Permanent | ReasonKind::Killed)
        )
}
