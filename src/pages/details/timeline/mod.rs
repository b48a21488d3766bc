//! Timeline of a run: its journal drawn over time, and the same as a table. The layout is computed
//! by `vestibule_client::timeline`; this module only places it.

mod drawing;
mod marks;
mod readout;
mod table;
mod track;

use super::journal::RunJournal;
use super::texts::timeline as texts;
use crate::effect::Effect;
use crate::ui::{Button, ButtonVariant, For, Icon, Notice};
use drawing::{Drawing, percent, worth_drawing};
use leptos::html;
use leptos::prelude::*;
pub use marks::mark_of;
use readout::Readout;
use table::RowTable;
use track::TrackView;
use vestibule_client::timeline::Event;
use vestibule_client::timeline::rows::RowSubject;
use vestibule_client::timeline::scale::Scale;
use vestibule_client::timeline::tracks::tracks;
use vestibule_model::duration::humanize;
use vestibule_model::time::{Millis, Timestamp};

/// Room for the label of a tick, in pixels.
const TICK_WIDTH: i32 = 72;

/// The timeline.
#[component]
pub fn TimelineView(journal: RunJournal, #[prop(into)] now: Signal<Timestamp>) -> impl IntoView {
    let timeline = journal.timeline(now);
    let all = Memo::new(move |_| {
        let timeline = timeline.read();
        worth_drawing(timeline.as_ref().map(tracks).unwrap_or_default())
    });
    let drawing = Drawing::new(all);
    Effect::new(move |_| {
        if let Some(timeline) = timeline.read().as_ref() {
            let before = drawing.scale.get_untracked();
            let after = before.map_or_else(|| Scale::whole(timeline), |s| s.follow(timeline));
            if before != Some(after) {
                drawing.scale.set(Some(after));
            }
        }
    });
    let count = Memo::new(move |_| all.read().len());
    let unaccounted = move || {
        let timeline = timeline.read();
        match timeline.as_ref()?.unaccounted_total() {
            Millis(..1_000) => None,
            length => Some(texts::unaccounted(&humanize(length))),
        }
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        if drawing.handle_key(&event) {
            event.prevent_default();
            track::focus_selected(&event);
        }
    };
    view! {
        <div class="timeline">
            {move || journal.task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <div class="timeline-tools">
                <span class="quiet">{unaccounted}</span>
                <Button variant=ButtonVariant::Quiet label=texts::ZOOM_IN on_press=move || drawing.zoom(Scale::zoom_in)>
                    <Icon name="plus" />
                </Button>
                <Button variant=ButtonVariant::Quiet label=texts::ZOOM_OUT on_press=move || drawing.zoom(Scale::zoom_out)>
                    <Icon name="minus" />
                </Button>
                <Button variant=ButtonVariant::Quiet label=texts::SHOW_ALL on_press=move || drawing.show_all()>
                    <Icon name="whole" />
                </Button>
            </div>
            <div class="tracks" role="group" aria-label=texts::KEYS on:keydown=keys>
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
}

/// The ruler above the tracks, and the vertical lines of the run's milestones.
#[component]
fn Ruler(drawing: Drawing) -> impl IntoView {
    let plot = NodeRef::<html::Span>::new();
    let ticks = move || {
        let scale = drawing.scale.get()?;
        let width = plot.get().map_or(0, |plot| plot.offset_width());
        let most = usize::try_from(width / TICK_WIDTH).unwrap_or(0);
        let ticks = scale.ticks(most.clamp(2, 6)).into_iter();
        let tick = |x: i32, label: String| {
            view! { <span class="tick" style:left=percent(x)>{label}</span> }
        };
        Some(ticks.map(|one| tick(one.x, one.label)).collect_view())
    };
    let lines = move || {
        let scale = drawing.scale.get()?;
        let tracks = drawing.tracks.read();
        let rows = tracks.iter().flat_map(|track| &track.rows);
        let lines = rows.filter_map(|row| {
            let word = match row.what {
                RowSubject::Milestone(Event::Deadline) => "deadline",
                RowSubject::Milestone(Event::Ready) => "ready",
                RowSubject::Milestone(Event::Ended) => "ended",
                _ => return None,
            };
            let x = scale.x_if_seen(row.at)?;
            Some(view! { <span class="moment-line" data-what=word style:left=percent(x)></span> })
        });
        Some(lines.collect_view())
    };
    view! {
        <div class="track" data-part="ruler" aria-hidden="true">
            <span class="track-label"></span>
            <span class="plot" node_ref=plot>{ticks}</span>
            <span class="track-time"></span>
        </div>
        <div class="plot-lines" aria-hidden="true"><span class="plot">{lines}</span></div>
    }
}
