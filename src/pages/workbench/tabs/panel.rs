//! Panels of the tabs, in the place of the app's screen. A panel stays once it was shown, so that
//! going back to it is instant.

use super::agent::agent;
use super::beside::NARROWEST;
use super::keyboard::KeyboardField;
use super::log::LogTab;
use super::resting::use_is_resting;
use super::state::TabsState;
use super::strip::focus_tab;
use super::tab_item::{element_id, panel_id};
use super::terminal::terminal;
use super::texts;
use super::typed_notice::TypedNotice;
use crate::effect::Effect;
use crate::pages::workbench::context::WorkbenchContext;
use crate::pages::workbench::resize_handle::ResizeHandle;
use crate::ui::{Button, ButtonVariant, For, Mark, MarkKind};
use leptos::prelude::*;
use vestibule_model::ids::TabId;
use vestibule_model::tab::{Tab, TabError, TabKind, TabState};

/// All panels that were shown, of open tabs.
#[component]
pub fn TabPanels(
    /// `true` if the selected tab is beside the app.
    is_split: Memo<bool>,
) -> impl IntoView {
    let tabs = WorkbenchContext::expect().tabs;
    let shown = Memo::new(move |before: Option<&Vec<TabId>>| {
        let list = tabs.list.read();
        let is_open = |id: &&TabId| list.iter().any(|tab| tab.id == **id);
        let mut shown: Vec<TabId> = before
            .into_iter()
            .flatten()
            .filter(is_open)
            .cloned()
            .collect();
        let selected = tabs.selected.read();
        let selected = selected
            .as_ref()
            .filter(|id| is_open(id) && !shown.contains(id));
        shown.extend(selected.cloned());
        shown
    });
    let is_missing = Memo::new(move |_| {
        let list = tabs.list.read();
        let selected = tabs.selected.read();
        let is_known = |id: &TabId| list.iter().any(|tab| tab.id == *id);
        tabs.is_listed.get() && selected.as_ref().is_some_and(|id| !is_known(id))
    });
    let beside = tabs.beside;
    catch_keys(tabs);
    let leave = move || focus_tab(tabs.selected.get_untracked().as_ref());
    view! {
        <div class="tab-panels" data-split=move || is_split.get().then_some("")>
        {move || is_split.get().then(|| view! {
            <ResizeHandle
                width=beside.width
                label=texts::RESIZE
                narrowest=NARROWEST
                on_change=move |_| beside.keep()
            />
        })}
        <KeyboardField keyboards=tabs.keyboards on_leave=leave on_blur=move || forget_focus(tabs) />
        <For each=move || shown.get() key=Clone::clone let:id>
            <Panel tabs=tabs id=id />
        </For>
        {move || is_missing.get().then(|| view! {
            <div class="tab-panel" data-state="shown"><Closed tabs=tabs /></div>
        })}
        </div>
    }
}

/// Takes the keys for the selected terminal if nothing else has the focus, as after a reload.
fn catch_keys(tabs: TabsState) {
    let terminal = Memo::new(move |_| {
        let (selected, list) = (tabs.selected.read(), tabs.list.read());
        let mut terminals = list.iter().filter(|tab| tab.kind == TabKind::Terminal);
        terminals
            .find(|tab| Some(&tab.id) == selected.as_ref())
            .map(|tab| tab.id.clone())
    });
    Effect::new(move |_| {
        let is_idle = document()
            .active_element()
            .is_none_or(|active| active.tag_name() == "BODY");
        if let Some(id) = terminal.get().filter(|_| is_idle) {
            tabs.focus_on(&id);
        }
    });
}

/// The user has moved the focus away from a terminal that is being opened: it does not take it back.
fn forget_focus(tabs: TabsState) {
    request_animation_frame(move || {
        let is_elsewhere = document()
            .active_element()
            .is_some_and(|active| active.tag_name() != "BODY");
        if is_elsewhere && !tabs.keyboards.is_catching() {
            tabs.to_focus.try_set(None);
        }
    });
}

