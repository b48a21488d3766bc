//! Tab of the strip.

use super::resting::use_is_resting;
use super::state::TabsState;
use super::texts;
use crate::effect::Effect;
use crate::pages::workbench::into_shown_frame;
use crate::ui::{Icon, Mark, MarkKind};
use leptos::html;
use leptos::prelude::*;
use vestibule_model::ids::TabId;
use vestibule_model::tab::{TabKind, TabState};

/// Returns the id of a tab's element; `None` is the app's screen.
pub fn element_id(id: Option<&TabId>) -> String {
    id.map_or_else(|| "tab-app".to_owned(), |id| format!("tab-{id}"))
}

/// Returns the id of the element of a tab's panel.
pub fn panel_id(id: &TabId) -> String {
    format!("panel-{id}")
}

/// The tab of the app's screen.
#[component]
pub fn AppTab(tabs: TabsState) -> impl IntoView {
    let is_selected = Memo::new(move |_| tabs.is_app_selected());
    let enter = move || {
        tabs.select(None);
        // The frame is shown by the same change.
        request_animation_frame(|| {
            into_shown_frame();
        });
    };
    view! {
        <div
            class="tab"
            id=element_id(None)
            role="tab"
            aria-selected=move || is_selected.get().to_string()
            tabindex=move || if is_selected.get() { "0" } else { "-1" }
            on:click=move |_| enter()
            on:keydown=move |event| if is_press(&event) { enter() }
        >
            <Icon name="window" />
            <span class="tab-title">{texts::APP}</span>
        </div>
    }
}

/// The tab of a terminal or an agent.
#[component]
pub fn SessionTab(tabs: TabsState, id: TabId) -> impl IntoView {
    let tab = tabs.tab(id.clone());
    let node = NodeRef::<html::Div>::new();
    let own = id.clone();
    let is_selected = Memo::new(move |_| tabs.selected.read().as_ref() == Some(&own));
    let own = id.clone();
    let is_unread = Memo::new(move |_| {
        let tab = tab.read();
        let is_selected = tabs.selected.read().as_ref() == Some(&own);
        !is_selected && tab.as_ref().is_some_and(|tab| tabs.is_unread(tab))
    });
    keep_in_view(node, is_selected);
    forget_unread(tabs, id.clone(), is_selected);
    let own = id.clone();
    let people = Memo::new(move |_| {
        let tab = tab.read();
        let tab = tab.as_ref().filter(|tab| tab.kind.has_session())?;
        let present = tabs.present.read();
        let present = present.get(&own).map_or(&[][..], Vec::as_slice);
        let owner = tab.owner_name.as_deref().filter(|_| !tabs.is_mine(tab));
        texts::people_in(owner, tab.is_private(), tab.shared, present)
    });
    let name = Memo::new(move |_| {
        let tab = tab.read();
        let tab = tab.as_ref()?;
        let state = match (&tab.state, &tab.error) {
            (TabState::Ready, _) if is_unread.get() => Some(texts::NEW_OUTPUT.to_owned()),
            (TabState::Ready, _) => None,
            (_, Some(error)) => Some(error.message.clone()),
            (_, None) => Some(tab.stage.clone()),
        };
        let parts: Vec<String> = people.get().into_iter().chain(state).collect();
        let state = (!parts.is_empty()).then(|| parts.join(", "));
        Some(texts::tab_name(&tab.title, state.as_deref()))
    });
    let is_resting = use_is_resting(tab);
    let is_log = Memo::new(move |_| {
        let tab = tab.read();
        tab.as_ref().is_some_and(|tab| tab.kind == TabKind::Log)
    });
    let mark = Memo::new(move |_| match tab.read().as_ref().map(|tab| &tab.state) {
        Some(TabState::Error) if is_resting.get() => Some(MarkKind::Stopped),
        Some(TabState::Error) => Some(MarkKind::Failed),
        // A log waits for a run without an effort.
        Some(state) if state.is_pending() && !is_log.get() => Some(MarkKind::Working),
        Some(_) if tab.read().as_ref().is_some_and(|tab| tab.busy) => Some(MarkKind::Working),
        _ => None,
    });
    let icon = Memo::new(move |_| match tab.read().as_ref().map(|tab| &tab.kind) {
        Some(TabKind::Agent) => "message",
        Some(TabKind::Log) => "log",
        Some(TabKind::Terminal) if tab.read().as_ref().is_some_and(|tab| !tabs.admits(tab)) => {
            "lock"
        }
        _ => "terminal",
    });
    let (enters, pressed, closes, dragged, dropped) =
        (id.clone(), id.clone(), id.clone(), id.clone(), id.clone());
    let enter = move |id: &TabId| {
        tabs.select(Some(id.clone()));
        tabs.focus_on(id);
    };
    view! {
        <div
            class="tab"
            id=element_id(Some(&id))
            role="tab"
            node_ref=node
            aria-controls=panel_id(&id)
            aria-label=name
            title=name
            aria-keyshortcuts="Delete F2"
            aria-selected=move || is_selected.get().to_string()
            tabindex=move || if is_selected.get() { "0" } else { "-1" }
            draggable="true"
            on:click=move |_| enter(&enters)
            on:dblclick=move |_| tabs.is_renaming.set(true)
            on:keydown=move |event| if is_press(&event) { enter(&pressed) }
            on:dragstart=move |event| carry(&event, &dragged)
            on:dragover=move |event| event.prevent_default()
            on:drop=move |event| {
                event.prevent_default();
                if let Some(id) = carried(&event) {
                    tabs.move_to(&id, &dropped);
                }
            }
        >
            {move || match mark.get() {
                Some(kind) => view! { <Mark kind=kind /> }.into_any(),
                None => view! { <Icon name=icon.get() /> }.into_any(),
            }}
            <span class="tab-title">{move || tab.get().map(|tab| tab.title)}</span>
            {move || people.get().map(|people| view! { <span class="tab-people">{people}</span> })}
            {move || is_unread.get().then(|| view! { <span class="tab-unread"></span> })}
            // By keyboard the Delete key, or the menu: a button within a tab would not be reachable.
            <span
                class="tab-close"
                aria-hidden="true"
                on:click=move |event| {
                    event.stop_propagation();
                    tabs.close(closes.clone());
                }
            >
                <Icon name="close" size=12 />
            </span>
        </div>
    }
}

