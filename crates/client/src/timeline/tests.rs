//! Timelines of single journals.

use super::rows::{RowSubject, rows};
use super::*;
use crate::fixtures::{at, command_entry, run, status};
use vestibule_model::ids::RunId;
use vestibule_model::transition::{Source, TransitionKind};

pub(super) fn good_start() -> Vec<Transition> {
    vec![
        command_entry(1, 0, "Start"),
        status(2, 40, "PVCReady", "Unknown", "NotObserved"),
        status(3, 40, "SecretsReady", "Unknown", "NotObserved"),
        status(4, 40, "Ready", "Unknown", "NotObserved"),
        status(5, 40, "Failed", "Unknown", "NotObserved"),
        status(6, 50, "PVCReady", "False", "Provisioning"),
        status(7, 90, "PVCReady", "True", "Bound"),
        status(8, 90, "SecretsReady", "True", "AllSecretsFound"),
        status(9, 90, "JobCreated", "False", "Waiting"),
        status(10, 140, "JobCreated", "True", "Created"),
        status(11, 140, "PodScheduled", "True", "Scheduled"),
        status(12, 140, "RunnerStarted", "True", "ContainerRunning"),
        status(13, 140, "Ready", "False", "ProbePending"),
        status(14, 8_140, "Ready", "True", "SessionRunning"),
    ]
}

pub(super) fn timeline_at(journal: &[Transition], now: i64) -> Timeline {
    Timeline::of(&run(), journal, at(now))
}

fn lane<'a>(timeline: &'a Timeline, kind: &str) -> &'a Lane {
    timeline.lane(&kind.into()).expect("the lane is there")
}

#[test]
fn a_start_has_a_lane_for_each_type_in_the_order_of_a_start() {
    let mut journal = good_start();
    journal.push(status(15, 8_200, "Warmed", "True", "Hot"));
    journal.push(status(16, 8_200, "Aired", "Perhaps", "Cold"));
    let timeline = timeline_at(&journal, 10_000);
    let kinds: Vec<_> = timeline.lanes.iter().map(|l| l.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "PVCReady",
            "SecretsReady",
            "JobCreated",
            "PodScheduled",
            "RunnerStarted",
            "Ready",
            "Failed",
            "Aired",
            "Warmed"
        ]
    );
    let ready = lane(&timeline, "Ready");
    let reported: Vec<_> = ready
        .segments
        .iter()
        .map(|s| (s.status.as_str(), s.from, s.until, s.tone()))
        .collect();
    assert_eq!(
        reported,
        [
            ("Unknown", at(40), Some(at(140)), Tone::Pending),
            ("False", at(140), Some(at(8_140)), Tone::Working),
            ("True", at(8_140), None, Tone::Good),
        ]
    );
    let now = ready.segments.last().expect("a segment");
    assert_eq!(now.length(timeline.end), Millis(1_860));
    assert_eq!(lane(&timeline, "Aired").segments[0].tone(), Tone::Unknown);
    assert_eq!(timeline.markers.len(), 1);
    // Before the first observation nothing explains the time.
    assert_eq!(
        timeline.unaccounted,
        [Span {
            from: at(0),
            until: at(50)
        }]
    );
}

#[test]
fn field_16_a_changed_reason_is_a_spell_of_its_own() {
    let journal = [
        status(1, 0, "RunnerStarted", "False", "ContainerCreating"),
        status(2, 3_000, "RunnerStarted", "False", "ImagePullBackOff"),
    ];
    let timeline = timeline_at(&journal, 5_000);
    let segment = &lane(&timeline, "RunnerStarted").segments[0];
    let spans: Vec<_> = segment
        .spans
        .iter()
        .map(|s| (s.reason.as_str(), s.from, s.until, s.tone))
        .collect();
    assert_eq!(
        spans,
        [
            ("ContainerCreating", at(0), Some(at(3_000)), Tone::Working),
            ("ImagePullBackOff", at(3_000), None, Tone::Bad),
        ]
    );
    assert_eq!((segment.from, segment.last_seq), (at(0), Some(2)));
}

