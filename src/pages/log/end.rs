//! The last lines of a log, where the whole view would be too much.

use super::output::Output;
use super::row::line_pieces;
use leptos::prelude::*;
use vestibule_client::log::{Line, LogRow};

/// The last lines. Their room is reserved while they are fetched.
#[component]
pub fn LogEnd(
    path: Signal<Option<String>>,
    /// `true` if more may come.
    is_live: Signal<bool>,
    /// Most lines shown.
    lines: usize,
) -> impl IntoView {
    let output = Output::follow(path, is_live);
    let last = Memo::new(move |_| {
        output.grown.track();
        last_lines(output, lines)
    });
    let is_empty = Memo::new(move |_| {
        output.grown.track();
        let is_known = output.read(|log| log.is_known());
        is_known && last.read().is_empty() && !is_live.get()
    });
    view! {
        <pre
            class="log log-end"
            data-lines=lines.to_string()
            data-state=move || is_empty.get().then_some("empty")
            tabindex="0"
        >
            {move || last.get().into_iter().map(|line| view! {
                <span class="log-end-line">{line_pieces(&line)}</span>
            }).collect_view()}
        </pre>
    }
}

/// Returns the last lines that say something.
pub(super) fn last_lines(output: Output, lines: usize) -> Vec<Line> {
    output.read(|log| {
        let rows = (0..log.count()).rev().filter_map(|place| log.row(place));
        let text = rows.filter_map(|row| match row {
            LogRow::Line(_, line) if !line.text.trim().is_empty() => Some(line),
            _ => None,
        });
        let mut last: Vec<Line> = text.take(lines).collect();
        last.reverse();
        last
    })
}
