//! Rows of the matrix with their cells.

use super::editor::Editor;
use super::keys::{self, focusable};
use super::{texts, words};
use crate::ui::{For, Icon};
use leptos::prelude::*;
use vestibule_client::roles::grid::GridRow;
use vestibule_client::roles::{CellLock, Lineage, TriState};

/// State of a cell for the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CellState {
    /// `true`, `false` or `mixed`.
    checked: &'static str,
    /// Value of `data-source`.
    source: &'static str,
    is_changed: bool,
    is_locked: bool,
    note: Option<String>,
}

/// Row of a group or a permission.
#[component]
pub fn MatrixRow(editor: Editor, row: GridRow, columns: Memo<Vec<String>>) -> impl IntoView {
    let catalogue = editor.catalogue.get_untracked();
    let (title, hint, is_group) = match row {
        GridRow::PermissionGroup(index) => {
            let group = catalogue.groups.get(index);
            let resource = group
                .map(|group| group.resource.clone())
                .unwrap_or_default();
            (words::resource(&resource), resource, true)
        }
        GridRow::Permission(index) => {
            let found = catalogue.permissions.get(index);
            let title = found.map(|one| one.title.clone()).unwrap_or_default();
            let hint = found.map(|one| format!("{} {}", one.name, one.description));
            (title, hint.unwrap_or_default(), false)
        }
    };
    let index = move || {
        editor
            .rows
            .read()
            .iter()
            .position(|one| *one == row)
            .map(|at| at + 2)
    };
    let tabindex = focusable(editor, Some(row), None);
    let folded = {
        let resource = hint.clone();
        Memo::new(move |_| {
            let filter = editor.filter.read();
            filter.permissions.trim().is_empty() && filter.folded.contains(&resource)
        })
    };
    let at = keys::key(Some(row), None);
    let name = title.clone();
    let header = match is_group {
        true => view! {
            <button
                type="button"
                data-at=at
                tabindex=tabindex
                aria-expanded=move || (!folded.get()).to_string()
            >
                <Icon name="chevron" size=14 />
                {title}
            </button>
        }
        .into_any(),
        false => {
            view! { <span data-at=at tabindex=tabindex title=hint.trim().to_owned()>{title}</span> }
                .into_any()
        }
    };
    view! {
        <div
            role="row"
            class="matrix-row"
            data-kind=if is_group { "group" } else { "permission" }
            aria-rowindex=index
        >
            <div role="rowheader" class="matrix-name" aria-colindex="1">{header}</div>
            <For
                each=move || columns.get()
                key=Clone::clone
                children=move |role| view! { <MatrixCell editor row role title=name.clone() /> }
            />
        </div>
    }
}

#[component]
fn MatrixCell(editor: Editor, row: GridRow, role: String, title: String) -> impl IntoView {
    let lineage = editor.lineage(&role);
    let column = lineage.clone();
    let shown = Memo::new(move |_| shown(editor, row, column.read().as_ref()));
    let label = Memo::new(move |_| {
        let lineage = lineage.read();
        let found = lineage.as_ref().map(|lineage| lineage.role().title.clone());
        let changed = if shown.read().is_changed {
            ", changed"
        } else {
            ""
        };
        format!("{title}: {}{changed}", found.unwrap_or_default())
    });
    let own = role.clone();
    let index = move || editor.column_index(&own);
    let tabindex = focusable(editor, Some(row), Some(role.clone()));
    view! {
        <div
            role="gridcell"
            class="matrix-cell"
            aria-colindex=index
            data-changed=move || shown.read().is_changed.then_some(texts::CHANGED)
        >
            <span
                role="checkbox"
                class="matrix-box"
                data-at=keys::key(Some(row), Some(&role))
                data-source=move || shown.read().source
                aria-checked=move || shown.read().checked
                aria-disabled=move || shown.read().is_locked.then_some("true")
                aria-label=label
                title=move || shown.read().note.clone()
                tabindex=tabindex
            ></span>
        </div>
    }
}

fn shown(editor: Editor, row: GridRow, lineage: Option<&Lineage>) -> CellState {
    let (catalogue, holding) = (editor.catalogue.read(), editor.holding.read());
    let nothing = CellState {
        checked: "false",
        source: "none",
        is_changed: false,
        is_locked: true,
        note: None,
    };
    let Some(lineage) = lineage else {
        return nothing;
    };
    match row {
        GridRow::Permission(index) => {
            let Some(permission) = catalogue.permissions.get(index) else {
                return nothing;
            };
            let cell = lineage.cell(permission, &holding);
            CellState {
                checked: if cell.is_on() { "true" } else { "false" },
                source: match &cell.source {
                    vestibule_client::roles::CellSource::Inherited(_) => "inherited",
                    vestibule_client::roles::CellSource::Own => "own",
                    vestibule_client::roles::CellSource::None => "none",
                },
                is_changed: cell.is_changed,
                is_locked: cell.lock.is_some(),
                note: words::note(&cell),
            }
        }
        GridRow::PermissionGroup(index) => {
            let Some(group) = catalogue.groups.get(index) else {
                return nothing;
            };
            let cell = lineage.group_cell(&catalogue, group, &holding);
            let note = cell.lock.map(|lock| match lock {
                CellLock::Inherited => words::lock(lock, "other roles"),
                _ => words::lock(lock, ""),
            });
            CellState {
                checked: match cell.tri {
                    TriState::Off => "false",
                    TriState::Some => "mixed",
                    TriState::On => "true",
                },
                source: "group",
                is_changed: cell.is_changed,
                is_locked: cell.lock.is_some(),
                note,
            }
        }
    }
}
