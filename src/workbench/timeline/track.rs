//! One track: what it is called, its bars, and how long it has been as it is.

use super::{Drawing, MOST_DRAWN, of_row, percent, words};
use crate::ui::{attr, focus, live};
use leptos::prelude::*;
use vestibule_model::duration::humanize;
use vestibule_model::time::Millis;
use vestibule_model::timeline::rows::What;
use vestibule_model::timeline::tracks::{Spot, Subject};
use vestibule_model::timeline::{Evidence, Tone};
use wasm_bindgen::JsCast;

/// A track.
#[component]
pub(super) fn TrackView(drawing: Drawing, index: usize) -> impl IntoView {
    let read = move |what: fn(&vestibule_model::timeline::tracks::Track) -> String| {
        Memo::new(move |_| {
            drawing
                .tracks
                .read()
                .get(index)
                .map(what)
                .unwrap_or_default()
        })
    };
    let label = read(|track| words::subject(&track.subject));
    let flaps = read(|track| match track.flaps {
        0 => String::new(),
        flaps => format!("{flaps}×"),
    });
    let time = read(|track| match (&track.subject, track.rows.last()) {
        (Subject::Condition(_), Some(row)) => row.length.map(brief).unwrap_or_default(),
        (Subject::Unexplained, _) => {
            let all = track.rows.iter().filter_map(|row| row.length);
            brief(Millis(all.map(|length| length.0).sum()))
        }
        _ => String::new(),
    });
    let places = Memo::new(move |_| {
        let count = drawing
            .tracks
            .read()
            .get(index)
            .map_or(0, |track| track.rows.len());
        (count.saturating_sub(MOST_DRAWN), count)
    });
    let left_out = move || match places.get().0 {
        0 => None,
        some => Some(format!("{some} earlier ones are in the table")),
    };
    view! {
        <div class="track" role="group" aria-label=attr(move || label.get())>
            <span class="track-label">
                <span class="track-name">{live(move || label.get())}</span>
                {live(move || {
                    Some(flaps.get())
                        .filter(|text| !text.is_empty())
                        .map(|text| view! { <span class="flaps" title="Changed back and forth so often">{text}</span> })
                })}
            </span>
            <span class="plot">
                <For
                    each=move || { let (first, end) = places.get(); first..end }
                    key=|row| *row
                    children=move |row| view! { <Bar drawing=drawing spot=Spot { track: index, row } /> }
                />
                {live(move || left_out().map(|text| view! { <span class="quiet">{text}</span> }))}
            </span>
            <span class="track-time">{live(move || time.get())}</span>
        </div>
    }
    .into_any()
}

/// A bar, or a mark where there is only a moment.
#[component]
fn Bar(drawing: Drawing, spot: Spot) -> impl IntoView {
    let place = Memo::new(move |_| {
        let row = drawing.row(spot)?;
        let scale = drawing.scale.get()?;
        if row.length.is_none() {
            return scale.x_if_seen(row.at).map(|x| (x, 0));
        }
        let until = row
            .length
            .filter(|_| !row.lasts)
            .map(|length| row.at + length);
        scale
            .place(row.at, until)
            .map(|place| (place.x, place.width))
    });
    let is_moment = Memo::new(move |_| drawing.row(spot).is_some_and(|row| row.length.is_none()));
    let is_current = move || drawing.spot.get().within(&drawing.tracks.read()) == spot;
    view! {
        <button
            type="button"
            class="bar"
            data-shape=attr(move || if is_moment.get() { "moment" } else { "bar" })
            data-tone=of_row(drawing, spot, |row| tone(row.tone))
            data-what=of_row(drawing, spot, |row| match row.what {
                What::Gap => "gap",
                What::Unaccounted => "unaccounted",
                What::Marker(_) => "marker",
                What::Milestone(_) => "milestone",
                What::Condition { .. } => "condition",
            })
            data-evidence=of_row(drawing, spot, |row| match row.evidence {
                Evidence::Seen => "seen",
                _ => "doubtful",
            })
            aria-label=of_row(drawing, spot, words::label)
            hidden=attr(move || place.get().is_none())
            style:left=attr(move || percent(place.get().map_or(0, |(x, _)| x)))
            style:width=attr(move || if is_moment.get() { String::new() } else { percent(place.get().map_or(0, |(_, width)| width)) })
            tabindex=attr(move || if is_current() { "0" } else { "-1" })
            on:focus=move |_| {
                drawing.pointed.try_set(None);
                drawing.spot.try_set(spot);
            }
            on:pointerenter=move |_| { drawing.pointed.try_set(Some(spot)); }
            on:pointerleave=move |_| { drawing.pointed.try_set(None); }
            on:dblclick=move |_| {
                if let Some(row) = drawing.row(spot) {
                    let until = row.at + row.length.unwrap_or_default();
                    let span = vestibule_model::timeline::Span { from: row.at, until };
                    drawing.zoom(|scale, _| scale.fit(span));
                }
            }
        ></button>
    }
    .into_any()
}

fn brief(length: Millis) -> String {
    match length {
        Millis(..1_000) => "< 1 s".to_owned(),
        length => humanize(length),
    }
}

fn tone(tone: Tone) -> &'static str {
    words::mark(tone).word()
}

/// After a key the focus is where the reader is: on the one bar that the Tab key reaches.
pub(super) fn focus_current(event: &web_sys::KeyboardEvent) {
    let Some(group) = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return;
    };
    // The attribute follows the signal a moment later.
    request_animation_frame(move || {
        focus(group.query_selector(".bar[tabindex='0']").ok().flatten());
    });
}
