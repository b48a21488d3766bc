//! Track of a timeline: its name, its bars, and the time until its condition held.

use super::drawing::{Drawing, MOST_DRAWN, percent, time_until_true};
use super::marks;
use crate::pages::details::texts::timeline as texts;
use crate::ui::{For, focus};
use leptos::prelude::*;
use vestibule_client::timeline::rows::{RowSubject, TimelineRow};
use vestibule_client::timeline::tracks::{Track, TrackPosition, TrackSubject};
use vestibule_client::timeline::{Span, StartEvidence};
use vestibule_model::duration::humanize;
use vestibule_model::time::Millis;
use wasm_bindgen::JsCast;

/// A track.
#[component]
pub(super) fn TrackView(drawing: Drawing, index: usize) -> impl IntoView {
    let track_text = move |text: fn(&Track) -> String| {
        Memo::new(move |_| {
            let tracks = drawing.tracks.read();
            tracks.get(index).map(text).unwrap_or_default()
        })
    };
    let label = track_text(|track| texts::subject(&track.subject));
    let flaps = track_text(|track| match track.flaps {
        0 => String::new(),
        flaps => format!("{flaps}×"),
    });
    let time = track_text(|track| match track.subject {
        TrackSubject::Condition(_) => time_until_true(track).map(brief).unwrap_or_default(),
        TrackSubject::Unexplained => {
            let all = track.rows.iter().filter_map(|row| row.length);
            brief(Millis(all.map(|length| length.0).sum()))
        }
        TrackSubject::Moments => String::new(),
    });
    let rows = Memo::new(move |_| {
        let tracks = drawing.tracks.read();
        let count = tracks.get(index).map_or(0, |track| track.rows.len());
        (count.saturating_sub(MOST_DRAWN), count)
    });
    view! {
        <div class="track" role="group" aria-label=label>
            <span class="track-label">
                <span class="track-name">{label}</span>
                {move || {
                    Some(flaps.get())
                        .filter(|text| !text.is_empty())
                        .map(|text| view! { <span class="flaps" title=texts::FLAPS>{text}</span> })
                }}
            </span>
            <span class="plot">
                <For
                    each=move || { let (first, end) = rows.get(); first..end }
                    key=|row| *row
                    children=move |row| view! { <Bar drawing=drawing position=TrackPosition { track: index, row } /> }
                />
                {move || match rows.get().0 {
                    0 => None,
                    count => Some(view! { <span class="quiet">{texts::earlier_in_table(count)}</span> }),
                }}
            </span>
            <span class="track-time">{time}</span>
        </div>
    }
}

/// A bar, or a mark where there is only a moment.
#[component]
fn Bar(drawing: Drawing, position: TrackPosition) -> impl IntoView {
    let row = Memo::new(move |_| drawing.row(position));
    let extent = Memo::new(move |_| {
        let row = row.read();
        let row = row.as_ref()?;
        let scale = drawing.scale.get()?;
        let Some(length) = row.length else {
            return scale.x_if_seen(row.at).map(|x| (x, 0));
        };
        let until = (!row.is_open).then(|| row.at + length);
        let place = scale.place(row.at, until)?;
        Some((place.x, place.width))
    });
    let is_moment = move || row.read().as_ref().is_some_and(|row| row.length.is_none());
    let row_word = move |text: fn(&TimelineRow) -> &'static str| row.read().as_ref().map(text);
    let zoom_to_row = move |_| {
        if let Some(row) = row.get_untracked() {
            let until = row.at + row.length.unwrap_or_default();
            let span = Span {
                from: row.at,
                until,
            };
            drawing.zoom(|scale, _| scale.fit(span));
        }
    };
    view! {
        <button
            type="button"
            class="bar"
            data-shape=move || if is_moment() { "moment" } else { "bar" }
            data-tone=move || row_word(|row| marks::mark(row.tone).as_str())
            data-what=move || row_word(|row| match row.what {
                RowSubject::Gap => "gap",
                RowSubject::Unaccounted => "unaccounted",
                RowSubject::Marker(_) => "marker",
                RowSubject::Milestone(_) => "milestone",
                RowSubject::Condition { .. } => "condition",
            })
            data-evidence=move || row_word(|row| match row.evidence {
                StartEvidence::Seen => "seen",
                _ => "doubtful",
            })
            aria-label=move || row.read().as_ref().map(texts::label)
            hidden=move || extent.get().is_none()
            style:left=move || percent(extent.get().map_or(0, |(x, _)| x))
            style:width=move || match extent.get() {
                Some((_, width)) if !is_moment() => percent(width),
                _ => String::new(),
            }
            tabindex=move || if drawing.selected_position() == position { "0" } else { "-1" }
            on:focus=move |_| {
                drawing.pointed.try_set(None);
                drawing.selected.try_set(Some(position));
            }
            on:pointerenter=move |_| { drawing.pointed.try_set(Some(position)); }
            on:pointerleave=move |_| { drawing.pointed.try_set(None); }
            on:dblclick=zoom_to_row
        ></button>
    }
}

fn brief(length: Millis) -> String {
    match length {
        Millis(..1_000) => "< 1 s".to_owned(),
        length => humanize(length),
    }
}

/// Focuses the selected bar after a key press; it is the only one that Tab reaches.
pub(super) fn focus_selected(event: &web_sys::KeyboardEvent) {
    let Some(group) = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return;
    };
    // Effects update the attribute in the next microtask.
    request_animation_frame(move || {
        focus(group.query_selector(".bar[tabindex='0']").ok().flatten());
    });
}
