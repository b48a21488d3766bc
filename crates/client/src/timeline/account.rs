//! Observation gaps and unexplained time.
//!
//! A moment is explained if `Ready`, `Completed` or `Failed` holds, or if an unmet condition has a
//! reason: it is in progress, blocked or over. `NotObserved`, `NotRunning` and an empty reason
//! explain nothing. The time of a gap is a gap.

use super::lane::{Gap, Lane, Span, StartEvidence};
use super::order::Entry;
use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::reason::{self, ReasonKind};
use vestibule_model::sorting;
use vestibule_model::time::Timestamp;

/// Returns the gaps: from each entry that was found after a restart back to the entry before it.
pub(super) fn gaps(entries: &[Entry<'_>]) -> Vec<Gap> {
    entries
        .windows(2)
        .filter(|pair| pair[1].evidence == StartEvidence::Recovered && pair[0].at < pair[1].at)
        .map(|pair| Gap {
            span: Span {
                from: pair[0].at,
                until: pair[1].at,
            },
            seq: pair[1].of.seq,
        })
        .collect()
}

/// Returns the run's time without the explained parts.
pub(super) fn unaccounted(
    lanes: &[Lane],
    gaps: &[Gap],
    begin: Timestamp,
    end: Timestamp,
) -> Vec<Span> {
    let mut explained: Vec<Span> = gaps.iter().map(|gap| gap.span).collect();
    for lane in lanes {
        for segment in &lane.segments {
            explained.extend(
                segment
                    .spans
                    .iter()
                    .filter(|span| explains(&lane.kind, &segment.status, &span.reason))
                    .map(|span| Span {
                        from: span.from,
                        until: span.until.unwrap_or(end),
                    }),
            );
        }
    }
    explained.retain(|span| span.from < span.until);
    sorting::sort_by_key(&mut explained, |a| a.from);
    let mut left = Vec::new();
    let mut told_until = begin;
    for span in explained {
        if span.from > told_until {
            left.push(Span {
                from: told_until,
                until: span.from.min(end),
            });
        }
        told_until = told_until.max(span.until);
    }
    if told_until < end {
        left.push(Span {
            from: told_until,
            until: end,
        });
    }
    left
}

/// Returns `true` if a condition in this state explains the time.
pub(super) fn explains(kind: &ConditionType, status: &ConditionStatus, word: &str) -> bool {
    use ConditionType::{Completed, Failed, Ready};
    if *status == ConditionStatus::True {
        return matches!(kind, Ready | Completed | Failed);
    }
    if matches!(kind, Completed | Failed) {
        return false;
    }
    // Its obstacle explains the time.
    let only_waits = word == reason::WAITING && *kind != ConditionType::JobCreated;
    let names_something = ![reason::NOT_OBSERVED, reason::NOT_RUNNING, ""].contains(&word);
    let is_all_well = reason::lookup(word).is_some_and(|known| known.kind == ReasonKind::Good);
    names_something && !is_all_well && !only_waits
}
