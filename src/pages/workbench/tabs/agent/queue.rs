//! Messages that wait, and those whose end is uncertain.

use super::state::AgentState;
use crate::pages::workbench::context::WorkbenchContext;
use crate::pages::workbench::tabs::texts;
use crate::ui::{Button, ButtonVariant, For};
use leptos::prelude::*;
use vestibule_client::transcript::waiting;
use vestibule_model::ids::MessageId;
use vestibule_model::tab::queue::{Message, MessageState};

/// The list; absent while nothing waits.
#[component]
pub fn Queue(state: AgentState) -> impl IntoView {
    // Those that run are in the transcript.
    let shown = Memo::new(move |_| {
        let messages = state.messages.read();
        let last_uncertain = messages
            .last()
            .filter(|last| last.state == MessageState::Uncertain);
        let queued = waiting(&messages).filter(|one| one.state == MessageState::Queued);
        last_uncertain
            .into_iter()
            .chain(queued)
            .cloned()
            .collect::<Vec<_>>()
    });
    let is_any = Memo::new(move |_| !shown.read().is_empty());
    view! {
        <Show when=move || is_any.get()>
            <ul class="agent-queue" aria-label=texts::WAITING>
                <For
                    each=move || shown.get()
                    key=|message| (message.id.clone(), message.state.clone())
                    let:message
                >
                    <Waiting state=state message=message />
                </For>
            </ul>
        </Show>
    }
}

#[component]
fn Waiting(state: AgentState, message: Message) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let refused = Signal::derive(move || context.workbench.refusals.tab());
    let is_uncertain = message.state == MessageState::Uncertain;
    let id = message.id.clone();
    let label = texts::cancel(&message.text);
    view! {
        <li>
            <span class="agent-queued">{message.text}</span>
            {match is_uncertain {
                true => view! { <span class="quiet">{texts::UNCERTAIN}</span> }.into_any(),
                false => cancel_button(state, id, label, refused),
            }}
        </li>
    }
}

fn cancel_button(
    state: AgentState,
    id: MessageId,
    label: String,
    refused: Signal<Option<String>>,
) -> AnyView {
    view! {
        <Button variant=ButtonVariant::Quiet label=label refused=refused on_press=move || state.cancel(id.clone())>
            {texts::CANCEL}
        </Button>
    }
    .into_any()
}
