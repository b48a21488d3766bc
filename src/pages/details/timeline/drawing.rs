//! State shared by the parts of the drawing: the tracks, the visible section, the selection.

use leptos::prelude::*;
use vestibule_client::timeline::Tone;
use vestibule_client::timeline::rows::{RowSubject, TimelineRow};
use vestibule_client::timeline::scale::Scale;
use vestibule_client::timeline::tracks::{Step, Track, TrackPosition, TrackSubject};
use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::time::{Millis, Timestamp};

/// Most rows drawn on one track; the table has the earlier ones.
pub(super) const MOST_DRAWN: usize = 300;
/// Distance of one key press, in thousandths of the width.
const PAN: i32 = 250;

/// State of the drawing.
#[derive(Clone, Copy)]
pub(super) struct Drawing {
    pub(super) tracks: Memo<Vec<Track>>,
    /// The visible section of time.
    pub(super) scale: RwSignal<Option<Scale>>,
    /// The selected row, or `None` before the reader has selected one.
    pub(super) selected: RwSignal<Option<TrackPosition>>,
    /// The row under the pointer.
    pub(super) pointed: RwSignal<Option<TrackPosition>>,
}

impl Drawing {
    /// Returns a drawing of tracks that shows all of them.
    pub(super) fn new(tracks: Memo<Vec<Track>>) -> Self {
        Self {
            tracks,
            scale: RwSignal::new(None),
            selected: RwSignal::new(None),
            pointed: RwSignal::new(None),
        }
    }

    /// Returns the selected row. Until the reader selects one it is the failure, if there is one.
    pub(super) fn selected_position(self) -> TrackPosition {
        let tracks = self.tracks.read();
        match self.selected.get() {
            Some(position) => position.within(&tracks),
            None => failure(&tracks).unwrap_or_default(),
        }
    }

    /// Returns the row at a position.
    pub(super) fn row(self, position: TrackPosition) -> Option<TimelineRow> {
        let tracks = self.tracks.read();
        tracks.get(position.track)?.rows.get(position.row).cloned()
    }

    /// Changes the visible section around the selected row.
    pub(super) fn zoom(self, change: impl FnOnce(Scale, Timestamp) -> Scale) {
        let middle = untrack(|| self.row(self.selected_position())).map(|row| row.at);
        self.scale.update(|scale| {
            if let Some(scale) = scale {
                let middle = middle.unwrap_or_else(|| scale.at(500));
                *scale = change(*scale, middle);
            }
        });
    }

    /// Shows the whole run.
    pub(super) fn show_all(self) {
        self.zoom(|scale, _| scale.all());
    }

    /// Handles a key; returns whether it has a meaning here.
    pub(super) fn handle_key(self, event: &web_sys::KeyboardEvent) -> bool {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return false;
        }
        let step = match (event.key().as_str(), event.shift_key()) {
            ("ArrowLeft", true) => {
                self.zoom(|scale, _| scale.pan(-PAN));
                return true;
            }
            ("ArrowRight", true) => {
                self.zoom(|scale, _| scale.pan(PAN));
                return true;
            }
            ("+" | "=", _) => {
                self.zoom(Scale::zoom_in);
                return true;
            }
            ("-", _) => {
                self.zoom(Scale::zoom_out);
                return true;
            }
            ("0", _) => {
                self.show_all();
                return true;
            }
            ("ArrowLeft", _) => Step::Back,
            ("ArrowRight", _) => Step::On,
            ("ArrowUp", _) => Step::Up,
            ("ArrowDown", _) => Step::Down,
            ("Home", _) => Step::First,
            ("End", _) => Step::Last,
            _ => return false,
        };
        let position = untrack(|| self.selected_position().step(step, &self.tracks.read()));
        self.pointed.set(None);
        self.selected.set(Some(position));
        self.scroll_to(position);
        true
    }

    /// Moves the visible section so that it contains a row.
    fn scroll_to(self, position: TrackPosition) {
        let Some(row) = untrack(|| self.row(position)) else {
            return;
        };
        let is_visible = self
            .scale
            .with_untracked(|scale| scale.is_none_or(|scale| scale.x_if_seen(row.at).is_some()));
        if !is_visible {
            self.zoom(|scale, _| scale.center(row.at));
        }
    }
}