#[test]
fn field_16_and_14_colours_follow_polarity_and_reason() {
    let said = |kind: &str, status: &str, word: &str| tone(&kind.into(), &status.into(), word);
    for word in ["", "Success", "SDKError", "OOMKilled"] {
        assert_eq!(said("Failed", "False", word), Tone::Neutral, "{word}");
    }
    assert_eq!(said("Failed", "True", "SDKError"), Tone::Bad);
    for word in ["Success", "UserStopped", "Idle", "NotRunning"] {
        assert_eq!(said("Ready", "False", word), Tone::Neutral, "{word}");
    }
    assert_eq!(said("Completed", "False", "SDKError"), Tone::Neutral);
    assert_eq!(
        said("SecretsReady", "False", "SecretNotFound"),
        Tone::Waiting
    );
    assert_eq!(said("Ready", "False", "Novelty"), Tone::Neutral);
    assert_eq!(said("Ready", "Perhaps", "SessionRunning"), Tone::Unknown);
}

#[test]
fn flaps_are_counted_and_the_end_is_none() {
    let mut journal = good_start();
    journal.extend([
        status(20, 9_000, "Ready", "False", "ProbeFailed"),
        status(21, 9_500, "Ready", "True", "SessionRunning"),
        status(22, 9_900, "Ready", "False", "NotRunning"),
        status(23, 9_900, "Failed", "True", "SDKError"),
    ]);
    let timeline = timeline_at(&journal, 10_000);
    assert_eq!(lane(&timeline, "Ready").flaps, 2);
    assert_eq!(lane(&timeline, "PVCReady").flaps, 0);
}

#[test]
fn ended_run_ends_with_its_last_entry() {
    let mut journal = good_start();
    journal.push(status(20, 9_010, "Completed", "True", "Success"));
    let times = RunTimes {
        finished_at: Some(at(9_000)),
        ready_at: Some(at(8_140)),
        start_deadline: Some(at(300_000)),
        ..run()
    };
    let timeline = Timeline::of(&times, &journal, at(999_000));
    assert_eq!((timeline.end, timeline.is_live), (at(9_010), false));
    assert!(
        timeline
            .lanes
            .iter()
            .all(|l| l.segments.iter().all(|s| s.until.is_some()))
    );
    let events: Vec<_> = timeline.milestones.iter().map(|m| m.what).collect();
    assert_eq!(
        events,
        [Event::Asked, Event::Ready, Event::Ended, Event::Deadline]
    );
}

#[test]
fn changes_found_after_a_restart_leave_a_gap() {
    let mut journal = good_start();
    let mut found = status(20, 60_000, "Ready", "False", "ProbeFailed");
    found.source = Source::Recovery;
    journal.push(found);
    let timeline = timeline_at(&journal, 61_000);
    assert_eq!(
        timeline.gaps,
        [Gap {
            span: Span {
                from: at(8_140),
                until: at(60_000)
            },
            seq: 20
        }]
    );
    let last = lane(&timeline, "Ready").segments.last().expect("a segment");
    assert_eq!(last.spans[0].evidence, StartEvidence::Recovered);
}

#[test]
fn status_without_an_entry_is_marked_as_inferred() {
    let mut late = status(30, 5_000, "Ready", "True", "SessionRunning");
    late.from = Some(ConditionStatus::False);
    let timeline = timeline_at(&[late], 6_000);
    let segments = &lane(&timeline, "Ready").segments;
    assert_eq!(segments.len(), 2);
    assert_eq!(
        (segments[0].from, segments[0].until, segments[0].last_seq),
        (at(0), Some(at(5_000)), None)
    );
    assert_eq!(segments[0].spans[0].evidence, StartEvidence::Inferred);
    assert_eq!(segments[1].spans[0].evidence, StartEvidence::Seen);
    // Nothing is known about that time, so nothing explains it.
    assert_eq!(timeline.unaccounted_total(), Millis(5_000));
}

