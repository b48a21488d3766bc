//! The pointed or selected row in words: time, duration and source.

use super::drawing::Drawing;
use super::marks;
use crate::pages::details::texts::timeline as texts;
use crate::ui::{Mark, When};
use leptos::prelude::*;
use vestibule_client::timeline::rows::TimelineRow;

/// The lines below the drawing. Their room is reserved, so that nothing moves under the pointer.
#[component]
pub(super) fn Readout(drawing: Drawing) -> impl IntoView {
    let row = Memo::new(move |_| {
        let position = drawing
            .pointed
            .get()
            .unwrap_or_else(|| drawing.selected_position());
        drawing.row(position.within(&drawing.tracks.read()))
    });
    view! { <div class="readout">{move || row.get().map(row_in_words)}</div> }
}

fn row_in_words(row: TimelineRow) -> impl IntoView {
    view! {
        <p class="readout-head">
            <Mark kind=marks::mark(row.tone) />
            <strong>{texts::title(&row)}</strong>
            <code class="reason">{row.reason.clone()}</code>
            <span class="readout-times">{texts::times(&row)}</span>
        </p>
        <p>{texts::sentence(&row).to_owned()}</p>
        <p class="quiet"><When at=Some(row.at) exact=true />" "{texts::evidence(&row)}</p>
    }
}
