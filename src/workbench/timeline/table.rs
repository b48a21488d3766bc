//! The same as a table: for those who do not see the drawing, and for searching.

use super::words;
use crate::ui::{Mark, When, attr, live};
use crate::workbench::facts::Facts;
use leptos::prelude::*;
use vestibule_model::timeline::Timeline;
use vestibule_model::timeline::rows::{Row, rows};
use vestibule_model::timeline::scale::offset_label;

/// How many rows are shown; a run that flapped for days has more than anybody reads.
const MOST: usize = 500;

const COLUMNS: &[&str] = &[
    "After", "What", "For", "Reason", "Message", "When", "Evidence",
];

/// The rows of all tracks in the order of time, the newest last; made only while it is unfolded.
#[component]
pub(super) fn RowTable(timeline: Memo<Option<Timeline>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let all = move || timeline.read().as_ref().map(rows).unwrap_or_default();
    let toggled = move |event: web_sys::Event| {
        open.try_set(event_target::<web_sys::HtmlDetailsElement>(&event).open());
    };
    view! {
        <details class="fold" prop:open=attr(move || open.get()) on:toggle=toggled>
            <summary>"As a table"</summary>
            {live(move || open.get().then(|| table(all())))}
        </details>
    }
    .into_any()
}

fn table(rows: Vec<Row>) -> impl IntoView {
    let left_out = rows.len().saturating_sub(MOST);
    view! {
        {(left_out > 0).then(|| view! { <p class="quiet">{format!("{left_out} earlier rows are left out.")}</p> })}
        <Facts label="The timeline as a table" columns=COLUMNS>
            {rows.into_iter().skip(left_out).map(line).collect_view()}
        </Facts>
    }
    .into_any()
}

fn line(row: Row) -> AnyView {
    view! {
        <tr>
            <td class="number">{offset_label(row.offset)}</td>
            <th scope="row"><Mark kind=words::mark(row.tone) />" "{words::title(&row)}</th>
            <td class="number">{row.length.map(offset_label)}</td>
            <td><code class="reason">{row.reason.clone()}</code></td>
            <td class="long">{words::sentence(&row).to_owned()}</td>
            <td><When at=Some(row.at) /></td>
            <td class="long">{words::evidence(&row)}</td>
        </tr>
    }
    .into_any()
}
