//! The timeline as a table, for screen readers and for searching.

use super::marks;
use crate::pages::details::fact_table::FactTable;
use crate::pages::details::texts::timeline as texts;
use crate::ui::{Mark, When};
use leptos::prelude::*;
use vestibule_client::timeline::Timeline;
use vestibule_client::timeline::rows::{TimelineRow, rows};
use vestibule_client::timeline::scale::offset_label;

/// Maximum number of rows; a run that flapped for days has more than a reader needs.
const MOST: usize = 500;

const COLUMNS: &[&str] = &["When", "What", "Message"];

/// The rows of all tracks by time, the newest last. They are rendered only while unfolded.
#[component]
pub(super) fn RowTable(timeline: Memo<Option<Timeline>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let all = move || timeline.read().as_ref().map(rows).unwrap_or_default();
    let toggled = move |event: web_sys::Event| {
        open.try_set(event_target::<web_sys::HtmlDetailsElement>(&event).open());
    };
    view! {
        <details class="fold" prop:open=open on:toggle=toggled>
            <summary>{texts::AS_TABLE}</summary>
            {move || open.get().then(|| table(all()))}
        </details>
    }
}

fn table(rows: Vec<TimelineRow>) -> impl IntoView {
    let left_out = rows.len().saturating_sub(MOST);
    view! {
        {(left_out > 0).then(|| view! { <p class="quiet">{texts::earlier_left_out(left_out)}</p> })}
        <FactTable label=texts::TABLE columns=COLUMNS>
            {rows.into_iter().skip(left_out).map(line).collect_view()}
        </FactTable>
    }
}

fn line(row: TimelineRow) -> impl IntoView {
    let lasted = row.length.map(|length| {
        view! { <span class="quiet">{format!("for {}", offset_label(length))}</span> }
    });
    view! {
        <tr>
            <td class="time-cell">{offset_label(row.offset)}" "<span class="quiet"><When at=Some(row.at) exact=true /></span></td>
            <th scope="row"><Mark kind=marks::mark(row.tone) />" "{texts::title(&row)}</th>
            <td class="long">
                {texts::sentence(&row).to_owned()}
                " "
                <code class="reason">{row.reason.clone()}</code>
                " "
                {lasted}
                " "
                <span class="quiet">{texts::evidence(&row)}</span>
            </td>
        </tr>
    }
}
