//! The frame of a terminal's document.

use super::carrier::{Terminal, TerminalEvent};
use super::scheme::use_scheme;
use crate::effect::Effect;
use crate::pages::shared::Rights;
use crate::pages::switcher::SwitcherState;
use crate::pages::workbench::tabs::id::secret_key;
use crate::pages::workbench::tabs::keyboard::Keyboard;
use crate::pages::workbench::tabs::state::TabsState;
use crate::pages::workbench::tabs::strip::focus_tab;
use crate::pages::workbench::tabs::texts;
use crate::store::Store;
use crate::ui::is_typing;
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use std::rc::Rc;
use vestibule_client::stream::StreamFreshness;
use vestibule_model::access::Permission;
use vestibule_model::ids::TabId;
use vestibule_model::tab::TabState;
use wasm_bindgen::JsCast;
use web_sys::{MessageEvent, MessagePort};

/// Address of the document.
const DOCUMENT: &str = "/terminal.html";
/// Pause before a terminal that the server does not carry is attached again.
const AGAIN_MILLIS: u32 = 2_000;

/// Connection of a terminal, as its view shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Link {
    /// The terminal is being connected.
    Opening,
    /// The terminal is connected.
    Open {
        /// `false` if the user may only watch.
        may_type: bool,
    },
    /// The connection is lost and will be opened again.
    Lost,
    /// The server does not carry it, for this reason.
    Ended(String),
}

/// The frame, and the state of the connection.
#[component]
pub fn TerminalFrame(tabs: TabsState, id: TabId) -> impl IntoView {
    let tab = tabs.tab(id.clone());
    let node = NodeRef::<html::Iframe>::new();
    let link = RwSignal::new(Link::Opening);
    let again = RwSignal::new(0_u32);
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let own = id.clone();
    let switcher = SwitcherState::expect();
    let keyboard = tabs.keyboards.of(&id);
    let terminal = Terminal::new(id.clone(), Rc::clone(&keyboard), move |event| match event {
        TerminalEvent::Attached { may_type } => drop(link.try_set(Link::Open { may_type })),
        TerminalEvent::Detached(None) => drop(link.try_set(Link::Lost)),
        TerminalEvent::Detached(Some(reason)) => {
            link.try_set(Link::Ended(reason));
            timer.try_set_value(Some(Timeout::new(AGAIN_MILLIS, move || {
                again.try_update(|again| *again += 1);
            })));
        }
        TerminalEvent::Present(users) => tabs.note_present(&own, users),
        TerminalEvent::Output => tabs.note_output(&own),
        TerminalEvent::Leave => focus_tab(Some(&own)),
        TerminalEvent::Switch => switcher.open(),
    });
    let key = secret_key();
    let is_loaded = take_port(node, key.clone(), terminal.clone());
    follow_session(tabs, &id, (is_loaded, again), (terminal.clone(), keyboard));
    follow_scheme(is_loaded, terminal.clone());
    take_focus(tabs, id, (node, is_loaded), terminal.clone());
    follow_stream(&terminal);
    let kept = StoredValue::new_local(Some(terminal));
    on_cleanup(move || drop(kept.try_update_value(Option::take)));

    let rights = Rights::expect();
    let is_ready = Memo::new(move |_| {
        tab.read()
            .as_ref()
            .is_some_and(|tab| tab.state == TabState::Ready)
    });
    let status = Memo::new(move |_| {
        let status = match link.get() {
            Link::Open { may_type: true } => None,
            Link::Open { may_type: false } => {
                Some(texts::read_only(&rights.needs(Permission::WorkbenchUpdate)))
            }
            Link::Opening => Some(texts::OPENING.to_owned()),
            Link::Lost => Some(texts::RECONNECTING.to_owned()),
            Link::Ended(reason) => Some(reason),
        };
        // The panel says what a tab that is not ready waits for.
        status.filter(|_| is_ready.get())
    });
    let title = move || tab.get().map(|tab| texts::frame_title(&tab.title));
    view! {
        <iframe
            class="terminal"
            node_ref=node
            title=title
            sandbox="allow-scripts"
            src=format!("{DOCUMENT}#{key}")
        ></iframe>
        <p class="terminal-status" role="status">{status}</p>
    }
}

