//! What the time was spent on: gaps in which nobody looked, and time that nothing accounts for.
//!
//! A moment is accounted for when `Ready` holds, or `Completed` or `Failed` does, or when a
//! condition that is not met names why: it is under way, blocked or over for a reason. Being
//! `NotObserved`, `NotRunning` or without a reason names nothing. What comes of a gap is a gap.

use super::order::Entry;
use super::{Evidence, Gap, Lane, Span};
use crate::condition::{ConditionStatus, ConditionType};
use crate::reason::{self, Outlook};
use crate::sorting::sort_by;
use crate::time::Timestamp;

/// From each entry that was found after a restart back to what was written before it.
pub(super) fn gaps(entries: &[Entry<'_>]) -> Vec<Gap> {
    entries
        .windows(2)
        .filter(|pair| pair[1].evidence == Evidence::Recovered && pair[0].at < pair[1].at)
        .map(|pair| Gap {
            span: Span {
                from: pair[0].at,
                until: pair[1].at,
            },
            seq: pair[1].of.seq,
        })
        .collect()
}

/// What is left of the run's time when everything that explains some of it is taken away.
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
                    .spells
                    .iter()
                    .filter(|spell| explains(&lane.kind, &segment.status, &spell.reason))
                    .map(|spell| Span {
                        from: spell.from,
                        until: spell.until.unwrap_or(end),
                    }),
            );
        }
    }
    explained.retain(|span| span.from < span.until);
    sort_by(&mut explained, |a, b| a.from.cmp(&b.from));
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

/// Whether a condition in this state says what the time is spent on.
pub(super) fn explains(kind: &ConditionType, status: &ConditionStatus, word: &str) -> bool {
    use ConditionType::{Completed, Failed, Ready};
    if *status == ConditionStatus::True {
        return matches!(kind, Ready | Completed | Failed);
    }
    if matches!(kind, Completed | Failed) {
        return false;
    }
    let names_something = ![reason::NOT_OBSERVED, reason::NOT_RUNNING, ""].contains(&word);
    let is_all_well = reason::lookup(word).is_some_and(|known| known.outlook == Outlook::Good);
    names_something && !is_all_well
}
