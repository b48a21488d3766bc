//! What one points at, in words: since when, for how long, who says so, and how sure that is.

use super::{Drawing, words};
use crate::ui::{Mark, When, live};
use leptos::prelude::*;
use vestibule_model::timeline::rows::Row;

/// The lines below the drawing. They keep their room, so that nothing moves under the pointer.
#[component]
pub(super) fn Readout(drawing: Drawing) -> impl IntoView {
    let row = Memo::new(move |_| {
        let spot = drawing.pointed.get().unwrap_or_else(|| drawing.spot.get());
        drawing.row(spot.within(&drawing.tracks.read()))
    });
    view! {
        <div class="readout">
            {live(move || row.get().map(told))}
        </div>
    }
    .into_any()
}

fn told(row: Row) -> impl IntoView {
    let entry = row.seq.map(|seq| format!("Entry {seq}. "));
    view! {
        <p class="readout-head">
            <Mark kind=words::mark(row.tone) />
            <strong>{words::title(&row)}</strong>
            <code class="reason">{row.reason.clone()}</code>
            <span class="readout-times">{words::times(&row)}</span>
        </p>
        <p>{words::sentence(&row).to_owned()}</p>
        <p class="quiet">{entry}<When at=Some(row.at) />" "{words::evidence(&row)}</p>
    }
    .into_any()
}