/// Takes the document's end of the message channel. The key is known to the document in this frame
/// alone: one that has taken its place can't be given the terminal.
fn take_port(node: NodeRef<html::Iframe>, key: String, terminal: Rc<Terminal>) -> RwSignal<bool> {
    let is_loaded = RwSignal::new(false);
    let listener = window_event_listener(leptos::ev::message, move |event: MessageEvent| {
        let frame = node.try_get_untracked().flatten();
        let frame = frame.and_then(|frame| frame.content_window());
        let (Some(frame), Some(source)) = (frame, event.source()) else {
            return;
        };
        let is_its = js_sys::Object::is(&frame, &source) && event.origin() == "null";
        if !is_its || event.data().as_string().as_ref() != Some(&key) {
            return;
        }
        if let Ok(port) = event.ports().get(0).dyn_into::<MessagePort>() {
            terminal.set_port(port);
            is_loaded.try_set(true);
        }
    });
    on_cleanup(move || listener.remove());
    is_loaded
}

/// Attaches the terminal whenever its tab has a session, and again when that is another one.
fn follow_session(
    tabs: TabsState,
    id: &TabId,
    (is_loaded, again): (RwSignal<bool>, RwSignal<u32>),
    (terminal, keyboard): (Rc<Terminal>, Rc<Keyboard>),
) {
    let tab = tabs.tab(id.clone());
    let session = Memo::new(move |_| {
        let tab = tab.read();
        let ready = tab.as_ref().filter(|tab| tab.state == TabState::Ready)?;
        Some((ready.run_number, ready.state_since))
    });
    Effect::new(move |before: Option<Option<_>>| {
        again.track();
        let session = session.get().filter(|_| is_loaded.get());
        let before = before.flatten();
        if before.is_some() && before != session {
            keyboard.session_ended();
        }
        match &session {
            None => terminal.detach(),
            Some(_) if before == session => terminal.attach(),
            Some(_) => terminal.begin(),
        }
        session
    });
}

/// Opens the socket again as soon as the stream is back.
fn follow_stream(terminal: &Rc<Terminal>) {
    let terminal = Rc::downgrade(terminal);
    let freshness = Store::expect().freshness;
    Effect::new(move |_| {
        if freshness.get() == StreamFreshness::Live
            && let Some(terminal) = terminal.upgrade()
        {
            terminal.reconnect();
        }
    });
}

/// Keeps the document in the console's colours.
fn follow_scheme(is_loaded: RwSignal<bool>, terminal: Rc<Terminal>) {
    let scheme = use_scheme();
    Effect::new(move |_| {
        let scheme = scheme.get();
        if is_loaded.get() {
            terminal.say(&format!("theme {scheme}"));
        }
    });
}

/// Moves the focus into the terminal once its document is there and the user pauses: if the user has chosen
/// it by a click or a key, or if nothing else has the focus (FIELD 40).
fn take_focus(
    tabs: TabsState,
    id: TabId,
    (node, is_loaded): (NodeRef<html::Iframe>, RwSignal<bool>),
    terminal: Rc<Terminal>,
) {
    let is_quiet = tabs.keyboards.is_quiet;
    Effect::new(move |_| {
        let is_chosen = tabs.to_focus.read().as_ref() == Some(&id);
        let is_shown = tabs.selected.read().as_ref() == Some(&id);
        let can_take = is_loaded.get() && is_shown && is_quiet.get();
        let is_idle = document()
            .active_element()
            .is_none_or(|active| active.tag_name() == "BODY");
        let is_chosen = is_chosen && (tabs.keyboards.is_catching() || !is_typing());
        let Some(frame) = node.get().filter(|_| can_take && (is_chosen || is_idle)) else {
            return;
        };
        let terminal = terminal.clone();
        // The panel is shown by the same change.
        request_animation_frame(move || {
            // A key was pressed meanwhile: at the next pause.
            if is_quiet.try_get_untracked() != Some(true) {
                return;
            }
            tabs.to_focus.try_set(None);
            // Refused only where the element cannot take the focus, and then nothing is lost.
            let _ = frame.focus();
            terminal.say("focus");
        });
    });
}
