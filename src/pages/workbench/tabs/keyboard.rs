//! Keyboard of a terminal: what the user types into its tab, from the moment when the tab is chosen on.

use super::id::secret_key;
use super::texts;
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use vestibule_client::typed::keys::{Key, key_bytes, text_bytes};
use vestibule_client::typed::{Loss, Next, TypedInput};
use vestibule_model::ids::TabId;
use vestibule_model::tab::typed::InputStream;

/// Pause of the user's typing after which the focus moves into the terminal's document. Its frame may be
/// drawn by another process, which a key that is pressed at that instant would not reach.
const QUIET_MILLIS: u32 = 400;

/// State of typed input, as the panel shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TypedState {
    /// Number of characters that wait for a connection.
    pub waiting: usize,
    /// Input that was lost.
    pub loss: Option<Loss>,
}

/// What is typed into one terminal.
pub struct Keyboard {
    input: RefCell<TypedInput>,
    /// Sends what waits, if the terminal is connected.
    send: RefCell<Option<Rc<dyn Fn()>>>,
    /// What the panel shows of it.
    pub state: ArcRwSignal<TypedState>,
}

impl Keyboard {
    fn new() -> Rc<Self> {
        Rc::new(Self {
            input: RefCell::new(TypedInput::new(secret_key())),
            send: RefCell::default(),
            state: ArcRwSignal::default(),
        })
    }

    /// Sets the function that sends what waits.
    pub fn set_send(&self, send: Rc<dyn Fn()>) {
        self.send.replace(Some(send));
    }

    /// Accepts typed bytes.
    pub fn type_in(&self, bytes: &[u8]) {
        self.change(|input| input.type_in(bytes));
        let send = self.send.borrow().clone();
        if let Some(send) = send {
            send();
        }
    }

    /// Returns the next block to send and the number of bytes before it.
    pub fn next_block(&self) -> Option<(u64, Vec<u8>)> {
        self.input.borrow_mut().next_block()
    }

    /// Returns the stream for a request to attach.
    pub fn stream(&self) -> InputStream {
        self.input.borrow().stream()
    }

    /// Handles the answer to it.
    pub fn attached(&self, taken: Option<u64>, may_type: bool) -> Next {
        self.change(|input| input.attached(taken, may_type))
    }

    /// Handles an acknowledgement.
    pub fn acknowledge(&self, taken: u64) {
        self.change(|input| input.acknowledge(taken));
    }

    /// Handles the end of the connection.
    pub fn detached(&self) {
        self.change(TypedInput::detached);
    }

    /// Handles the end of the session.
    pub fn session_ended(&self) {
        self.change(TypedInput::session_ended);
    }

    /// Drops what waits.
    pub fn discard(&self) {
        self.change(TypedInput::discard);
    }

    /// Accepts input again after a loss.
    pub fn go_on(&self) {
        self.change(TypedInput::go_on);
    }

    fn change<T>(&self, change: impl FnOnce(&mut TypedInput) -> T) -> T {
        let (result, state) = {
            let mut input = self.input.borrow_mut();
            let result = change(&mut input);
            let (waiting, loss) = (input.waiting(), input.loss());
            (result, TypedState { waiting, loss })
        };
        if self.state.try_get_untracked() != Some(state) {
            self.state.try_set(state);
        }
        result
    }
}

