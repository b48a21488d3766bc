//! Orders a journal, and its times where they do not contradict that order.

use super::lane::{RunTimes, StartEvidence};
use std::cmp::Ordering;
use vestibule_model::sorting;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::{Source, Transition};

/// Largest accepted difference between two clocks.
const SKEW: Millis = Millis::from_secs(2);

/// The ordered journal.
pub(super) struct Ordered<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    /// The latest possible moment: now, or a little later if an entry has that time.
    pub(super) limit: Timestamp,
}

/// Entry with the time at which it is drawn.
pub(super) struct Entry<'a> {
    pub(super) of: &'a Transition,
    pub(super) at: Timestamp,
    pub(super) evidence: StartEvidence,
}

/// Orders by sequence number, drops repeated entries and those of other runs, and keeps as many
/// times as fit that order.
pub(super) fn in_order<'a>(
    run: &RunTimes,
    journal: &'a [Transition],
    now: Timestamp,
) -> Ordered<'a> {
    let mut all: Vec<&Transition> = journal.iter().filter(|t| t.run_id == run.id).collect();
    sorting::sort_by(&mut all, |a, b| by_number(a, b));
    all.dedup_by_key(|entry| entry.seq);
    let now = now.max(run.started_at);
    let limit = all
        .iter()
        .map(|entry| entry.at)
        .filter(|at| *at <= now + SKEW)
        .fold(now, Timestamp::max);
    let fits = |at: Timestamp| run.started_at - SKEW <= at && at <= limit;
    let times: Vec<Option<Timestamp>> = all
        .iter()
        .map(|entry| fits(entry.at).then(|| entry.at.max(run.started_at)))
        .collect();
    let trusted = longest_rise(&times);
    let mut next = limit;
    // From the end, so that an unreliable time has a reliable successor.
    let mut ceilings = vec![limit; all.len()];
    for (i, ceiling) in ceilings.iter_mut().enumerate().rev() {
        if let (true, Some(at)) = (trusted[i], times[i]) {
            next = at;
        }
        *ceiling = next;
    }
    let mut floor = run.started_at;
    let entries = all
        .into_iter()
        .enumerate()
        .map(|(i, of)| {
            let evidence = match (&of.source, trusted[i]) {
                (_, false) => StartEvidence::Moved,
                (Source::Recovery, true) => StartEvidence::Recovered,
                (_, true) => StartEvidence::Seen,
            };
            let at = of.at.max(floor).min(ceilings[i]);
            floor = at;
            Entry { of, at, evidence }
        })
        .collect();
    Ordered { entries, limit }
}

/// Compares by number; entries with equal numbers by content, so that the order of arrival makes no
/// difference.
fn by_number(a: &Transition, b: &Transition) -> Ordering {
    a.seq
        .cmp(&b.seq)
        .then_with(|| a.at.cmp(&b.at))
        .then_with(|| a.kind.cmp(&b.kind))
        .then_with(|| a.condition.cmp(&b.condition))
        .then_with(|| a.to.cmp(&b.to))
        .then_with(|| a.from.cmp(&b.from))
        .then_with(|| a.reason.cmp(&b.reason))
        .then_with(|| a.message.cmp(&b.message))
        .then_with(|| a.source.cmp(&b.source))
        .then_with(|| a.generation.cmp(&b.generation))
}

/// Marks the times of a longest non-decreasing sequence. One wrong clock then affects its own
/// entries only.
fn longest_rise(times: &[Option<Timestamp>]) -> Vec<bool> {
    // ends[n]: the end of the sequence of n + 1 times that ends earliest.
    let mut ends: Vec<(Timestamp, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; times.len()];
    for (i, at) in times.iter().enumerate() {
        let Some(at) = *at else { continue };
        let n = ends.partition_point(|(end, _)| *end <= at);
        before[i] = n.checked_sub(1).map(|m| ends[m].1);
        if n == ends.len() {
            ends.push((at, i));
        } else {
            ends[n] = (at, i);
        }
    }
    let mut belongs = vec![false; times.len()];
    let mut at = ends.last().map(|(_, i)| *i);
    while let Some(i) = at {
        belongs[i] = true;
        at = before[i];
    }
    belongs
}