/// The panel of a tab.
#[component]
fn Panel(tabs: TabsState, id: TabId) -> impl IntoView {
    let tab = tabs.tab(id.clone());
    let own = id.clone();
    let is_shown = Memo::new(move |_| tabs.selected.read().as_ref() == Some(&own));
    // A terminal whose session has ended still shows its last output.
    let was_ready = Memo::new(move |before: Option<&bool>| {
        let is_ready = tab
            .read()
            .as_ref()
            .is_some_and(|tab| tab.state == TabState::Ready);
        before == Some(&true) || is_ready
    });
    // A tab that is closed keeps its panel until the list removes it. A panel that is replaced before has
    // effects left that the same change runs, after their signals are disposed of.
    let kind = Memo::new(move |before: Option<&Option<TabKind>>| {
        let kind = tab.read().as_ref().map(|tab| tab.kind.clone());
        kind.or_else(|| before.cloned().flatten())
    });
    let is_admitted = Memo::new(move |before: Option<&bool>| {
        let before = before.copied().unwrap_or(true);
        tab.read().as_ref().map_or(before, |tab| tabs.admits(tab))
    });
    let name = id.clone();
    view! {
        <div
            class="tab-panel"
            id=panel_id(&id)
            role="tabpanel"
            aria-labelledby=element_id(Some(&id))
            data-state=move || if is_shown.get() { "shown" } else { "hidden" }
            inert=move || !is_shown.get()
        >
            {move || match kind.get() {
                // It is typed into in every state.
                Some(TabKind::Agent) => agent().view((tabs, name.clone())),
                Some(TabKind::Terminal) => {
                    let (name, noticed) = (name.clone(), name.clone());
                    if !is_admitted.get() {
                        return view! { <Private tab=tab /> }.into_any();
                    }
                    view! {
                        {move || was_ready.get().then(|| terminal().view((tabs, name.clone())))}
                        <Cover tabs=tabs tab=tab />
                        <TypedNotice tabs=tabs tab=tab id=noticed />
                    }
                    .into_any()
                }
                Some(TabKind::Log) => {
                    let name = name.clone();
                    view! { <LogTab tabs=tabs id=name /> }.into_any()
                }
                _ => view! { <p class="quiet tab-unknown">{texts::UNKNOWN_KIND}</p> }.into_any(),
            }}
        </div>
    }
}

/// Card that says what a tab waits for, or why it can't be used.
#[component]
fn Cover(tabs: TabsState, tab: Memo<Option<Tab>>) -> impl IntoView {
    let is_resting = use_is_resting(tab);
    let state = Memo::new(move |_| {
        let tab = tab.read();
        let tab = tab.as_ref()?;
        (tab.state != TabState::Ready)
            .then(|| (tab.id.clone(), tab.stage.clone(), tab.error.clone()))
    });
    move || {
        state.get().map(|(id, stage, error)| match error {
            Some(error) => {
                view! { <ErrorCard tabs=tabs id=id error=error is_resting=is_resting.get() /> }
                    .into_any()
            }
            None => view! { <Pending stage=stage /> }.into_any(),
        })
    }
}

#[component]
fn Pending(stage: String) -> impl IntoView {
    let workbench = WorkbenchContext::expect().workbench;
    let stage = match stage.as_str() {
        "" => texts::PREPARING.to_owned(),
        _ => stage,
    };
    view! {
        <div class="overlay">
            <div class="overlay-card" role="status">
                <h2 class="overlay-title"><Mark kind=MarkKind::Working />{stage}</h2>
                <p class="quiet">{move || workbench.summary.get().sentence}</p>
            </div>
        </div>
    }
}

/// Card over a tab with an error. A tab that only rests says so and offers the start; otherwise the card
/// names the reason, and offers to retry or to close the tab.
#[component]
fn ErrorCard(tabs: TabsState, id: TabId, error: TabError, is_resting: bool) -> impl IntoView {
    let refusals = WorkbenchContext::expect().workbench.refusals;
    let refused = Signal::derive(move || refusals.tab());
    let (mark, title, retry) = match is_resting {
        true => (MarkKind::Stopped, texts::RESTING, texts::START),
        false => (MarkKind::Failed, texts::FAILED, texts::RETRY),
    };
    let reason = (!is_resting).then(|| error.reason.as_str().to_owned());
    let closed = (!is_resting).then(|| id.clone());
    view! {
        <div class="overlay" data-state="clear">
            <div class="overlay-card" role="group" aria-label=title>
                <h2 class="overlay-title"><Mark kind=mark />{title}</h2>
                <p>{error.message}</p>
                {reason.map(|reason| view! { <code class="reason">{reason}</code> })}
                <div class="actions">
                    <Button variant=ButtonVariant::Primary refused=refused on_press=move || tabs.retry(id.clone())>
                        {retry}
                    </Button>
                    {closed.map(|id| view! {
                        <Button refused=refused on_press=move || tabs.close(id.clone())>{texts::CLOSE}</Button>
                    })}
                </div>
            </div>
        </div>
    }
}

/// Card in place of another user's terminal.
#[component]
fn Private(tab: Memo<Option<Tab>>) -> impl IntoView {
    let owner = Memo::new(move |_| tab.read().as_ref().and_then(|tab| tab.owner_name.clone()));
    view! {
        <div class="overlay">
            <div class="overlay-card">
                <h2 class="overlay-title">{texts::PRIVATE}</h2>
                <p class="quiet">{move || texts::private_text(owner.get().as_deref())}</p>
            </div>
        </div>
    }
}

/// The address names a tab that is not open.
#[component]
fn Closed(tabs: TabsState) -> impl IntoView {
    view! {
        <div class="overlay">
            <div class="overlay-card">
                <h2 class="overlay-title">{texts::CLOSED}</h2>
                <p class="quiet">{texts::CLOSED_TEXT}</p>
                <div class="actions">
                    <Button variant=ButtonVariant::Primary on_press=move || tabs.select(None)>{texts::GO_TO_APP}</Button>
                </div>
            </div>
        </div>
    }
}