fn is_press(event: &web_sys::KeyboardEvent) -> bool {
    let is_it = matches!(event.key().as_str(), "Enter" | " ");
    if is_it {
        event.prevent_default();
    }
    is_it
}

/// Scrolls the strip so that the selected tab is visible.
fn keep_in_view(node: NodeRef<html::Div>, is_selected: Memo<bool>) {
    Effect::new(move |_| {
        if let (Some(node), true) = (node.get(), is_selected.get()) {
            request_animation_frame(move || {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                options.set_inline(web_sys::ScrollLogicalPosition::Nearest);
                node.scroll_into_view_with_scroll_into_view_options(&options);
            });
        }
    });
}

/// Marks output as read once its tab is selected.
fn forget_unread(tabs: TabsState, id: TabId, is_selected: Memo<bool>) {
    Effect::new(move |_| {
        if is_selected.get() && tabs.unread.read_untracked().contains(&id) {
            tabs.unread.update(|unread| {
                unread.remove(&id);
            });
        }
    });
}

/// Kind of the data of a dragged tab.
const CARRIED: &str = "text/x-vestibule-tab";

fn carry(event: &web_sys::DragEvent, id: &TabId) {
    if let Some(data) = event.data_transfer() {
        // Refused only outside of a drag.
        let _ = data.set_data(CARRIED, id.as_str());
        data.set_effect_allowed("move");
    }
}

fn carried(event: &web_sys::DragEvent) -> Option<TabId> {
    TabId::parse(&event.data_transfer()?.get_data(CARRIED).ok()?)
}