/// Returns the tracks worth drawing. `Completed` and `Failed` are false for all of a healthy run.
pub(super) fn worth_drawing(mut tracks: Vec<Track>) -> Vec<Track> {
    tracks.retain(|track| {
        let is_end = matches!(
            track.subject,
            TrackSubject::Condition(ConditionType::Completed | ConditionType::Failed)
        );
        !is_end || track.rows.iter().any(is_true)
    });
    tracks
}

/// Returns how long after the beginning of the run a condition last became true, or `None` if it
/// is not true.
pub(super) fn time_until_true(track: &Track) -> Option<Millis> {
    // A later row may only give another reason.
    let since = track.rows.iter().rposition(|row| !is_true(row));
    let first = track.rows.get(since.map_or(0, |last| last + 1))?;
    Some(first.offset)
}

fn is_true(row: &TimelineRow) -> bool {
    matches!(
        &row.what,
        RowSubject::Condition {
            status: ConditionStatus::True,
            ..
        }
    )
}

/// Returns the row of the failure, or `None` if nothing has failed.
fn failure(tracks: &[Track]) -> Option<TrackPosition> {
    tracks.iter().enumerate().rev().find_map(|(index, track)| {
        let row = track.rows.iter().position(|row| row.tone == Tone::Bad)?;
        Some(TrackPosition { track: index, row })
    })
}

/// Formats thousandths as a CSS percentage.
pub(super) fn percent(thousandths: i32) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use vestibule_client::timeline::tracks::tracks;
    use vestibule_client::timeline::{RunTimes, Timeline};
    use vestibule_model::ids::RunId;
    use vestibule_model::transition::Transition;

    fn drawn(entries: &[(i64, &str, &str, &str)], end: Option<i64>) -> Vec<Track> {
        let at = |s: i64| Timestamp::from_millis(1_000_000) + Millis::from_secs(s);
        let journal: Vec<Transition> = entries
            .iter()
            .enumerate()
            .map(|(seq, (s, kind, to, reason))| {
                let value = json!({"seq": seq + 1, "runId": "run-a", "at": at(*s), "kind": "status",
                    "type": kind, "from": "Unknown", "to": to, "reason": reason,
                    "source": "observation"});
                serde_json::from_value(value).expect("readable")
            })
            .collect();
        let run = RunTimes {
            id: RunId::new("run-a"),
            started_at: at(0),
            ready_at: None,
            finished_at: end.map(at),
            start_deadline: None,
        };
        worth_drawing(tracks(&Timeline::of(&run, &journal, at(end.unwrap_or(40)))))
    }

    fn lane(tracks: &[Track], kind: ConditionType) -> Option<&Track> {
        let subject = TrackSubject::Condition(kind);
        tracks.iter().find(|track| track.subject == subject)
    }

    #[test]
    fn a_healthy_run_has_no_lane_for_its_failure() {
        let tracks = drawn(
            &[
                (1, "PVCReady", "True", "Bound"),
                (3, "Ready", "False", "ProbePending"),
                (4, "Ready", "True", "SessionRunning"),
            ],
            None,
        );
        assert!(lane(&tracks, ConditionType::Failed).is_none());
        assert!(lane(&tracks, ConditionType::Completed).is_none());
        let ready = lane(&tracks, ConditionType::Ready).expect("a lane");
        assert_eq!(time_until_true(ready), Some(Millis::from_secs(4)));
        assert_eq!(failure(&tracks), None);
    }

    #[test]
    fn a_failure_has_a_lane_and_is_selected_first() {
        let tracks = drawn(
            &[
                (1, "PVCReady", "True", "Bound"),
                (2, "RunnerStarted", "True", "ContainerRunning"),
                (9, "Failed", "True", "SDKError"),
            ],
            Some(9),
        );
        let failed = lane(&tracks, ConditionType::Failed).expect("a lane");
        assert_eq!(time_until_true(failed), Some(Millis::from_secs(9)));
        let position = failure(&tracks).expect("a failure");
        assert_eq!(tracks[position.track].rows[position.row].reason, "SDKError");
    }
}
