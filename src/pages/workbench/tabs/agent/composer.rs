//! The composer. It can be typed into in every state of the session.

use super::attachments::{AttachButton, AttachmentList, Attachments, holds_files};
use super::draft::DraftState;
use super::state::AgentState;
use crate::api;
use crate::effect::Effect;
use crate::pages::workbench::context::WorkbenchContext;
use crate::pages::workbench::tabs::resting::use_is_resting;
use crate::pages::workbench::tabs::state::TabsState;
use crate::pages::workbench::tabs::texts;
use crate::ui::{Button, ButtonVariant, Icon, Notice, is_typing};
use leptos::html;
use leptos::prelude::*;
use vestibule_client::attach::insert_path;
use vestibule_client::transcript::{leads_out, running};
use vestibule_model::tab::queue::excess;

/// Name of the file of a text that is too long for a message.
const TEXT_FILE: &str = "message.txt";
/// Key code of a key that belongs to the composition of characters, also after `compositionend`, where
/// Safari sends it.
const COMPOSITION: u32 = 229;

/// The form.
#[component]
pub fn Composer(tabs: TabsState, state: AgentState) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let node = NodeRef::<html::Textarea>::new();
    let field = format!("message-{}", state.id());
    let lacks = Signal::derive(move || context.workbench.refusals.tab());
    let over = Memo::new(move |_| excess(state.text.read().trim_end()));
    let refused = Signal::derive(move || {
        let is_empty = state.text.read().trim().is_empty();
        let too_long = || Some(over.get()).filter(|over| *over > 0);
        lacks
            .get()
            .or_else(|| is_empty.then(|| texts::TYPE_FIRST.to_owned()))
            .or_else(|| too_long().map(texts::too_long))
    });
    let is_running = Memo::new(move |_| running(&state.messages.read()).is_some());
    let is_resting = use_is_resting(state.tab);
    let send_label = move || match (state.is_ready(), is_resting.get()) {
        (true, _) => texts::SEND,
        (false, true) => texts::START_AND_SEND,
        (false, false) => texts::SEND_WHEN_READY,
    };
    let send = move || {
        if refused.read_untracked().is_none() {
            state.send();
            if is_resting.get_untracked() {
                tabs.retry(state.id());
            }
        }
    };
    let key = move |event: web_sys::KeyboardEvent| {
        // The key that ends a composition of characters is no command.
        if event.is_composing() || event.key_code() == COMPOSITION {
            return;
        }
        let is_back = match event.key().as_str() {
            "Enter" if !event.shift_key() => {
                event.prevent_default();
                return send();
            }
            "ArrowUp" => true,
            "ArrowDown" => false,
            _ => return,
        };
        let field = node.get_untracked();
        let caret = field.and_then(|field| field.selection_end().ok().flatten());
        let leads_out =
            caret.is_some_and(|at| leads_out(&state.text.read_untracked(), at, is_back));
        if leads_out && !event.shift_key() && state.recall(is_back) {
            event.prevent_default();
        }
    };
    take_focus(tabs, state, node);
    let as_file = StoredValue::new(None::<(u32, String)>);
    let attachments = Attachments::new(
        state.id(),
        Callback::new(move |(key, path): (u32, String)| {
            let text = as_file.try_update_value(|sent| sent.take_if(|(sent, _)| *sent == key));
            if let Some(Some((_, text))) = text
                && text == *state.text.read_untracked()
            {
                state.type_text(String::new());
            }
            insert(state, node, &path);
        }),
    );
    let send_as_file = move || {
        let text = state.text.get_untracked();
        let key = attachments.add_text(TEXT_FILE, &text);
        // It stays in the field until the file is stored.
        as_file.set_value(key.map(|key| (key, text)));
        if let Some(field) = node.get_untracked() {
            let _ = field.focus();
        }
    };
    let is_dropping = RwSignal::new(false);
    let drag_over = move |event: web_sys::DragEvent| {
        if holds_files(event.data_transfer().as_ref()) && lacks.read_untracked().is_none() {
            event.prevent_default();
            is_dropping.set(true);
        }
    };
    let drop_files = move |event: web_sys::DragEvent| {
        is_dropping.set(false);
        let transfer = event.data_transfer();
        if holds_files(transfer.as_ref()) && lacks.read_untracked().is_none() {
            event.prevent_default();
            attachments.add_list(transfer.and_then(|transfer| transfer.files()));
        }
    };
    let paste = move |event: web_sys::ClipboardEvent| {
        let transfer = event.clipboard_data();
        if holds_files(transfer.as_ref()) && lacks.read_untracked().is_none() {
            event.prevent_default();
            attachments.add_list(transfer.and_then(|transfer| transfer.files()));
        }
    };
    let interrupt = move || {
        state.stop();
        // The button goes with its turn; the next message is typed here.
        if let Some(field) = node.get_untracked() {
            let _ = field.focus();
        }
    };
    view! {
        <form
            class="composer"
            data-dropping=move || is_dropping.get().then_some("")
            on:dragover=drag_over
            on:dragleave=move |_| is_dropping.set(false)
            on:drop=drop_files
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            {move || state.send_error.get().map(|error| view! { <Notice>{error}</Notice> })}
            {move || state.command.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <OtherDraft draft=state.draft />
            {move || (over.get() > 0).then(|| view! {
                <Notice>
                    <p>{move || texts::too_long(over.get())}</p>
                    <Button refused=lacks on_press=send_as_file>{texts::AS_FILE}</Button>
                </Notice>
            })}
            <AttachmentList attachments=attachments />
            <label class="visually-hidden" for=field.clone()>{texts::MESSAGE}</label>
            <textarea
                class="input"
                id=field
                rows="2"
                placeholder=texts::PLACEHOLDER
                spellcheck="false"
                node_ref=node
                prop:value=move || state.text.get()
                on:input=move |event| state.type_text(event_target_value(&event))
                on:keydown=key
                on:paste=paste
                on:blur=move |_| state.draft.store_if_waiting()
            ></textarea>
            {move || is_dropping.get().then(|| view! { <p class="composer-drop">{texts::DROP}</p> })}
            <div class="composer-actions">
                <AttachButton attachments=attachments refused=lacks />
                <a class="button" data-variant="quiet" href=api::transcript_download(&state.id()) download="">
                    {texts::DOWNLOAD}
                </a>
                <span class="composer-hint quiet wide-only">{texts::KEYS}</span>
                {move || is_running.get().then(|| view! {
                    <Button refused=lacks busy=state.command.busy on_press=interrupt><Icon name="stop" />{texts::INTERRUPT}</Button>
                })}
                <Button variant=ButtonVariant::Primary submit=true refused=refused>{send_label}</Button>
            </div>
        </form>
    }
}

