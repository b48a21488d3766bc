//! The grid by keyboard: one element is in the Tab order, and the keys of the ARIA grid pattern move.

use super::editor::{Editor, OpenDialog};
use crate::ui::focus;
use leptos::prelude::*;
use vestibule_client::roles::grid::{CellPosition, GridRow};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};

/// Returns the key of a place in `data-at`: the row, a slash, the role.
pub fn key(row: Option<GridRow>, role: Option<&str>) -> String {
    let role = role.unwrap_or_default();
    match row {
        None => format!("head/{role}"),
        Some(GridRow::PermissionGroup(index)) => format!("g{index}/{role}"),
        Some(GridRow::Permission(index)) => format!("p{index}/{role}"),
    }
}

/// Handles a key within the grid.
pub fn on_key(editor: Editor, event: &KeyboardEvent) {
    if event.alt_key() {
        return;
    }
    let is_ctrl = event.ctrl_key() || event.meta_key();
    let pressed = event.key();
    let place = editor.place();
    if let Some(to) = place.after(&pressed, is_ctrl, editor.size()) {
        event.prevent_default();
        go_to(editor, to);
    } else if (pressed == " " || pressed == "Enter") && !is_ctrl && act(editor, place) {
        event.prevent_default();
    }
}

/// Handles a click within the grid.
pub fn on_click(editor: Editor, event: &MouseEvent) {
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    let cell = target.and_then(|target| {
        target
            .closest("[data-at], :has(> [data-at])")
            .ok()
            .flatten()
    });
    let Some(cell) = cell else {
        return;
    };
    let inner = cell.query_selector("[data-at]").ok().flatten();
    let at = inner
        .unwrap_or(cell)
        .get_attribute("data-at")
        .unwrap_or_default();
    if let Some(place) = place_of(editor, &at) {
        editor.active.set(place);
        act(editor, place);
        focus_place(editor, place);
    }
}

/// Performs the action of a place: toggle, fold, or show the role.
fn act(editor: Editor, place: CellPosition) -> bool {
    match (editor.row_at(place), editor.role_at(place)) {
        (Some(row), Some(role)) => editor.toggle(row, &role),
        (Some(GridRow::PermissionGroup(index)), None) => editor.fold(index),
        (None, Some(role)) => editor.asked.set(Some(OpenDialog::Role(role))),
        (Some(GridRow::Permission(_)) | None, None) => return false,
    }
    true
}

/// Moves the focus to a place, which may have to be rendered first.
pub fn go_to(editor: Editor, place: CellPosition) {
    editor.active.set(place);
    editor.viewport.reveal(place);
    request_animation_frame(move || focus_place(editor, place));
}

fn focus_place(editor: Editor, place: CellPosition) {
    if editor.active.is_disposed() {
        return;
    }
    let key = key(editor.row_at(place), editor.role_at(place).as_deref());
    let found = document().query_selector(&format!("[data-at=\"{key}\"]"));
    let found = found.ok().flatten();
    // The head is always in sight, and browsers scroll to its place at the top of the grid.
    match found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        Some(found) if place.row == 0 => {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = found.focus_with_options(&options);
        }
        found => drop(focus(found.map(Into::into))),
    }
}

fn place_of(editor: Editor, at: &str) -> Option<CellPosition> {
    let (row, role) = at.split_once('/')?;
    let index = || row.get(1..)?.parse::<usize>().ok();
    let requested = match row.get(..1)? {
        "g" => Some(GridRow::PermissionGroup(index()?)),
        "p" => Some(GridRow::Permission(index()?)),
        _ => None,
    };
    let row = match requested {
        None => 0,
        Some(row) => {
            editor
                .rows
                .read_untracked()
                .iter()
                .position(|one| *one == row)?
                + 1
        }
    };
    let column = match role {
        "" => 0,
        role => {
            editor
                .columns
                .read_untracked()
                .iter()
                .position(|one| one == role)?
                + 1
        }
    };
    Some(CellPosition { row, column })
}

/// Returns the `tabindex` of an element of the grid: 0 for the active one.
pub fn focusable(editor: Editor, row: Option<GridRow>, role: Option<String>) -> Memo<&'static str> {
    Memo::new(move |_| {
        let active = editor.active.get();
        let rows = editor.rows.read();
        let columns = editor.columns.read();
        let here = active
            .row
            .min(rows.len())
            .checked_sub(1)
            .and_then(|index| rows.get(index));
        let this = active.column.min(columns.len()).checked_sub(1);
        let this = this.and_then(|index| columns.get(index));
        if here.copied() == row && this == role.as_ref() {
            "0"
        } else {
            "-1"
        }
    })
}

/// Keeps the focus in the grid when the element that has it is about to be scrolled away: the keys
/// continue from there.
pub fn keep_focus(editor: Editor) {
    let Some(node) = editor.viewport.node.get_untracked() else {
        return;
    };
    let is_inside = document()
        .active_element()
        .is_some_and(|focused| focused != **node && node.contains(Some(&focused)));
    if is_inside && !is_rendered(editor, editor.place()) {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = node.focus_with_options(&options);
    }
}

/// Returns `true` if a place is rendered. The head and the titles always are.
pub fn is_rendered(editor: Editor, place: CellPosition) -> bool {
    let (rows, columns) = (editor.viewport.rows.get(), editor.viewport.columns.get());
    let row = place.row.checked_sub(1);
    let column = place.column.checked_sub(1);
    row.is_none_or(|row| (rows.first..rows.end).contains(&row))
        && column.is_none_or(|column| (columns.first..columns.end).contains(&column))
}
