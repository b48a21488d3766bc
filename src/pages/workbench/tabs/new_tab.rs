//! Buttons that open a tab; where there is no room for them, a menu.

use super::state::TabsState;
use super::texts;
use crate::ui::{Button, ButtonVariant, Icon, Menu, MenuItem};
use leptos::prelude::*;
use vestibule_model::tab::TabKind;

/// Name and icon of each kind of tab that can be opened.
const KINDS: [(TabKind, &str, &str); 3] = [
    (TabKind::Terminal, texts::NEW_TERMINAL, "plus"),
    (TabKind::Agent, texts::NEW_AGENT, "message"),
    (TabKind::Log, texts::NEW_LOG, "log"),
];

/// Button for each kind, and the menu of a narrow screen. The style sheet shows either.
#[component]
pub fn NewTab(tabs: TabsState, refused: Signal<Option<String>>) -> impl IntoView {
    let button = move |(kind, label, icon): (TabKind, &'static str, &'static str)| {
        view! {
            <Button
                variant=ButtonVariant::Quiet
                label=label
                refused=refused
                on_press=move || tabs.open(kind.clone())
            >
                <Icon name=icon />
            </Button>
        }
    };
    let is_refused = Memo::new(move |_| refused.read().is_some());
    view! {
        {KINDS.map(button)}
        <span class="tab-new">
            <Show
                when=move || is_refused.get()
                fallback=move || view! { <NewTabMenu tabs=tabs /> }
            >
                <Button variant=ButtonVariant::Quiet label=texts::NEW_TAB refused=refused>
                    <Icon name="plus" />
                </Button>
            </Show>
        </span>
    }
}

#[component]
fn NewTabMenu(tabs: TabsState) -> impl IntoView {
    let item = move |(kind, label, _): (TabKind, &'static str, &'static str)| {
        view! { <MenuItem on_choose=move || tabs.open(kind.clone())>{label}</MenuItem> }
    };
    view! {
        <Menu id="new-tab" label=texts::NEW_TAB trigger=Box::new(|| view! { <Icon name="plus" /> }.into_any())>
            {KINDS.map(item)}
        </Menu>
    }
}