#[test]
fn wrong_clock_affects_its_own_entry_only() {
    let mut journal = good_start();
    journal[6].at = at(9_000_000_000);
    journal[8].at = Timestamp::from_millis(0);
    let timeline = timeline_at(&journal, 10_000);
    let moved: Vec<_> = timeline
        .lanes
        .iter()
        .flat_map(|l| &l.segments)
        .flat_map(|s| &s.spans)
        .filter(|s| s.evidence == StartEvidence::Moved)
        .map(|s| (s.seq, s.from))
        .collect();
    assert_eq!(moved, [(Some(7), at(90)), (Some(9), at(90))]);
    assert_eq!(lane(&timeline, "Ready").segments[2].from, at(8_140));
    assert_eq!(timeline.end, at(10_000));
}

#[test]
fn entry_slightly_ahead_of_the_clock_is_accepted() {
    let timeline = timeline_at(&[status(1, 900, "PVCReady", "True", "Bound")], 0);
    assert_eq!(timeline.end, at(900));
    assert_eq!(
        timeline.lanes[0].segments[0].spans[0].evidence,
        StartEvidence::Seen
    );
}

#[test]
fn an_entry_from_long_before_the_run_is_drawn_at_its_beginning_and_marked() {
    for (millis, evidence) in [
        (-1_000, StartEvidence::Seen),
        (-10_000, StartEvidence::Moved),
    ] {
        let timeline = timeline_at(&[status(1, millis, "PVCReady", "True", "Bound")], 0);
        let span = &timeline.lanes[0].segments[0].spans[0];
        assert_eq!((span.from, span.evidence), (at(0), evidence));
    }
}

#[test]
fn unknown_words_are_drawn_verbatim() {
    let mut known = status(1, 10, "Ready", "False", "ProbePending");
    known.kind = TransitionKind::Unknown("correction".into());
    let mut vague = status(2, 20, "Ready", "", "");
    vague.to = None;
    let mut remark = command_entry(3, 30, "Remark");
    remark.kind = TransitionKind::Unknown("remark".into());
    let timeline = timeline_at(&[known, vague, remark], 100);
    assert_eq!(lane(&timeline, "Ready").segments.len(), 1);
    assert_eq!(lane(&timeline, "Ready").segments[0].last_seq, Some(2));
    assert_eq!(timeline.markers[0].kind.as_str(), "remark");
}

#[test]
fn other_runs_are_left_out_and_an_empty_journal_explains_nothing() {
    let mut other = status(1, 10, "Ready", "True", "SessionRunning");
    other.run_id = RunId::new("run-b");
    let timeline = timeline_at(&[other], 4_000);
    assert!(timeline.lanes.is_empty());
    assert_eq!(timeline.unaccounted_total(), Millis(4_000));
    assert_eq!(timeline_at(&[], -5_000).end, at(0));
}

#[test]
fn the_conditions_of_a_moment_are_those_that_were_known_then() {
    let timeline = timeline_at(&good_start(), 10_000);
    let then = timeline.conditions_at(at(60));
    let pvc =
        vestibule_model::condition::find(&then, &ConditionType::PvcReady).expect("known by then");
    assert_eq!(pvc.reason, "Provisioning");
    assert_eq!(
        vestibule_model::condition::find(&then, &ConditionType::JobCreated),
        None
    );
    assert!(timeline.conditions_at(at(-1)).is_empty());
}

#[test]
fn table_lists_the_drawing_in_the_order_of_time() {
    let reported: Vec<_> = rows(&timeline_at(&good_start(), 10_000))
        .into_iter()
        .map(|row| (row.offset.0, row.what, row.reason, row.is_open))
        .collect();
    assert!(reported.is_sorted_by_key(|row| row.0));
    assert_eq!(
        reported.len(),
        14 + 1 + 1,
        "entries, the asking, what is unaccounted"
    );
    assert_eq!(reported[0].1, RowSubject::Milestone(Event::Asked));
    assert_eq!(reported[1].1, RowSubject::Unaccounted);
    let last = reported.last().expect("rows");
    assert_eq!(
        (last.0, last.2.as_str(), last.3),
        (8_140, "SessionRunning", true)
    );
}
