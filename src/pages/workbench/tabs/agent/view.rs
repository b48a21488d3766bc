//! The panel of an agent.

use super::composer::Composer;
use super::queue::Queue;
use super::state::AgentState;
use super::transcript::TranscriptView;
use crate::pages::workbench::context::WorkbenchContext;
use crate::pages::workbench::tabs::resting::use_is_resting;
use crate::pages::workbench::tabs::state::TabsState;
use crate::pages::workbench::tabs::texts;
use crate::ui::{Button, Mark, MarkKind, Notice};
use leptos::prelude::*;
use vestibule_model::ids::TabId;
use vestibule_model::tab::TabState;

/// Transcript, waiting messages and composer.
#[component]
pub fn AgentView(tabs: TabsState, id: TabId) -> impl IntoView {
    let state = AgentState::new(tabs, id);
    let title = move || {
        let tab = state.tab.read();
        tab.as_ref()
            .map_or_else(|| texts::SCRIPT.to_owned(), |tab| tab.title.clone())
    };
    view! {
        <div class="agent">
            <h2 class="visually-hidden">{title}</h2>
            <h3 class="visually-hidden">{texts::TRANSCRIPT}</h3>
            <TranscriptView tabs=tabs state=state />
            <div class="agent-foot">
                <Standing tabs=tabs state=state />
                <Queue state=state />
                <Composer tabs=tabs state=state />
            </div>
        </div>
    }
}

/// Line that says what the session waits for, or why there is none.
#[component]
fn Standing(tabs: TabsState, state: AgentState) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let refused = Signal::derive(move || context.workbench.refusals.tab());
    let is_resting = use_is_resting(state.tab);
    let standing = Memo::new(move |_| {
        let tab = state.tab.read();
        let tab = tab.as_ref()?;
        (tab.state != TabState::Ready).then(|| {
            let error = tab.error.as_ref().map(|error| error.message.clone());
            (tab.stage.clone(), error)
        })
    });
    move || {
        match standing.get() {
        Some((_, Some(message))) if is_resting.get() => Some(
            view! {
                <p class="agent-standing" role="status">
                    <Mark kind=MarkKind::Stopped />{message}
                    <Button refused=refused on_press=move || tabs.retry(state.id())>{texts::START}</Button>
                </p>
            }
            .into_any(),
        ),
        Some((_, Some(error))) => Some(
            view! {
                <Notice>
                    <p>{error}</p>
                    <Button refused=refused on_press=move || tabs.retry(state.id())>{texts::RETRY}</Button>
                </Notice>
            }
            .into_any(),
        ),
        Some((stage, None)) => {
            let stage = if stage.is_empty() { texts::PREPARING.to_owned() } else { stage };
            Some(
                view! { <p class="agent-standing" role="status"><Mark kind=MarkKind::Working />{stage}</p> }
                    .into_any(),
            )
        }
        None if state.is_lost.get() => Some(
            view! { <p class="agent-standing" role="status"><Mark kind=MarkKind::Waiting />{texts::RECONNECTING}</p> }
                .into_any(),
        ),
        None => None,
    }
    }
}
