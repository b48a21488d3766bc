//! Row of the table: its box, its cells and its commands.

use super::bulk::{Bulk, BulkAction};
use super::columns::{COLUMNS, RowContext};
use super::state::TableState;
use crate::effect::Effect;
use crate::pages::shared::{StatusSummary, WorkbenchStage};
use crate::pages::workbenches::texts;
use crate::ui::{Announcer, Icon};
use leptos::prelude::*;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::workbench::Workbench;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A workbench in the table.
#[component]
pub fn Row(
    id: WorkbenchId,
    row: RwSignal<Workbench>,
    state: TableState,
    bulk: Bulk,
) -> impl IntoView {
    let own = id.clone();
    let place = Memo::new(move |_| {
        state.arranged.track();
        state.read(|table| table.place_of(&own)).flatten()
    });
    let own = id.clone();
    let is_selected = Memo::new(move |_| {
        state.selected.track();
        state.read(|table| table.is_selected(&own)).unwrap_or(false)
    });
    let own = id.clone();
    // Until the keyboard has reached a row, Tab leads to the first one.
    let tab = Memo::new(move |_| {
        let active = state.active.read();
        let is_active = match active.as_ref() {
            Some(active) => *active == own,
            None => place.get() == Some(0),
        };
        if is_active { "0" } else { "-1" }
    });
    let name = Memo::new(move |_| row.read().name.clone());
    let summary = Memo::new(move |_| StatusSummary::of(&row.read()));
    let owner = Memo::new(move |_| state.owner(&row.read()));
    let context = RowContext {
        workbench: row,
        name,
        summary,
        tab,
        owner,
    };
    let mut cells = COLUMNS.iter();
    let header = cells.next().map(|column| {
        view! { <th scope="row" class=column.class>{(column.cell)(context)}</th> }
    });
    let cells = cells.map(|column| {
        view! { <td class=column.class>{(column.cell)(context)}</td> }
    });
    let cells = cells.collect_view();
    announce(name, summary);
    let own = id.clone();
    let focus = move |_| state.active.set(Some(own.clone()));
    view! {
        <tr
            aria-rowindex=move || place.get().map(|place| (place + 2).to_string())
            data-selected=move || is_selected.get().then_some("true")
            on:focusin=focus
            on:click=open_row
        >
            <td class="cell-check"><Check id=id.clone() name=name tab=tab is_selected=is_selected state=state /></td>
            {header}
            {cells}
            <td class="cell-actions"><Actions id=id row=row name=name summary=summary tab=tab bulk=bulk /></td>
        </tr>
    }
}

/// Opens the workbench when its row is clicked beside the controls in it. The keyboard has the link.
fn open_row(event: web_sys::MouseEvent) {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let closest = |css| target.as_ref()?.closest(css).ok().flatten();
    let is_plain = !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
    let is_control = closest("a, button, label, input").is_some();
    let selection = window().get_selection().ok().flatten();
    let is_selecting = selection.is_some_and(|selection| !selection.is_collapsed());
    if !is_plain || is_control || is_selecting {
        return;
    }
    let link = closest("tr").and_then(|row| row.query_selector(".row-link").ok().flatten());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        link.click();
    }
}

#[component]
fn Check(
    id: WorkbenchId,
    name: Memo<String>,
    tab: Memo<&'static str>,
    is_selected: Memo<bool>,
    state: TableState,
) -> impl IntoView {
    let is_range = StoredValue::new(false);
    let change = move |event: web_sys::Event| {
        let requested = event_target_checked(&event);
        state.select(|table| {
            if is_range.get_value() {
                table.select_to(&id);
            } else if table.is_selected(&id) != requested {
                table.toggle(&id);
            }
        });
        // The browser has toggled the box by itself; a range may have selected it otherwise.
        let input: web_sys::HtmlInputElement = event_target(&event);
        input.set_checked(is_selected.get_untracked());
    };
    view! {
        <label class="check">
            <input
                type="checkbox"
                aria-label=move || format!("Select {}", name.read())
                tabindex=move || tab.get()
                prop:checked=is_selected
                on:click=move |event| is_range.set_value(event.shift_key())
                on:change=change
            />
        </label>
    }
}

#[component]
fn Actions(
    id: WorkbenchId,
    row: RwSignal<Workbench>,
    name: Memo<String>,
    summary: Memo<StatusSummary>,
    tab: Memo<&'static str>,
    bulk: Bulk,
) -> impl IntoView {
    let offered = Memo::new(move |_| {
        let stage = summary.read().stage;
        let action = match stage {
            WorkbenchStage::Starting { .. } | WorkbenchStage::Running | WorkbenchStage::Unknown => {
                Some(BulkAction::Stop)
            }
            WorkbenchStage::Ended { .. } => Some(BulkAction::Start),
            WorkbenchStage::Stopping | WorkbenchStage::Deleting => None,
        };
        (action, stage == WorkbenchStage::Deleting)
    });
    let own = id.clone();
    let is_busy = Memo::new(move |_| bulk.busy.read().contains(&own));
    let id = StoredValue::new(id);
    let button = move |action: BulkAction, is_deleting: bool| {
        let refused = Memo::new(move |_| {
            let is_deleted = is_deleting.then(|| texts::IS_DELETED.to_owned());
            is_deleted.or_else(|| id.with_value(|id| bulk.refusal(action, id)))
        });
        let label = Memo::new(move |_| format!("{} {}", action.as_str(), name.read()));
        let is_off = move || refused.read().is_some();
        let press = move |_| {
            if !untrack(is_off) && !is_busy.get_untracked() {
                bulk.ask_about(action, &row.read_untracked());
            }
        };
        view! {
            <button
                type="button"
                class="button"
                data-variant="quiet"
                data-action=action.icon()
                aria-label=label
                title=move || refused.read().is_none().then(|| label.get())
                aria-description=refused
                aria-disabled=move || is_off().then_some("true")
                aria-busy=move || is_busy.get().then_some("true")
                tabindex=move || tab.get()
                on:click=press
            >
                <Icon name=action.icon() />
            </button>
        }
    };
    view! {
        <div class="row-actions">
            {move || {
                let (action, is_deleting) = offered.get();
                (action.map(|action| button(action, false)), button(BulkAction::Delete, is_deleting))
            }}
        </div>
    }
}

/// Announces a change of state; the first state is not announced.
fn announce(name: Memo<String>, summary: Memo<StatusSummary>) {
    let announcer = Announcer::expect();
    let word = Memo::new(move |_| summary.read().word);
    Effect::new(move |before: Option<&'static str>| {
        let word = word.get();
        if before.is_some_and(|before| before != word) {
            announcer.say(format!("{}: {word}", name.read_untracked()));
        }
        word
    });
}
