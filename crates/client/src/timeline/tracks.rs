//! The timeline as tracks to draw, one below the other, and keyboard navigation between them.

use super::rows::{RowSubject, TimelineRow, rows};
use super::{Lane, Timeline};
use vestibule_model::condition::ConditionType;
use vestibule_model::time::{Millis, Timestamp};

/// Minimum length of unaccounted time that is drawn.
const UNACCOUNTED_FROM: Millis = Millis::from_secs(1);

/// Subject of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrackSubject {
    /// Moments of the run: commands, notes, and those of the run itself.
    Moments,
    /// A condition.
    Condition(ConditionType),
    /// Gaps, and unaccounted time.
    Unexplained,
}

/// Track of the drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Subject.
    pub subject: TrackSubject,
    /// Rows in the order of time.
    pub rows: Vec<TimelineRow>,
    /// Number of times that the condition changed back and forth.
    pub flaps: usize,
}

/// Returns the tracks; empty ones are left out.
pub fn tracks(timeline: &Timeline) -> Vec<Track> {
    let empty = |subject: TrackSubject, flaps: usize| Track {
        subject,
        rows: Vec::new(),
        flaps,
    };
    let lane = |lane: &Lane| empty(TrackSubject::Condition(lane.kind.clone()), lane.flaps);
    let mut all = vec![empty(TrackSubject::Moments, 0)];
    all.extend(timeline.lanes.iter().map(lane));
    all.push(empty(TrackSubject::Unexplained, 0));
    for row in rows(timeline) {
        let subject = match &row.what {
            RowSubject::Condition { kind, .. } => TrackSubject::Condition(kind.clone()),
            RowSubject::Marker(_) | RowSubject::Milestone(_) => TrackSubject::Moments,
            RowSubject::Gap | RowSubject::Unaccounted => TrackSubject::Unexplained,
        };
        if let Some(track) = all.iter_mut().find(|track| track.subject == subject) {
            track.rows.push(row);
        }
    }
    all.retain(|track| !track.rows.is_empty() && !is_trifle(track));
    all
}

/// Returns `true` for a track of unaccounted time alone that isn't long: every start has short ones.
fn is_trifle(track: &Track) -> bool {
    let is_unaccounted = |row: &TimelineRow| row.what == RowSubject::Unaccounted;
    let lengths = track.rows.iter().filter_map(|row| row.length);
    track.rows.iter().all(is_unaccounted)
        && lengths.map(|length| length.0).sum::<i64>() < UNACCOUNTED_FROM.0
}

/// Position among the tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrackPosition {
    /// Index of the track.
    pub track: usize,
    /// Index of the row.
    pub row: usize,
}

/// A step of the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The previous row.
    Back,
    /// The next row.
    On,
    /// The first row of the track.
    First,
    /// The last row of the track.
    Last,
    /// The row at the same time on the track above.
    Up,
    /// The row at the same time on the track below.
    Down,
}

impl TrackPosition {
    /// Returns the nearest existing position: tracks and rows may have gone.
    pub fn within(self, tracks: &[Track]) -> Self {
        let track = self.track.min(tracks.len().saturating_sub(1));
        let count = tracks.get(track).map_or(0, |track| track.rows.len());
        Self {
            track,
            row: self.row.min(count.saturating_sub(1)),
        }
    }

    /// Returns the position after a step; at an edge it stays.
    pub fn step(self, step: Step, tracks: &[Track]) -> Self {
        let here = self.within(tracks);
        let Some(track) = tracks.get(here.track) else {
            return Self::default();
        };
        match step {
            Step::Back => Self {
                row: here.row.saturating_sub(1),
                ..here
            },
            Step::On => Self {
                row: here.row + 1,
                ..here
            }
            .within(tracks),
            Step::First => Self { row: 0, ..here },
            Step::Last => Self {
                row: track.rows.len(),
                ..here
            }
            .within(tracks),
            Step::Up | Step::Down => {
                let other = if step == Step::Up {
                    here.track.checked_sub(1)
                } else {
                    Some(here.track + 1)
                };
                let Some(target) = other.and_then(|other| tracks.get(other)) else {
                    return here;
                };
                Self {
                    track: other.unwrap_or(here.track),
                    row: at(target, track.rows[here.row].at),
                }
            }
        }
    }
}

