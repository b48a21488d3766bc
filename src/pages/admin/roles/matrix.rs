//! The matrix as an ARIA grid, of which only the visible rows and columns are rendered.

use super::editor::Editor;
use super::keys::{self, focusable, is_rendered, on_click, on_key};
use super::row::MatrixRow;
use super::texts;
use super::toolbar::PERMISSION_FILTER;
use crate::effect::Effect;
use crate::ui::{Button, EmptyState, For, Icon, focus_id};
use leptos::prelude::*;
use vestibule_client::roles::grid::CellPosition;

/// The grid, or what is said instead if no cell is left.
#[component]
pub fn Matrix(editor: Editor) -> impl IntoView {
    let is_empty =
        Memo::new(move |_| editor.rows.read().is_empty() || editor.columns.read().is_empty());
    let clear = move || {
        editor.filter.update(|filter| {
            filter.permissions.clear();
            filter.roles.clear();
        });
        // The button goes with the text around it.
        focus_id(PERMISSION_FILTER);
    };
    move || match is_empty.get() {
        true => view! {
            <EmptyState icon="search" title=texts::NOTHING text=texts::NOTHING_TEXT>
                <Button on_press=clear>{texts::CLEAR}</Button>
            </EmptyState>
        }
        .into_any(),
        false => view! { <Grid editor=editor /> }.into_any(),
    }
}

#[component]
fn Grid(editor: Editor) -> impl IntoView {
    let viewport = editor.viewport;
    viewport.follow();
    Effect::new(move |_| {
        let (rows, columns) = (editor.rows.read().len(), editor.columns.read().len());
        viewport.count(rows, columns);
        viewport.measure_soon();
    });
    let rows = Memo::new(move |_| {
        let (window, all) = (viewport.rows.get(), editor.rows.read());
        let end = window.end.min(all.len());
        let shown = all.get(window.first.min(end)..end).unwrap_or_default();
        shown.to_vec()
    });
    let columns = Memo::new(move |_| {
        let (window, all) = (viewport.columns.get(), editor.columns.read());
        let end = window.end.min(all.len());
        let shown = all.get(window.first.min(end)..end).unwrap_or_default();
        shown.to_vec()
    });
    let is_away = Memo::new(move |_| {
        let place = editor.active.get();
        let size = (
            editor.rows.read().len() + 1,
            editor.columns.read().len() + 1,
        );
        let place = CellPosition {
            row: place.row.min(size.0 - 1),
            column: place.column.min(size.1 - 1),
        };
        !is_rendered(editor, place)
    });
    let pixels = |length: i64| format!("{length}px");
    let on_scroll = move |_| {
        viewport.measure_soon();
        keys::keep_focus(editor);
    };
    view! {
        <div
            class="matrix"
            data-one=move || editor.filter.read().only.is_some().then_some("")
            role="grid"
            aria-label=texts::GRID
            aria-rowcount=move || editor.rows.read().len() + 1
            aria-colcount=move || editor.columns.read().len() + 1
            tabindex=move || if is_away.get() { "0" } else { "-1" }
            node_ref=viewport.node
            style:--columns-before=move || pixels(viewport.columns.get().before)
            style:--columns-after=move || pixels(viewport.columns.get().after)
            on:scroll=on_scroll
            on:keydown=move |event| on_key(editor, &event)
            on:click=move |event| on_click(editor, &event)
        >
            <div role="rowgroup" class="matrix-top">
                <div role="row" class="matrix-row matrix-head" aria-rowindex="1">
                    <div role="columnheader" class="matrix-corner" aria-colindex="1">
                        <span data-at="head/" tabindex=focusable(editor, None, None)>{texts::CORNER}</span>
                    </div>
                    <For each=move || columns.get() key=Clone::clone children=move |name| view! { <Head editor name /> } />
                </div>
            </div>
            <div
                role="rowgroup"
                class="matrix-rows"
                style:padding-block-start=move || pixels(viewport.rows.get().before)
                style:padding-block-end=move || pixels(viewport.rows.get().after)
            >
                <For
                    each=move || rows.get()
                    key=|row| *row
                    children=move |row| view! { <MatrixRow editor row columns /> }
                />
            </div>
        </div>
    }
}

/// Head of a role's column.
#[component]
fn Head(editor: Editor, name: String) -> impl IntoView {
    let own = name.clone();
    let role = Memo::new(move |_| editor.draft.read().now().get(&own).cloned());
    let own = name.clone();
    let is_changed = Memo::new(move |_| {
        let draft = editor.draft.read();
        draft.base().get(&own) != draft.now().get(&own)
    });
    let title = Memo::new(move |_| role.read().as_ref().map(|role| role.title.clone()));
    let is_system = Memo::new(move |_| role.read().as_ref().is_some_and(|role| role.system));
    let own = name.clone();
    let index = move || editor.column_index(&own);
    let tabindex = focusable(editor, None, Some(name.clone()));
    view! {
        <div
            role="columnheader"
            class="matrix-column"
            aria-colindex=index
            data-changed=move || is_changed.get().then_some("")
        >
            <button
                type="button"
                aria-haspopup="dialog"
                data-at=keys::key(None, Some(&name))
                tabindex=tabindex
                title=move || title.get()
            >
                <span class="matrix-title">{title}</span>
                {move || is_system.get().then(|| view! {
                    <span class="matrix-tag"><Icon name="lock" size=12 />{texts::SYSTEM}</span>
                })}
            </button>
        </div>
    }
}
