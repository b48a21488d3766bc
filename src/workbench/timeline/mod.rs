//! The timeline of a run: what its journal says, drawn over time, and the same as a table. All that
//! is drawn is worked out by `vestibule_model::timeline`; here it is only put in its place.

mod readout;
mod table;
mod track;
mod words;

use super::story::Story;
use crate::ui::{Button, Icon, Look, MarkKind, Notice, adopt, attr, effect, live};
use leptos::prelude::*;
use readout::Readout;
use table::RowTable;
use track::TrackView;
use vestibule_model::condition::Condition;
use vestibule_model::duration::humanize;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::timeline::rows::{Row, What};
use vestibule_model::timeline::scale::Scale;
use vestibule_model::timeline::tracks::{Spot, Step, Track, tracks};
use vestibule_model::timeline::{Event, tone};

/// How many rows of one track are drawn. Whoever needs the earlier ones reads the table.
const MOST_DRAWN: usize = 300;
/// How far one press of a key moves what is seen, in thousandths.
const PAN: i32 = 250;

/// What the parts of the drawing share.
#[derive(Clone, Copy)]
struct Drawing {
    tracks: Memo<Vec<Track>>,
    scale: RwSignal<Option<Scale>>,
    /// What has the focus, or had it last.
    spot: RwSignal<Spot>,
    /// What the pointer is on.
    pointed: RwSignal<Option<Spot>>,
}

impl Drawing {
    fn row(self, spot: Spot) -> Option<Row> {
        let tracks = self.tracks.read();
        tracks.get(spot.track)?.rows.get(spot.row).cloned()
    }

    /// Changes what is seen, around a moment.
    fn zoom(self, change: impl FnOnce(Scale, Timestamp) -> Scale) {
        let middle = self.row(self.spot.get_untracked()).map(|row| row.at);
        self.scale.update(|scale| {
            if let Some(scale) = scale {
                let middle = middle.unwrap_or_else(|| scale.at(500));
                *scale = change(*scale, middle);
            }
        });
    }

    fn whole(self) {
        self.zoom(|scale, _| scale.all());
    }

    /// Does what a key says; whether it says anything here.
    fn key(self, event: &web_sys::KeyboardEvent) -> bool {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return false;
        }
        let step = match (event.key().as_str(), event.shift_key()) {
            ("ArrowLeft", true) => return self.did(|d| d.zoom(|scale, _| scale.pan(-PAN))),
            ("ArrowRight", true) => return self.did(|d| d.zoom(|scale, _| scale.pan(PAN))),
            ("+" | "=", _) => return self.did(|d| d.zoom(Scale::zoom_in)),
            ("-", _) => return self.did(|d| d.zoom(Scale::zoom_out)),
            ("0", _) => return self.did(Self::whole),
            ("ArrowLeft", _) => Step::Back,
            ("ArrowRight", _) => Step::On,
            ("ArrowUp", _) => Step::Up,
            ("ArrowDown", _) => Step::Down,
            ("Home", _) => Step::First,
            ("End", _) => Step::Last,
            _ => return false,
        };
        let spot = self
            .tracks
            .with_untracked(|tracks| self.spot.get_untracked().step(step, tracks));
        self.pointed.set(None);
        self.spot.set(spot);
        self.show(spot);
        true
    }

    fn did(self, what: impl FnOnce(Self)) -> bool {
        what(self);
        true
    }

    /// Moves what is seen so that a row is.
    fn show(self, spot: Spot) {
        let Some(row) = self.row(spot) else { return };
        let is_seen = self
            .scale
            .with_untracked(|scale| scale.is_none_or(|scale| scale.x_if_seen(row.at).is_some()));
        if !is_seen {
            self.zoom(|scale, _| scale.center(row.at));
        }
    }
}