/// The keyboards of a page's terminals, and the field that has the focus until a terminal's document can
/// take it. Nothing that is typed in between gets lost.
#[derive(Clone, Copy)]
pub struct Keyboards {
    all: StoredValue<BTreeMap<TabId, Rc<Keyboard>>, LocalStorage>,
    /// The field, and the terminal that it types into.
    field: NodeRef<html::Textarea>,
    of: StoredValue<Option<TabId>>,
    /// `false` while the user is typing into the field.
    pub is_quiet: RwSignal<bool>,
    quiet: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Keyboards {
    /// Returns those of a page.
    pub fn new() -> Self {
        Self {
            all: StoredValue::new_local(BTreeMap::new()),
            field: NodeRef::new(),
            of: StoredValue::new(None),
            is_quiet: RwSignal::new(true),
            quiet: StoredValue::new_local(None),
        }
    }

    /// Returns the keyboard of a tab.
    pub fn of(self, id: &TabId) -> Rc<Keyboard> {
        let known = self
            .all
            .try_update_value(|all| Rc::clone(all.entry(id.clone()).or_insert_with(Keyboard::new)));
        // Of a page that was left.
        known.unwrap_or_else(Keyboard::new)
    }

    /// Forgets the keyboard of a closed tab.
    pub fn forget(self, id: &TabId) {
        self.all.try_update_value(|all| all.remove(id));
    }

    /// Returns the number of characters that wait for a connection, in all terminals.
    pub fn waiting(self) -> usize {
        let waiting = |keyboard: &Rc<Keyboard>| {
            let state = keyboard.state.try_get_untracked();
            state.map_or(0, |state| state.waiting)
        };
        let all = self
            .all
            .try_with_value(|all| all.values().map(waiting).sum::<usize>());
        all.unwrap_or(0)
    }

    /// Takes the keys for a terminal at once.
    pub fn catch(self, id: &TabId) {
        self.of.set_value(Some(id.clone()));
        if let Some(field) = self.field.get_untracked() {
            let _ = field.focus();
        }
    }

    /// Returns `true` if the field has the focus.
    pub fn is_catching(self) -> bool {
        let field = self.field.try_get_untracked().flatten();
        let active = document().active_element();
        field.is_some_and(|field| active.as_ref() == Some(&**field))
    }

    fn type_in(self, bytes: &[u8]) {
        if let Some(id) = self.of.get_value() {
            self.is_quiet.set(false);
            self.of(&id).type_in(bytes);
        }
        self.rest();
    }

    /// Becomes quiet after a pause.
    fn rest(self) {
        let is_quiet = self.is_quiet;
        let timer = Timeout::new(QUIET_MILLIS, move || {
            is_quiet.try_set(true);
        });
        self.quiet.set_value(Some(timer));
    }

    /// Takes the text that the field holds.
    fn take_text(self) {
        if let Some(field) = self.field.get_untracked() {
            let text = field.value();
            field.set_value("");
            if !text.is_empty() {
                self.type_in(&text_bytes(&text));
            }
        }
    }
}

/// The field. It is not visible: a terminal that is being opened shows nothing of what is typed.
#[component]
pub fn KeyboardField(
    keyboards: Keyboards,
    /// Called when the user leaves the field by keyboard.
    #[prop(into)]
    on_leave: Callback<()>,
    /// Called when something else gets the focus.
    #[prop(into)]
    on_blur: Callback<()>,
) -> impl IntoView {
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        if event.key() == "F6" && event.shift_key() {
            event.prevent_default();
            on_leave.run(());
            return;
        }
        let name = event.key();
        let key = Key {
            name: &name,
            ctrl: event.ctrl_key(),
            alt: event.alt_key(),
            shift: event.shift_key(),
            meta: event.meta_key(),
        };
        if let Some(bytes) = key_bytes(key) {
            event.prevent_default();
            keyboards.take_text();
            keyboards.type_in(&bytes);
        }
    };
    let on_input = move |event: web_sys::Event| {
        let is_composing = js_sys::Reflect::get(&event, &"isComposing".into());
        if !is_composing.is_ok_and(|is_it| is_it.is_truthy()) {
            keyboards.take_text();
        }
    };
    view! {
        <textarea
            class="visually-hidden keyboard-field"
            node_ref=keyboards.field
            tabindex="-1"
            aria-label=texts::KEYBOARD
            autocomplete="off"
            spellcheck="false"
            on:keydown=on_key
            on:input=on_input
            on:compositionstart=move |_| keyboards.is_quiet.set(false)
            on:compositionend=move |_| {
                keyboards.take_text();
                keyboards.rest();
            }
            on:blur=move |_| on_blur.run(())
        ></textarea>
    }
}
