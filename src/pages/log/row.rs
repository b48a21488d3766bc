//! Line of a log: its number, which links to it, and its text in its colours.

use super::find::LogFind;
use super::output::Output;
use super::screen::{Key, Screen};
use super::texts;
use leptos::prelude::*;
use vestibule_client::log::{Found, Line, LogRow, Piece, finds, gap_sentence, pieces};

/// The line.
#[component]
pub fn LogRow(
    key: Key,
    screen: Screen,
    find: LogFind,
    output: Output,
    is_main: bool,
) -> impl IntoView {
    let row = output.read(|log| {
        let place = usize::try_from(key.row.checked_sub(log.gone())?).ok()?;
        log.row(place)
    });
    match row {
        Some(LogRow::Line(number, line)) => {
            let is_numbered = output.read(|log| log.is_numbered(number));
            let is_first = key.part == 0 && !line.continues && is_numbered;
            let label = is_first.then(|| number_label(number, screen, is_main));
            let is_chosen =
                move || (is_numbered && screen.chosen.get() == Some(number)).then_some("");
            view! {
                <div class="log-line" data-chosen=is_chosen>
                    <span class="log-number">{label}</span>
                    <span class="log-code">{code(key, line, find)}</span>
                </div>
            }
            .into_any()
        }
        Some(LogRow::Gap { bytes, .. }) => {
            view! { <div class="log-line log-gap"><span class="log-number"></span><span>{gap_sentence(bytes)}</span></div> }
                .into_any()
        }
        None => ().into_any(),
    }
}

fn number_label(number: u64, screen: Screen, is_main: bool) -> AnyView {
    if !is_main {
        return view! { <span data-number=number.to_string()></span> }.into_any();
    }
    let press = move |event: leptos::ev::MouseEvent| {
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            screen.choose(number);
        }
    };
    let href = format!("#L{number}");
    let label = texts::line(number);
    // Thousands of links would be thousands of stops for Tab; the search leads to a line as well.
    view! { <a href=href tabindex="-1" data-number=number.to_string() aria-label=label on:click=press></a> }
        .into_any()
}

/// Renders the text, with the matches of the search marked.
fn code(key: Key, line: Line, find: LogFind) -> AnyView {
    let part = match key.width {
        Some(width) => line.part(key.part * width, width),
        None => 0..line.text.len(),
    };
    let current = Memo::new(move |_| {
        let current = find.current.get();
        current.and_then(|(_, found)| (found.row == key.row).then_some(found.start))
    });
    let pieces = move || {
        let found = finds(&line.text, &find.text.read());
        pieces(&line, part.clone(), &found, current.get())
            .into_iter()
            .map(piece)
            .collect_view()
    };
    pieces.into_any()
}

/// Renders a whole line in its colours.
pub fn line_pieces(line: &Line) -> impl IntoView + use<> {
    marked_pieces(line, "")
}

/// Renders a whole line in its colours, with the matches of a search marked.
pub fn marked_pieces(line: &Line, query: &str) -> Vec<AnyView> {
    let found = finds(&line.text, query);
    pieces(line, 0..line.text.len(), &found, None)
        .into_iter()
        .map(piece)
        .collect()
}

fn piece(piece: Piece<'_>) -> AnyView {
    let text = piece.text.to_owned();
    let classes = Some(piece.style.classes()).filter(|classes| !classes.is_empty());
    match (piece.found, classes) {
        (Found::No, None) => text.into_any(),
        (Found::No, classes) => view! { <span class=classes>{text}</span> }.into_any(),
        (Found::Here, classes) => view! { <mark class=classes>{text}</mark> }.into_any(),
        (Found::Current, classes) => {
            view! { <mark class=classes data-current="">{text}</mark> }.into_any()
        }
    }
}
