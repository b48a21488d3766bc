//! The table of workbenches: 10,000 rows, of which those in sight are drawn.

mod address;
mod board;
mod bulk;
mod bulk_dialog;
mod keys;
mod row;
mod toolbar;
mod viewport;

use crate::hooks::use_now;
use crate::parts;
use crate::ui::{Button, EmptyState, Icon, Look, attr, each, effect, ever, live};
pub use address::Shown;
pub use board::Board;
pub use bulk::Bulk;
use bulk::Verb;
pub use bulk_dialog::BulkDialog;
use leptos::html;
use leptos::prelude::*;
use row::Row;
use toolbar::Toolbar;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::table::{Column, Table};

/// The columns: what they are called, what their cells are called, and what they sort by.
const COLUMNS: [(&str, &str, Option<Column>); 8] = [
    ("Name", "name", Some(Column::Name)),
    ("State", "state", Some(Column::State)),
    ("Phase", "phase", None),
    ("App", "app", Some(Column::App)),
    ("Made by", "owner", None),
    ("Started", "time", Some(Column::Started)),
    ("For", "since", Some(Column::TimeInState)),
    ("Message", "message", None),
];

/// The table with everything around it; `poke` asks for news.
#[component]
pub fn WorkbenchTable(board: Board, poke: Callback<()>) -> impl IntoView {
    let bulk = Bulk::new(board, poke);
    let is_asked = ever(bulk.open);
    let viewport = board.viewport;
    viewport.follow();
    let node = NodeRef::<html::Table>::new();
    let rows = Memo::new(move |_| {
        board.arranged.track();
        let window = viewport.window.get();
        let ids = board.read(|table| {
            let places = window.first..window.end;
            let rows = places.filter_map(|place| table.at(place).map(|row| row.id.clone()));
            rows.collect::<Vec<WorkbenchId>>()
        });
        ids.unwrap_or_default()
    });
    let count = Memo::new(move |_| {
        board.arranged.track();
        board.read(Table::count).unwrap_or_default()
    });
    let now = use_now(move || count.get() > 0);
    viewport.before_changes(move |window| {
        if let Some(table) = node.try_get_untracked().flatten() {
            keys::keep_focus(&table, board, window);
        }
    });
    effect(move || {
        if count.get() > 0 {
            request_animation_frame(move || viewport.arrived());
        }
    });
    let unreadable = move || match board.unreadable.get() {
        0 => None,
        1 => Some("1 row could not be read and is not shown.".to_owned()),
        rows => Some(format!("{rows} rows could not be read and are not shown.")),
    };
    let height = |room: i64| format!("{room}px");
    view! {
        <Toolbar board=board />
        <table
            class="table"
            aria-label="Workbenches"
            aria-rowcount=attr(move || (count.get() + 1).to_string())
            tabindex="-1"
            node_ref=node
            on:keydown=move |event| keys::on_key(board, &event)
        >
            <Head board=board />
            <tbody aria-hidden="true" node_ref=viewport.before>
                <tr><td class="room" style:height=attr(move || height(viewport.window.get().before))></td></tr>
            </tbody>
            <tbody class="rows">
                {each(
                    move || rows.get().into_iter().map(|id| (id.to_string(), id)).collect(),
                    move |id| board.draw(&id).map(|row| view! { <Row id=id row=row board=board bulk=bulk now=now /> }).into_any(),
                )}
            </tbody>
            <tbody aria-hidden="true">
                <tr><td class="room" style:height=attr(move || height(viewport.window.get().after))></td></tr>
            </tbody>
        </table>
        {live(move || (count.get() == 0).then(|| view! { <NoMatch board=board /> }))}
        {live(move || unreadable().map(|text| view! { <p class="quiet">{text}</p> }))}
        <Selection board=board bulk=bulk />
        {live(move || is_asked.get().then(|| parts::BULK.add(bulk)))}
    }
    .into_any()
}

#[component]
fn Head(board: Board) -> impl IntoView {
    let heads = COLUMNS.map(|(label, cell, column)| {
        let class = ["cell-", cell].concat();
        let Some(column) = column else {
            return view! { <th scope="col" class=class>{label}</th> }.into_any();
        };
        let order = Memo::new(move |_| {
            let sort = board.shown.read().sort;
            (sort.column == column).then_some(if sort.descending {
                "descending"
            } else {
                "ascending"
            })
        });
        view! {
            <th scope="col" class=class aria-sort=attr(move || order.get())>
                <button type="button" class="sort" on:click=move |_| board.sort_by(column)>
                    {label}
                    <Icon name="down" size=12 />
                </button>
            </th>
        }
        .into_any()
    });
    let is_all = Memo::new(move |_| {
        board.selected.track();
        board.arranged.track();
        let all = board.read(|table| {
            let selected = table.selected().len() - table.hidden_selected();
            (selected > 0, selected == table.count() && selected > 0)
        });
        all.unwrap_or_default()
    });
    let change = move |event: web_sys::Event| {
        let is_wanted = event_target_checked(&event);
        board.select(|table| {
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
                            aria-label="Select all that are shown"
                            prop:checked=attr(move || is_all.get().1)
                            prop:indeterminate=attr(move || is_all.get().0 && !is_all.get().1)
                            on:change=change
                        />
                    </label>
                </th>
                {heads.into_iter().collect_view()}
                <th scope="col" class="cell-actions"><span class="visually-hidden">"Actions"</span></th>
            </tr>
        </thead>
    }
    .into_any()
}

#[component]
fn NoMatch(board: Board) -> impl IntoView {
    let clear = Callback::new(move |()| {
        board.show(|shown| {
            *shown = Shown {
                sort: shown.sort,
                ..Shown::default()
            };
        });
    });
    view! {
        <EmptyState icon="search" title="No workbench matches" text="None has all of what is searched and filtered for.">
            <Button on_press=clear>"Show all"</Button>
        </EmptyState>
    }
    .into_any()
}

/// What is selected, and what can be done with all of it.
#[component]
fn Selection(board: Board, bulk: Bulk) -> impl IntoView {
    let selected = Memo::new(move |_| {
        board.selected.track();
        board.arranged.track();
        board
            .read(|table| (table.selected().len(), table.hidden_selected()))
            .unwrap_or_default()
    });
    let is_some = Memo::new(move |_| selected.get().0 > 0);
    let text = move || {
        let (all, hidden) = selected.get();
        match hidden {
            0 => format!("{all} selected"),
            hidden => format!("{all} selected, {hidden} not shown"),
        }
    };
    let clear = Callback::new(move |()| board.select(Table::clear_selection));
    view! {
        {live(move || is_some.get().then(|| view! {
            <div class="selection" role="region" aria-label="Selection">
                <span role="status">{live(text)}</span>
                {[Verb::Start, Verb::Stop, Verb::Delete].into_iter().map(|verb| {
                    let ask = Callback::new(move |()| bulk.ask(verb));
                    view! { <Button on_press=ask><Icon name=verb.icon() />{verb.word()}</Button> }
                }).collect_view()}
                <Button look=Look::Quiet label="Select none" on_press=clear><Icon name="close" /></Button>
            </div>
        }))}
    }
    .into_any()
}
