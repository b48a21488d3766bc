//! The strip of tabs (ARIA tabs pattern, with a roving focus).

use super::beside_button::BesideButton;
use super::new_tab::NewTab;
use super::state::TabsState;
use super::tab_item::{AppTab, SessionTab, element_id};
use super::texts;
use crate::effect::Effect;
use crate::pages::workbench::context::WorkbenchContext;
use crate::ui::{For, Icon, Menu, MenuItem, focus_id};
use leptos::prelude::*;
use vestibule_model::ids::TabId;
use vestibule_model::tab::TabKind;

/// The strip.
#[component]
pub fn TabStrip() -> impl IntoView {
    let context = WorkbenchContext::expect();
    let tabs = context.tabs;
    let label = Memo::new(move |_| texts::tabs_of(&context.workbench.name.read()));
    let has_more = Memo::new(move |_| !tabs.list.read().is_empty());
    let refused = Signal::derive(move || context.workbench.refusals.tab());
    let is_terminal = Memo::new(move |_| {
        let selected = tabs.selected.read();
        let list = tabs.list.read();
        let found = list.iter().find(|tab| Some(&tab.id) == selected.as_ref());
        found.is_some_and(|tab| tab.kind == TabKind::Terminal)
    });
    keep_focus(tabs);
    view! {
        <div class="tab-strip">
            <div
                class="tab-list"
                role="tablist"
                aria-label=label
                on:keydown=move |event| follow_key(tabs, &event)
            >
                <AppTab tabs=tabs />
                <For each=move || ids(tabs) key=Clone::clone let:id>
                    <SessionTab tabs=tabs id=id />
                </For>
            </div>
            <NewTab tabs=tabs refused=refused />
            {move || has_more.get().then(|| view! { <More tabs=tabs refused=refused /> })}
            {move || has_more.get().then(|| view! { <span class="tab-beside"><BesideButton /></span> })}
            {move || is_terminal.get().then(|| view! {
                <span class="tab-hint wide-only">{texts::LEAVE_HINT}</span>
            })}
        </div>
    }
}

fn ids(tabs: TabsState) -> Vec<TabId> {
    tabs.list.read().iter().map(|tab| tab.id.clone()).collect()
}

/// Menu with all tabs, for those that do not fit, and with the actions on the selected one.
#[component]
fn More(tabs: TabsState, refused: Signal<Option<String>>) -> impl IntoView {
    let selected = tabs.selected;
    let is_changeable = Memo::new(move |_| selected.read().is_some() && refused.read().is_none());
    let act = move |act: fn(TabsState, TabId)| {
        if let Some(id) = selected.get_untracked() {
            act(tabs, id);
        }
    };
    // Whether the selected tab is shared, if it is a terminal of the user.
    let sharing = Memo::new(move |_| {
        let (list, selected) = (tabs.list.read(), selected.read());
        let tab = list.iter().find(|tab| Some(&tab.id) == selected.as_ref());
        let tab = tab.filter(|tab| tab.kind == TabKind::Terminal && tabs.is_mine(tab));
        tab.map(|tab| tab.shared)
    });
    let share = move |shared: bool| {
        if let Some(id) = selected.get_untracked() {
            tabs.share(id, shared);
        }
    };
    let choose = move |id: Option<TabId>| {
        tabs.select(id.clone());
        match id {
            Some(id) => tabs.focus_on(&id),
            None => tabs.to_focus.set(None),
        }
    };
    view! {
        <Menu id="all-tabs" label=texts::MORE trigger=Box::new(|| view! { <Icon name="down" /> }.into_any())>
            <div role="group" aria-label=texts::SHOW_TAB>
                <MenuItem checked=Signal::derive(move || selected.read().is_none()) on_choose=move || choose(None)>
                    {texts::APP}
                </MenuItem>
                <For each=move || ids(tabs) key=Clone::clone let:id>
                    {
                        let (own, chosen, shown) = (id.clone(), id.clone(), tabs.tab(id));
                        let is_selected = Signal::derive(move || selected.read().as_ref() == Some(&own));
                        view! {
                            <MenuItem checked=is_selected on_choose=move || choose(Some(chosen.clone()))>
                                {move || shown.get().map(|tab| tab.title)}
                            </MenuItem>
                        }
                    }
                </For>
            </div>
            {move || is_changeable.get().then(|| view! {
                <div class="menu-group" role="group" aria-label=texts::CHANGE_TAB>
                    <p class="menu-title" aria-hidden="true">{texts::CHANGE_TAB}</p>
                    {move || sharing.get().map(|shared| view! {
                        <MenuItem on_choose=move || share(!shared)>
                            {if shared { texts::STOP_SHARING } else { texts::SHARE }}
                        </MenuItem>
                    })}
                    <MenuItem on_choose=move || tabs.is_renaming.set(true)>{texts::RENAME}</MenuItem>
                    <MenuItem on_choose=move || act(|tabs, id| tabs.shift(&id, -1))>{texts::MOVE_LEFT}</MenuItem>
                    <MenuItem on_choose=move || act(|tabs, id| tabs.shift(&id, 1))>{texts::MOVE_RIGHT}</MenuItem>
                    <MenuItem on_choose=move || act(TabsState::close)>{texts::CLOSE}</MenuItem>
                </div>
            })}
        </Menu>
    }
}