/// Returns the row of a track that began last before a moment, or the first.
fn at(track: &Track, moment: Timestamp) -> usize {
    track
        .rows
        .partition_point(|row| row.at <= moment)
        .saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{RunTimes, Span};
    use proptest::prelude::*;
    use serde_json::json;
    use vestibule_model::ids::RunId;
    use vestibule_model::transition::Transition;

    fn timeline() -> Timeline {
        let at = |s: i64| Timestamp::from_millis(1_000_000) + Millis::from_secs(s);
        let entry = |seq: u64, s: i64, kind: &str, from: &str, to: &str, reason: &str| {
            let value = json!({"seq": seq, "runId": "run-a", "at": at(s), "kind": "status",
                "type": kind, "from": from, "to": to, "reason": reason, "source": "observation"});
            serde_json::from_value::<Transition>(value).expect("readable")
        };
        let journal = [
            entry(1, 0, "PVCReady", "Unknown", "True", "Bound"),
            entry(2, 1, "RunnerStarted", "Unknown", "True", "ContainerRunning"),
            entry(3, 2, "Ready", "Unknown", "False", "ProbePending"),
            entry(4, 4, "Ready", "False", "True", "SessionRunning"),
            entry(5, 6, "Ready", "True", "False", "ProbeFailed"),
        ];
        let run = RunTimes {
            id: RunId::new("run-a"),
            started_at: at(0),
            ready_at: Some(at(4)),
            finished_at: None,
            start_deadline: None,
        };
        Timeline::of(&run, &journal, at(9))
    }

    #[test]
    fn every_row_stands_on_one_track_and_no_track_is_empty() {
        let timeline = timeline();
        let tracks = tracks(&timeline);
        let placed: usize = tracks.iter().map(|track| track.rows.len()).sum();
        assert_eq!(placed, rows(&timeline).len());
        assert!(tracks.iter().all(|track| !track.rows.is_empty()));
        assert_eq!(tracks[0].subject, TrackSubject::Moments);
        let ready = TrackSubject::Condition(ConditionType::Ready);
        let ready = tracks.iter().find(|track| track.subject == ready);
        assert_eq!(ready.map(|track| track.flaps), Some(1));
    }

    #[test]
    fn unaccounted_time_is_drawn_once_it_adds_up() {
        let mut timeline = timeline();
        let is_drawn = |timeline: &Timeline| {
            let tracks = tracks(timeline);
            tracks
                .iter()
                .any(|track| track.subject == TrackSubject::Unexplained)
        };
        let from = timeline.begin;
        let long = |millis: i64| Span {
            from,
            until: from + Millis(millis),
        };
        timeline.unaccounted = vec![long(600)];
        assert!(!is_drawn(&timeline));
        timeline.unaccounted = vec![long(600), long(600)];
        assert!(is_drawn(&timeline));
    }

    #[test]
    fn up_and_down_keep_the_time() {
        let tracks = tracks(&timeline());
        let ready = tracks
            .iter()
            .position(|track| track.subject == TrackSubject::Condition(ConditionType::Ready));
        let ready = ready.expect("it has a lane");
        let last = TrackPosition {
            track: ready,
            row: 0,
        }
        .step(Step::Last, &tracks);
        let above = last.step(Step::Up, &tracks);
        assert_eq!(above.track, ready - 1);
        let there = &tracks[above.track].rows[above.row];
        assert!(there.at <= tracks[ready].rows[last.row].at);
        assert_eq!(
            TrackPosition::default().step(Step::Up, &tracks),
            TrackPosition::default()
        );
        assert_eq!(
            TrackPosition { track: 9, row: 9 }.step(Step::On, &[]),
            TrackPosition::default()
        );
    }

    proptest! {
        #[test]
        fn every_step_leads_to_an_existing_row(
            track in 0usize..20,
            row in 0usize..20,
            steps in proptest::collection::vec(0usize..6, 0..20),
        ) {
            let tracks = tracks(&timeline());
            let all = [Step::Back, Step::On, Step::First, Step::Last, Step::Up, Step::Down];
            let mut position = TrackPosition { track, row };
            for step in steps {
                position = position.step(all[step], &tracks);
                prop_assert!(tracks[position.track].rows.get(position.row).is_some());
            }
        }
    }
}