/// The timeline.
#[component]
pub fn TimelineView(story: Story, #[prop(into)] now: Signal<Timestamp>) -> impl IntoView {
    adopt(include_str!("../../../style/timeline.css"));
    let timeline = story.timeline(now);
    let all = Memo::new(move |_| timeline.read().as_ref().map(tracks).unwrap_or_default());
    let drawing = Drawing {
        tracks: all,
        scale: RwSignal::new(None),
        spot: RwSignal::new(Spot::default()),
        pointed: RwSignal::new(None),
    };
    effect(move || {
        if let Some(timeline) = timeline.read().as_ref() {
            let before = drawing.scale.get_untracked();
            let after = before.map_or_else(|| Scale::whole(timeline), |s| s.follow(timeline));
            if before != Some(after) {
                drawing.scale.set(Some(after));
            }
        }
    });
    let count = Memo::new(move |_| all.read().len());
    let total = move || {
        let timeline = timeline.read();
        let timeline = timeline.as_ref()?;
        let unaccounted = timeline.unaccounted_total();
        Some(match unaccounted {
            Millis(..1_000) => String::new(),
            some => format!("{} not accounted for", humanize(some)),
        })
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        if drawing.key(&event) {
            event.prevent_default();
            track::focus_current(&event);
        }
    };
    view! {
        <div class="timeline">
            {live(move || {
                story.task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })
            })}
            <div class="timeline-tools">
                <span class="quiet">{live(total)}</span>
                <Button look=Look::Quiet label="Zoom in" on_press=Callback::new(move |()| drawing.zoom(Scale::zoom_in))>
                    <Icon name="plus" />
                </Button>
                <Button look=Look::Quiet label="Zoom out" on_press=Callback::new(move |()| drawing.zoom(Scale::zoom_out))>
                    <Icon name="minus" />
                </Button>
                <Button look=Look::Quiet label="Show all of it" on_press=Callback::new(move |()| drawing.whole())>
                    <Icon name="whole" />
                </Button>
            </div>
            <div class="tracks" role="group" aria-label="Timeline: arrow keys move, plus and minus zoom" on:keydown=keys>
                <Ruler drawing=drawing />
                <For
                    each=move || 0..count.get()
                    key=|index| *index
                    children=move |index| view! { <TrackView drawing=drawing index=index /> }
                />
            </div>
            <Readout drawing=drawing />
            <RowTable timeline=timeline />
        </div>
    }
    .into_any()
}

/// The ruler above the tracks, and the lines that its moments draw through them.
#[component]
fn Ruler(drawing: Drawing) -> impl IntoView {
    let most = move || {
        let width = window().inner_width().ok().and_then(|width| width.as_f64());
        if width.is_some_and(|width| width < 560.0) {
            3
        } else {
            6
        }
    };
    let ticks = move || {
        let scale = drawing.scale.get()?;
        let ticks = scale.ticks(most()).into_iter();
        let one = |x: i32, label: String| {
            view! { <span class="tick" style:left=percent(x)>{label}</span> }.into_any()
        };
        Some(ticks.map(|tick| one(tick.x, tick.label)).collect_view())
    };
    let lines = move || {
        let scale = drawing.scale.get()?;
        let tracks = drawing.tracks.read();
        let rows = tracks.iter().flat_map(|track| &track.rows);
        let lines = rows.filter_map(|row| {
            let word = match row.what {
                What::Milestone(Event::Deadline) => "deadline",
                What::Milestone(Event::Ready) => "ready",
                What::Milestone(Event::Ended) => "ended",
                _ => return None,
            };
            let x = scale.x_if_seen(row.at)?;
            Some(
                view! { <span class="moment-line" data-what=word style:left=percent(x)></span> }
                    .into_any(),
            )
        });
        Some(lines.collect_view())
    };
    view! {
        <div class="track" data-part="ruler" aria-hidden="true">
            <span class="track-label"></span>
            <span class="plot">{live(ticks)}</span>
            <span class="track-time"></span>
        </div>
        <div class="plot-lines" aria-hidden="true"><span class="plot">{live(lines)}</span></div>
    }
    .into_any()
}

/// Thousandths as CSS writes them.
fn percent(thousandths: i32) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

/// An attribute that follows a thought about one row.
fn of_row<T: Default + 'static>(
    drawing: Drawing,
    spot: Spot,
    what: impl Fn(&Row) -> T + Send + 'static,
) -> Box<dyn FnMut() -> T + Send> {
    attr(move || {
        let tracks = drawing.tracks.read();
        let row = tracks
            .get(spot.track)
            .and_then(|track| track.rows.get(spot.row));
        row.map(&what).unwrap_or_default()
    })
}

/// The glyph of a condition: bad is only what is bad for its type (FIELD 16).
pub fn mark_of(condition: &Condition) -> MarkKind {
    words::mark(tone(&condition.kind, &condition.status, &condition.reason))
}
