//! The table of workbenches: up to 10,000 rows, of which only the visible ones are rendered.

mod address;
mod bulk;
mod bulk_dialog;
mod columns;
mod groups;
mod keys;
mod row;
mod state;
mod toolbar;
mod viewport;

use crate::effect::Effect;
use crate::pages::workbenches::texts;
use crate::ui::{Button, ButtonVariant, EmptyState, For, Icon, focus_id};
pub use address::TableQuery;
use bulk::Bulk;
use bulk::BulkAction;
use bulk_dialog::{BulkDialog, dialog_content};
use columns::COLUMNS;
use leptos::html;
use leptos::prelude::*;
use row::Row;
pub use state::TableState;
use toolbar::{SEARCH, Toolbar};
use vestibule_client::table::Table;
use vestibule_model::ids::WorkbenchId;

/// The table with its toolbar; `refresh` requests the list.
#[component]
pub fn WorkbenchTable(state: TableState, refresh: Callback<()>) -> impl IntoView {
    let bulk = Bulk::new(state, refresh);
    let viewport = state.viewport;
    viewport.follow();
    let node = NodeRef::<html::Table>::new();
    let rows = Memo::new(move |_| {
        state.arranged.track();
        let window = viewport.window.get();
        let ids = state.read(|table| {
            let places = window.first..window.end;
            let rows = places.filter_map(|place| table.at(place).map(|row| row.id.clone()));
            rows.collect::<Vec<WorkbenchId>>()
        });
        ids.unwrap_or_default()
    });
    let count = Memo::new(move |_| {
        state.arranged.track();
        state.read(Table::count).unwrap_or_default()
    });
    viewport.before_changes(move |window| {
        if let Some(table) = node.try_get_untracked().flatten() {
            keys::keep_focus(&table, state, window);
        }
    });
    Effect::new(move |_| {
        if count.get() > 0 {
            request_animation_frame(move || viewport.arrived());
        }
    });
    let height = |room: i64| format!("{room}px");
    view! {
        <Toolbar state=state />
        <table
            class="table"
            aria-label=texts::TABLE
            aria-rowcount=move || (count.get() + 1).to_string()
            tabindex="-1"
            node_ref=node
            on:keydown=move |event| keys::on_key(state, &event)
            on:pointerenter=|_| dialog_content().prefetch()
            on:focusin=|_| dialog_content().prefetch()
        >
            <Head state=state />
            <tbody aria-hidden="true" node_ref=viewport.before>
                <tr><td class="room" style:height=move || height(viewport.window.get().before)></td></tr>
            </tbody>
            <tbody class="rows">
                <For
                    each=move || rows.get()
                    key=Clone::clone
                    children=move |id| state.draw(&id).map(|row| view! { <Row id=id row=row state=state bulk=bulk /> })
                />
            </tbody>
            <tbody aria-hidden="true">
                <tr><td class="room" style:height=move || height(viewport.window.get().after)></td></tr>
            </tbody>
        </table>
        <Show when=move || count.get() == 0>
            <NoMatch state=state />
        </Show>
        {move || texts::unreadable(state.unreadable.get()).map(|text| view! { <p class="quiet">{text}</p> })}
        <Selection state=state bulk=bulk />
        <BulkDialog bulk />
    }
}

#[component]
fn Head(state: TableState) -> impl IntoView {
    let heads = COLUMNS.map(|column| {
        let (title, class) = (column.title, column.class);
        let Some((_, key)) = column.sort else {
            return view! { <th scope="col" class=class>{title}</th> }.into_any();
        };
        let order = Memo::new(move |_| {
            let sort = state.shown.read().sort;
            (sort.key == key).then_some(if sort.descending {
                "descending"
            } else {
                "ascending"
            })
        });
        view! {
            <th scope="col" class=class aria-sort=move || order.get()>
                <button type="button" class="sort" on:click=move |_| state.sort_by(key)>
                    {title}
                    <Icon name="down" size=12 />
                </button>
            </th>
        }
        .into_any()
    });
    let is_all = Memo::new(move |_| {
        state.selected.track();
        state.arranged.track();
        let all = state.read(|table| {
            let selected = table.selected().len() - table.hidden_selected();
            (selected > 0, selected == table.count() && selected > 0)
        });
        all.unwrap_or_default()
    });
    let change = move |event: web_sys::Event| {
        let is_wanted = event_target_checked(&event);
        state.select(|table| {
            if is_wanted {
                table.select_all();
            } else {
                table.clear_selection();
            }
        });
    };
    view! {
        <thead>
            <tr aria-rowindex="1">
                <th scope="col" class="cell-check">
                    <label class="check">
                        <input
                            type="checkbox"
                            aria-label=texts::SELECT_ALL
                            prop:checked=move || is_all.get().1
                            prop:indeterminate=move || is_all.get().0 && !is_all.get().1
                            on:change=change
                        />
                    </label>
                </th>
                {heads.into_iter().collect_view()}
                <th scope="col" class="cell-actions"><span class="visually-hidden">{texts::ACTIONS}</span></th>
            </tr>
        </thead>
    }
}

#[component]
fn NoMatch(state: TableState) -> impl IntoView {
    let clear = move || {
        state.show(|shown| {
            *shown = TableQuery {
                sort: shown.sort,
                ..TableQuery::default()
            };
        });
        // The button goes with the text around it.
        focus_id(SEARCH);
    };
    view! {
        <EmptyState icon="search" title=texts::NO_MATCH_TITLE text=texts::NO_MATCH_TEXT>
            <Button on_press=clear>{texts::CLEAR_FILTERS}</Button>
        </EmptyState>
    }
}

/// The selected rows, and what can be done with all of them.
#[component]
fn Selection(state: TableState, bulk: Bulk) -> impl IntoView {
    let selected = Memo::new(move |_| {
        state.selected.track();
        state.arranged.track();
        state
            .read(|table| (table.selected().len(), table.hidden_selected()))
            .unwrap_or_default()
    });
    let text = move || {
        let (all, hidden) = selected.get();
        texts::selected(all, hidden)
    };
    let clear = move || state.select(Table::clear_selection);
    view! {
        <Show when=move || { selected.get().0 > 0 }>
            <div class="selection" role="region" aria-label=texts::SELECTION>
                <span role="status">{text}</span>
                {[BulkAction::Start, BulkAction::Stop, BulkAction::Delete].into_iter().map(|action| view! {
                    <Button refused=Memo::new(move |_| bulk.refusal_of_all(action)) on_press=move || bulk.ask(action)>
                        <Icon name=action.icon() />{action.as_str()}
                    </Button>
                }).collect_view()}
                <Button variant=ButtonVariant::Quiet label=texts::SELECT_NONE on_press=clear><Icon name="close" /></Button>
            </div>
        </Show>
    }
}
