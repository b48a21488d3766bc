//! Properties of any journal, however broken.

use super::rows::rows;
use super::steps::{StepState, steps};
use super::*;
use crate::fixtures::{at, run, status};
use proptest::prelude::*;
use proptest::sample::select;
use vestibule_model::condition::{STEPS, holds};

const KINDS: &[&str] = &["PVCReady", "RunnerStarted", "Ready", "Failed", "Warmed", ""];
const STATUSES: &[&str] = &["True", "False", "Unknown", "Perhaps"];
const REASONS: &[&str] = &[
    "",
    "NotObserved",
    "Waiting",
    "ProbeFailed",
    "NotRunning",
    "Odd",
];
const SORTS: &[&str] = &["status", "detail", "wish", "note", "correction"];
const SOURCES: &[&str] = &["observation", "recovery", "wish", "oracle"];

fn entry() -> impl Strategy<Value = Transition> {
    let millis = prop_oneof![
        8 => -3_000i64..120_000,
        1 => -9_000_000_000_000i64..9_000_000_000_000,
    ];
    let from = proptest::option::weighted(0.4, select(STATUSES));
    let to = proptest::option::weighted(0.9, select(STATUSES));
    let words = (
        select(KINDS),
        select(REASONS),
        select(SORTS),
        select(SOURCES),
    );
    (0u64..30, millis, words, from, to).prop_map(
        |(seq, millis, (kind, word, sort, source), from, to)| Transition {
            kind: sort.into(),
            condition: (!kind.is_empty()).then(|| kind.into()),
            from: from.map(Into::into),
            to: to.map(Into::into),
            source: source.into(),
            ..status(seq, millis, kind, "", word)
        },
    )
}

fn journal() -> impl Strategy<Value = Vec<Transition>> {
    proptest::collection::vec(entry(), 0..40)
}

fn times() -> impl Strategy<Value = RunTimes> {
    proptest::option::of(-1_000i64..200_000).prop_map(|finished| RunTimes {
        finished_at: finished.map(at),
        ..run()
    })
}

/// Returns `true` if anything explains a moment, by a slow implementation of the definition.
fn is_explained(timeline: &Timeline, moment: Timestamp) -> bool {
    let inside = |from: Timestamp, until: Timestamp| from <= moment && moment < until;
    let by_gap = timeline
        .gaps
        .iter()
        .any(|gap| inside(gap.span.from, gap.span.until));
    by_gap
        || timeline.lanes.iter().any(|lane| {
            lane.segments.iter().any(|segment| {
                segment.spans.iter().any(|span| {
                    inside(span.from, span.until.unwrap_or(timeline.end))
                        && account::explains(&lane.kind, &segment.status, &span.reason)
                })
            })
        })
}

