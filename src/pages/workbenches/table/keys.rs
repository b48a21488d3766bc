//! The table by keyboard.
//!
//! The table is a plain one and not an ARIA grid: a screen reader's own keys for tables read it cell by cell
//! with its headings, which a grid would prevent, and find real links, checkboxes and buttons in it. One
//! row at a time is in the Tab order, and the arrow keys move to the others.

use super::state::TableState;
use leptos::prelude::*;
use vestibule_client::table::Table;
use vestibule_client::table::window::RowWindow;
use vestibule_model::ids::WorkbenchId;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// Returns the row that a key leads to, or `None` if the key does not move.
fn target(key: &str, from: Option<usize>, count: usize, page: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let Some(from) = from else {
        return matches!(key, "ArrowDown" | "Home" | "PageDown").then_some(0);
    };
    let to = match key {
        "ArrowDown" => from + 1,
        "ArrowUp" => from.saturating_sub(1),
        "PageDown" => from + page,
        "PageUp" => from.saturating_sub(page),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(to.min(last))
}

/// Handles a key within the table.
pub fn on_key(state: TableState, event: &KeyboardEvent) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    let on = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    let is_control = on.as_ref().is_some_and(|on| !on.has_attribute("data-row"));
    let key = event.key();
    let active = state.active.get_untracked();
    if key == " " && !is_control {
        event.prevent_default();
        if let Some(id) = active {
            state.select(|table| table.toggle(&id));
        }
        return;
    }
    let moved = state.read(|table| {
        let from = active.as_ref().and_then(|id| table.place_of(id));
        let to = target(&key, from, table.count(), state.viewport.page())?;
        table.at(to).map(|row| (to, row.id.clone()))
    });
    let Some(Some((place, id))) = moved else {
        return;
    };
    event.prevent_default();
    if event.shift_key() {
        extend(state, active.as_ref(), &id);
    }
    go_to(state, place, id);
}

/// Extends the selection from the previous row.
fn extend(state: TableState, from: Option<&WorkbenchId>, to: &WorkbenchId) {
    state.select(|table: &mut Table| {
        if let Some(from) = from
            && !table.is_selected(from)
        {
            table.toggle(from);
        }
        table.select_to(to);
    });
}

/// Moves the focus to a row, which may have to be rendered first.
pub fn go_to(state: TableState, place: usize, id: WorkbenchId) {
    state.active.set(Some(id.clone()));
    state.viewport.reveal(place);
    request_animation_frame(move || focus_row(&id));
}

fn focus_row(id: &WorkbenchId) {
    let link = document()
        .query_selector(&format!("[data-row=\"{}\"]", id.as_str()))
        .ok()
        .flatten()
        .and_then(|link| link.dyn_into::<HtmlElement>().ok());
    if let Some(link) = link {
        let _ = link.focus();
    }
}

/// Moves the focus to the table when the row that has it is scrolled away or removed; the keys continue from
/// there.
pub fn keep_focus(table: &HtmlElement, state: TableState, window: RowWindow) {
    let active = state.active.get_untracked();
    let place = active.and_then(|id| state.read(|table| table.place_of(&id)).flatten());
    let is_drawn = place.is_some_and(|place| (window.first..window.end).contains(&place));
    let focused = document().active_element();
    let is_here = focused.is_some_and(|focused| {
        focused.closest("tbody").ok().flatten().is_some() && table.contains(Some(&focused))
    });
    if is_here && !is_drawn {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = table.focus_with_options(&options);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_within_the_rows() {
        let go = |key, from| target(key, from, 100, 10);
        assert_eq!(go("ArrowDown", Some(0)), Some(1));
        assert_eq!(go("ArrowUp", Some(0)), Some(0));
        assert_eq!(go("ArrowDown", Some(99)), Some(99));
        assert_eq!(go("PageDown", Some(95)), Some(99));
        assert_eq!(go("PageUp", Some(15)), Some(5));
        assert_eq!(go("Home", Some(50)), Some(0));
        assert_eq!(go("End", Some(50)), Some(99));
        assert_eq!(go("x", Some(50)), None);
        assert_eq!(go("ArrowDown", None), Some(0));
        assert_eq!(go("ArrowUp", None), None);
        assert_eq!(target("ArrowDown", None, 0, 10), None);
        assert_eq!(target("End", Some(3), 1, 10), Some(0));
    }
}