/// Focuses a tab again that has changed its place by keyboard.
fn keep_focus(tabs: TabsState) {
    let order = Memo::new(move |_| ids(tabs));
    Effect::new(move |_| {
        // Read: a memo that was never computed notifies no effect.
        order.get();
        let moved = tabs.moved.get_untracked();
        let focused = document().active_element();
        let is_lost = focused.is_none_or(|focused| {
            focused.tag_name() == "BODY" || focused.get_attribute("role").as_deref() == Some("tab")
        });
        if moved.is_some() && is_lost {
            focus_tab(moved.as_ref());
        }
    });
}

/// Moves between the tabs, and acts on the focused one.
fn follow_key(tabs: TabsState, event: &web_sys::KeyboardEvent) {
    let list = untrack(|| ids(tabs));
    let selected = tabs.selected.get_untracked();
    // The app's screen is the first tab.
    let at = selected
        .as_ref()
        .and_then(|id| list.iter().position(|one| one == id))
        .map_or(0, |at| at + 1);
    let count = list.len() + 1;
    let is_moving = event.ctrl_key() && event.shift_key();
    let target = match (event.key().as_str(), selected) {
        ("ArrowLeft", Some(id)) if is_moving => {
            event.prevent_default();
            tabs.shift(&id, -1);
            return tabs.moved.set(Some(id));
        }
        ("ArrowRight", Some(id)) if is_moving => {
            event.prevent_default();
            tabs.shift(&id, 1);
            return tabs.moved.set(Some(id));
        }
        ("ArrowLeft", _) => (at + count - 1) % count,
        ("ArrowRight", _) => (at + 1) % count,
        ("Home", _) => 0,
        ("End", _) => count - 1,
        ("F2", Some(_)) => {
            event.prevent_default();
            return tabs.is_renaming.set(true);
        }
        ("Delete", Some(id)) => {
            event.prevent_default();
            let next = tabs.neighbour(&id);
            tabs.close(id);
            return focus_tab(next.as_ref());
        }
        _ => return,
    };
    event.prevent_default();
    tabs.to_focus.set(None);
    tabs.moved.set(None);
    let id = target.checked_sub(1).and_then(|at| list.get(at).cloned());
    tabs.select(id.clone());
    focus_tab(id.as_ref());
}

/// Moves the focus to a tab once the current change is rendered.
pub fn focus_tab(id: Option<&TabId>) {
    let element = element_id(id);
    request_animation_frame(move || {
        focus_id(&element);
    });
}