proptest! {
    #[test]
    fn order_and_repetition_make_no_difference(
        times in times(),
        mut journal in journal(),
        turn in 0usize..40,
        now in 0i64..200_000,
    ) {
        let once = Timeline::of(&times, &journal, at(now));
        let turn = turn % journal.len().max(1);
        journal.rotate_left(turn);
        journal.reverse();
        journal.extend(journal.clone());
        prop_assert_eq!(once, Timeline::of(&times, &journal, at(now)));
    }

    #[test]
    fn lanes_have_no_holes_and_nothing_lies_outside(
        times in times(),
        journal in journal(),
        now in 0i64..200_000,
    ) {
        let timeline = Timeline::of(&times, &journal, at(now));
        prop_assert!(timeline.begin <= timeline.end);
        prop_assert!(timeline.lanes.is_sorted_by(|a, b| a.kind < b.kind));
        for lane in &timeline.lanes {
            prop_assert!(!lane.segments.is_empty());
            let last = lane.segments.len() - 1;
            for (i, segment) in lane.segments.iter().enumerate() {
                prop_assert!(timeline.begin <= segment.from && segment.from <= timeline.end);
                prop_assert_eq!(segment.until.is_none(), i == last && timeline.is_live);
                if i < last {
                    prop_assert_eq!(segment.until, Some(lane.segments[i + 1].from));
                    prop_assert_ne!(&segment.status, &lane.segments[i + 1].status);
                }
                prop_assert_eq!(segment.spans[0].from, segment.from);
                prop_assert_eq!(segment.last().expect("never empty").until, segment.until);
                for pair in segment.spans.windows(2) {
                    prop_assert_eq!(pair[0].until, Some(pair[1].from));
                }
                let is_red = segment.spans.iter().any(|s| s.tone == Tone::Bad);
                let is_negative = lane.kind.is_negative();
                prop_assert!(!(is_red && is_negative && segment.status == ConditionStatus::False));
            }
        }
    }

    #[test]
    fn every_entry_is_somewhere_and_only_there(journal in journal(), now in 0i64..200_000) {
        let timeline = Timeline::of(&run(), &journal, at(now));
        let spans = timeline.lanes.iter().flat_map(|l| &l.segments).flat_map(|s| &s.spans);
        let mut drawn: Vec<u64> = spans.filter_map(|s| s.seq).collect();
        drawn.extend(timeline.markers.iter().map(|m| m.seq));
        drawn.sort_unstable();
        prop_assert!(drawn.is_sorted_by(|a, b| a < b), "no line twice: {:?}", drawn);
        let tabled = rows(&timeline).iter().filter(|row| row.seq.is_some()).count();
        prop_assert_eq!(tabled, drawn.len());
        let newest = journal.iter().map(|t| t.seq).max();
        let segments = timeline.lanes.iter().flat_map(|l| &l.segments);
        let known = segments.filter_map(|s| s.last_seq).chain(drawn).max();
        prop_assert_eq!(known, newest);
    }

    #[test]
    fn time_is_unaccounted_exactly_where_nothing_explains_it(
        times in times(),
        journal in journal(),
        now in 1i64..130_000,
        moments in proptest::collection::vec(0i64..130_000, 20),
    ) {
        let timeline = Timeline::of(&times, &journal, at(now));
        for pair in timeline.unaccounted.windows(2) {
            prop_assert!(pair[0].until < pair[1].from);
        }
        prop_assert!(timeline.unaccounted.iter().all(|span| span.length().0 > 0));
        for moment in moments.into_iter().map(at).filter(|m| *m < timeline.end) {
            let is_listed = timeline
                .unaccounted
                .iter()
                .any(|span| span.from <= moment && moment < span.until);
            prop_assert_eq!(is_listed, !is_explained(&timeline, moment));
        }
    }

    #[test]
    fn field_11_a_step_is_done_exactly_when_its_condition_holds(
        journal in journal(),
        is_over in any::<bool>(),
        now in 0i64..200_000,
    ) {
        let timeline = Timeline::of(&run(), &journal, at(now));
        let conditions = timeline.conditions_at(timeline.end);
        let all = steps(&conditions, timeline.begin, None, is_over);
        for (step, kind) in all.iter().zip(&STEPS) {
            prop_assert_eq!(step.state == StepState::Done, holds(&conditions, kind));
            prop_assert!(step.length(timeline.end).is_none_or(|length| length.0 >= 0));
            let goes_on = [StepState::Doing, StepState::Blocked, StepState::NotYet];
            prop_assert!(!(is_over && goes_on.contains(&step.state)));
        }
        let ended = RunTimes { finished_at: Some(at(now)), ..run() };
        let timeline = Timeline::of(&ended, &journal, at(now));
        for step in timeline.steps() {
            let was_done = timeline.lane(&step.kind).is_some_and(|lane| {
                lane.segments.iter().any(|s| s.status == ConditionStatus::True)
            });
            let is_told = [StepState::Done, StepState::Over].contains(&step.state);
            // A done step may be the failed one in the end; no other step is shown as done.
            prop_assert!(is_told == was_done || (step.state == StepState::Failed && was_done));
            let is_done = holds(&timeline.conditions_at(timeline.end), &step.kind);
            prop_assert_eq!(step.state == StepState::Done, is_done);
        }
    }
}
