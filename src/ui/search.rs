//! Search field of a list.

use super::{Button, ButtonVariant, Icon, follow_slash};
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;

/// Search field. `/` focuses it; Escape and the button clear it.
#[component]
pub fn SearchField(
    /// Identifier of the input.
    id: &'static str,
    /// Name of the input.
    label: &'static str,
    /// Text of the empty input.
    placeholder: &'static str,
    /// Name of the button that clears it.
    clear_label: &'static str,
    /// Pause after typing before `on_text` is called, in milliseconds.
    pause_millis: u32,
    /// The text that is searched for.
    text: Memo<String>,
    /// Receives a changed text.
    on_text: Callback<String>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    follow_slash(input);
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let typed = move |event: web_sys::Event| {
        let typed = event_target_value(&event);
        let later = Timeout::new(pause_millis, move || {
            if text.try_get_untracked().is_some() {
                on_text.run(typed);
            }
        });
        timer.set_value(Some(later));
    };
    let clear = move || {
        timer.set_value(None);
        on_text.run(String::new());
        if let Some(input) = input.get_untracked() {
            input.set_value("");
            let _ = input.focus();
        }
    };
    view! {
        <div class="search" role="search">
            <Icon name="search" size=14 />
            <input
                class="input"
                id=id
                type="text"
                node_ref=input
                aria-label=label
                aria-keyshortcuts="/"
                placeholder=placeholder
                autocomplete="off"
                spellcheck="false"
                prop:value=text
                on:input=typed
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        event.prevent_default();
                        clear();
                    }
                }
            />
            <Show
                when=move || !text.read().is_empty()
                fallback=|| view! { <kbd class="search-key" aria-hidden="true">"/"</kbd> }
            >
                <Button variant=ButtonVariant::Quiet label=clear_label on_press=clear><Icon name="close" size=14 /></Button>
            </Show>
        </div>
    }
}