/// The choice between this draft and the one of another window.
#[component]
fn OtherDraft(draft: DraftState) -> impl IntoView {
    move || {
        draft.other.get().map(|other| {
            view! {
                <Notice>
                    <p>{texts::other_draft(&other.text)}</p>
                    <Button on_press=move || draft.use_other()>{texts::USE_OTHER}</Button>
                    <Button on_press=move || draft.keep_own()>{texts::KEEP_OWN}</Button>
                </Notice>
            }
        })
    }
}

/// Puts the path of an attachment into the text where the user types.
fn insert(state: AgentState, node: NodeRef<html::Textarea>, path: &str) {
    let field = node.get_untracked();
    let at = field
        .as_ref()
        .and_then(|field| field.selection_end().ok().flatten());
    let text = state.text.get_untracked();
    let (text, place) = insert_path(&text, at.unwrap_or(u32::MAX), path);
    state.type_text(text.clone());
    if let Some(field) = field {
        // Before the signal does, so that the place is there.
        field.set_value(&text);
        // Only fields of another kind have no places.
        let _ = field.set_selection_range(place, place);
    }
}

/// Moves the focus into the field when the tab was chosen, unless the user types elsewhere.
fn take_focus(tabs: TabsState, state: AgentState, node: NodeRef<html::Textarea>) {
    Effect::new(move |_| {
        let is_chosen = tabs.to_focus.read().as_ref() == Some(&state.id());
        let Some(field) = node.get().filter(|_| is_chosen && !is_typing()) else {
            return;
        };
        tabs.to_focus.set(None);
        // The panel is shown by the same change.
        request_animation_frame(move || drop(field.focus()));
    });
}
