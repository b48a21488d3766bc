//! Search and filters above the table.

use super::groups::Group;
use super::state::TableState;
use crate::pages::workbenches::texts;
use crate::ui::{For, Icon, Mark, SearchField};
use leptos::prelude::*;
use vestibule_client::table::Table;

/// Pause after typing before the rows follow; short, because they follow quickly.
const PAUSE_MILLIS: u32 = 60;

/// Id of the search.
pub const SEARCH: &str = "table-search";

/// The toolbar.
#[component]
pub fn Toolbar(state: TableState) -> impl IntoView {
    let groups = Memo::new(move |_| {
        state.counted.track();
        state.groups()
    });
    let visible = Memo::new(move |_| {
        let shown = state.shown.read();
        let groups = groups.get().into_iter();
        // A group that is filtered for stays, so that the filter can be removed.
        let visible = groups.filter(|(group, count)| *count > 0 || shown.groups.contains(group));
        visible.map(|(group, _)| group).collect::<Vec<_>>()
    });
    let shown = move || {
        state.arranged.track();
        let shown = state.read(Table::count)?;
        Some(texts::shown(shown, state.total.get()?))
    };
    let text = Memo::new(move |_| state.shown.read().text.clone());
    let search = Callback::new(move |text| state.show(|shown| shown.text = text));
    let is_mine = Memo::new(move |_| state.shown.read().is_mine);
    view! {
        <div class="toolbar">
            <SearchField
                id=SEARCH
                label=texts::SEARCH
                placeholder=texts::SEARCH_PLACEHOLDER
                clear_label=texts::CLEAR_SEARCH
                pause_millis=PAUSE_MILLIS
                text=text
                on_text=search
            />
            <div class="chips" role="group" aria-label=texts::FILTER>
                <button
                    type="button"
                    class="chip"
                    aria-pressed=move || is_mine.get().to_string()
                    on:click=move |_| state.show(|shown| shown.is_mine = !shown.is_mine)
                >
                    <Icon name="person" size=14 />
                    {texts::MINE}
                </button>
                <For
                    each=move || visible.get()
                    key=|group| *group
                    children=move |group| view! { <Chip group=group groups=groups state=state /> }
                />
            </div>
            <p class="toolbar-count quiet" role="status">{shown}</p>
        </div>
    }
}

#[component]
fn Chip(group: Group, groups: Memo<Vec<(Group, usize)>>, state: TableState) -> impl IntoView {
    let count = Memo::new(move |_| {
        let groups = groups.read();
        let found = groups.iter().find(|(known, _)| *known == group);
        found.map_or(0, |(_, count)| *count)
    });
    let is_pressed = Memo::new(move |_| state.shown.read().groups.contains(&group));
    view! {
        <button
            type="button"
            class="chip"
            aria-pressed=move || is_pressed.get().to_string()
            on:click=move |_| state.toggle_group(group)
        >
            <Mark kind=group.mark() />
            {group.label()}
            " "
            <span class="chip-count">{count}</span>
        </button>
    }
}
