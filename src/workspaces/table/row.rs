//! One row: each cell follows its own slice of the workbench, so that a change touches that cell
//! alone.

use super::board::Board;
use super::bulk::{Bulk, Verb};
use crate::hooks::{Catalogue, seed_workbench};
use crate::routes::Page;
use crate::ui::{Announcer, Icon, When, attr, effect, live};
use crate::workbench::{Stage, StateMark, reading};
use leptos::prelude::*;
use vestibule_model::duration::rough;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::phase::Phase;
use vestibule_model::table;
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::Workbench;

/// A workbench in the table.
#[component]
pub fn Row(
    id: WorkbenchId,
    row: RwSignal<Workbench>,
    board: Board,
    bulk: Bulk,
    now: Signal<Timestamp>,
) -> impl IntoView {
    let href = Page::Session(row.with_untracked(|w| w.workspace_id.clone()), id.clone()).path();
    let key = id.to_string();
    let own = id.clone();
    let place = Memo::new(move |_| {
        board.arranged.track();
        board.read(|table| table.place_of(&own)).flatten()
    });
    let own = id.clone();
    let is_selected = Memo::new(move |_| {
        board.selected.track();
        board.read(|table| table.is_selected(&own)).unwrap_or(false)
    });
    let own = id.clone();
    // Before anybody has moved there, Tab leads to the first row.
    let tab = Memo::new(move |_| {
        let active = board.active.read();
        let is_active = match active.as_ref() {
            Some(active) => *active == own,
            None => place.get() == Some(0),
        };
        if is_active { "0" } else { "-1" }
    });
    let name = Memo::new(move |_| row.read().name.clone());
    let reading = Memo::new(move |_| reading::read(&row.read()));
    let k8s = Memo::new(move |_| row.read().k8s_status.to_string());
    let times = Memo::new(move |_| {
        let row = row.read();
        let started = row.run.as_ref().and_then(|run| run.started_at);
        (started, table::since(&row))
    });
    let phase = Memo::new(move |_| row.read().status.phase.clone());
    let app = Memo::new(move |_| row.read().app.clone());
    let owner = Memo::new(move |_| board.owner(&row.read()));
    let message = Memo::new(move |_| {
        let reading = reading.read();
        if reading.stage == Stage::Running {
            String::new()
        } else {
            reading.sentence.clone()
        }
    });
    let since = Memo::new(move |_| {
        let since = times.get().1?;
        Some(rough(now.get().since(since)))
    });
    let catalogue = Catalogue::get();
    announce(name, reading);
    let own = id.clone();
    let focus = move |_| board.active.set(Some(own.clone()));
    view! {
        <tr
            aria-rowindex=attr(move || place.get().map(|place| (place + 2).to_string()))
            data-selected=attr(move || is_selected.get().then_some("true"))
            on:focusin=focus
        >
            <td class="cell-check"><Check id=id.clone() name=name tab=tab is_selected=is_selected board=board /></td>
            <th scope="row" class="cell-name">
                <a
                    class="row-link"
                    data-row=key
                    href=href
                    tabindex=attr(move || tab.get())
                    title=attr(move || name.get())
                    on:click=move |_| seed_workbench(row.get_untracked())
                >
                    {live(move || name.get())}
                </a>
            </th>
            <td class="cell-state"><StateMark reading=reading k8s_status=k8s /></td>
            <td class="cell-phase">{live(move || word(&phase.read()))}</td>
            <td class="cell-app">{live(move || catalogue.title(&app.read()))}</td>
            <td class="cell-owner">{live(move || owner.get())}</td>
            <td class="cell-time"><When at=Signal::derive(move || times.get().0) /></td>
            <td class="cell-since" title=attr(move || times.get().1.map(|at| at.to_string()))>
                {live(move || since.get())}
            </td>
            <td class="cell-message" title=attr(move || Some(message.get()).filter(|text| !text.is_empty()))>
                <span class="message">{live(move || message.get())}</span>
            </td>
            <td class="cell-actions"><Actions id=id row=row name=name reading=reading tab=tab bulk=bulk /></td>
        </tr>
    }
    .into_any()
}

#[component]
fn Check(
    id: WorkbenchId,
    name: Memo<String>,
    tab: Memo<&'static str>,
    is_selected: Memo<bool>,
    board: Board,
) -> impl IntoView {
    let is_range = StoredValue::new(false);
    let change = move |event: web_sys::Event| {
        let wanted = event_target_checked(&event);
        board.select(|table| {
            if is_range.get_value() {
                table.select_to(&id);
            } else if table.is_selected(&id) != wanted {
                table.toggle(&id);
            }
        });
        // The browser has turned it over by itself, which may not be what a range made of it.
        let input: web_sys::HtmlInputElement = event_target(&event);
        input.set_checked(is_selected.get_untracked());
    };
    view! {
        <label class="check">
            <input
                type="checkbox"
                aria-label=attr(move || ["Select ", &name.read()].concat())
                tabindex=attr(move || tab.get())
                prop:checked=attr(move || is_selected.get())
                on:click=move |event| is_range.set_value(event.shift_key())
                on:change=change
            />
        </label>
    }
    .into_any()
}

#[component]
fn Actions(
    id: WorkbenchId,
    row: RwSignal<Workbench>,
    name: Memo<String>,
    reading: Memo<reading::Reading>,
    tab: Memo<&'static str>,
    bulk: Bulk,
) -> impl IntoView {
    let offers = Memo::new(move |_| {
        let stage = reading.read().stage;
        let wish = match stage {
            Stage::Starting { .. } | Stage::Running | Stage::Unknown => Some(Verb::Stop),
            Stage::Ended { .. } => Some(Verb::Start),
            Stage::Stopping | Stage::Deleting => None,
        };
        (wish, stage == Stage::Deleting)
    });
    let is_busy = Memo::new(move |_| bulk.busy.read().contains(&id));
    let button = move |verb: Verb, is_off: bool| {
        let label = Memo::new(move |_| [verb.word(), " ", &name.read()].concat());
        let press = move |_| {
            if !is_off && !is_busy.get_untracked() {
                bulk.ask_about(verb, &row.read_untracked());
            }
        };
        view! {
            <button
                type="button"
                class="button"
                data-look="quiet"
                aria-label=attr(move || label.get())
                title=attr(move || label.get())
                aria-disabled=attr(move || is_off.then_some("true"))
                aria-busy=attr(move || is_busy.get().then_some("true"))
                tabindex=attr(move || tab.get())
                on:click=press
            >
                <Icon name=verb.icon() />
            </button>
        }
        .into_any()
    };
    view! {
        <div class="row-actions">
            {live(move || {
                let (wish, is_going) = offers.get();
                (wish.map(|verb| button(verb, false)), button(Verb::Delete, is_going))
            })}
        </div>
    }
    .into_any()
}

/// The phase as those say it who know Kubernetes; a word this console does not know, as it came.
fn word(phase: &Phase) -> String {
    match phase.as_str() {
        "" => "–".to_owned(),
        word => word.to_owned(),
    }
}

/// Says a change of state, and nothing at the first sight.
fn announce(name: Memo<String>, reading: Memo<reading::Reading>) {
    let announcer = Announcer::get();
    let word = Memo::new(move |_| reading.read().word);
    let mut before = None;
    effect(move || {
        let word = word.get();
        if before.replace(word).is_some_and(|before| before != word) {
            announcer.say([&*name.read_untracked(), ": ", word].concat());
        }
    });
}
