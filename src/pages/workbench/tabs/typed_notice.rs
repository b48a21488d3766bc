//! Notice over a terminal about typed characters that wait, or were lost.

use super::state::TabsState;
use super::texts;
use crate::effect::Effect;
use crate::ui::{Button, ButtonVariant};
use leptos::prelude::*;
use std::rc::Rc;
use vestibule_model::ids::TabId;
use vestibule_model::tab::{Tab, TabState};

/// The notice. Typing goes on after a loss when the user presses its button.
#[component]
pub fn TypedNotice(tabs: TabsState, tab: Memo<Option<Tab>>, id: TabId) -> impl IntoView {
    let keyboard = tabs.keyboards.of(&id);
    let state = keyboard.state.clone();
    let keyboard = StoredValue::new_local(keyboard);
    let has_failed = Memo::new(move |_| {
        tab.read()
            .as_ref()
            .is_some_and(|tab| tab.state == TabState::Error)
    });
    Effect::new(move |_| {
        if has_failed.get() {
            // Nothing that was meant for this session reaches the next one.
            keyboard.with_value(|keyboard| keyboard.session_ended());
        }
    });
    let lost = state.clone();
    let text = Memo::new(move |_| {
        let state = lost.get();
        let waiting = (state.waiting > 0).then(|| texts::waiting(state.waiting));
        state.loss.map(texts::lost).or(waiting)
    });
    let is_lost = Memo::new(move |_| state.get().loss.is_some());
    let press = move || {
        let keyboard = keyboard.with_value(Rc::clone);
        match is_lost.get_untracked() {
            true => keyboard.go_on(),
            false => keyboard.discard(),
        }
        tabs.focus_on(&id);
    };
    // While a tab shows why it failed, its own buttons go on.
    let has_button = Memo::new(move |_| !(has_failed.get() && is_lost.get()));
    let label = Signal::derive(move || {
        if is_lost.get() {
            texts::GO_ON
        } else {
            texts::DISCARD
        }
    });
    view! {
        <div class="terminal-typed" data-state=move || if is_lost.get() { "lost" } else { "waiting" }>
            <p role="status">{move || text.get()}</p>
            {move || (text.read().is_some() && has_button.get()).then(|| {
                let press = press.clone();
                view! { <Button variant=ButtonVariant::Quiet on_press=press>{move || label.get()}</Button> }
            })}
        </div>
    }
}
