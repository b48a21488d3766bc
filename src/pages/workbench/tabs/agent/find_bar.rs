//! The field of the search.

use super::find::TranscriptFind;
use crate::effect::Effect;
use crate::pages::workbench::tabs::texts;
use crate::ui::{Button, ButtonVariant, Icon};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_client::transcript::TranscriptSearch;

/// Pause in typing after which the search runs.
const PAUSE_MILLIS: u32 = 150;

/// The head of the transcript: the search, and the button that opens it.
#[component]
pub fn FindBar(find: TranscriptFind) -> impl IntoView {
    let toggle = move || match find.is_open.get_untracked() {
        true => find.close(),
        false => find.open(),
    };
    view! {
        <div class="transcript-head">
            {move || find.is_open.get().then(|| view! { <Field find=find /> })}
            <Button variant=ButtonVariant::Quiet label=texts::SEARCH_LABEL on_press=toggle>
                <Icon name="search" size=14 />
                <span class="wide-only">{texts::SEARCH}</span>
            </Button>
        </div>
    }
}

#[component]
fn Field(find: TranscriptFind) -> impl IntoView {
    let input = find.field;
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let search = move || {
        timer.try_set_value(None);
        if let Some(input) = input.try_get_untracked().flatten() {
            find.set_text(&input.value());
        }
    };
    let pressed = move |event: web_sys::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        if event.key() == "Enter" {
            event.prevent_default();
            // A text that was just typed is searched first, which goes to its newest match.
            let is_typed = timer.with_value(Option::is_some);
            match is_typed {
                true => search(),
                false => find.step(event.shift_key()),
            }
        }
    };
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    view! {
        <div
            class="transcript-find"
            role="search"
            on:keydown=move |event| {
                if event.key() == "Escape" && !event.is_composing() {
                    event.prevent_default();
                    event.stop_propagation();
                    find.close();
                }
            }
        >
            <div class="search">
                <Icon name="search" size=14 />
                <input
                    class="input"
                    type="text"
                    node_ref=input
                    aria-label=texts::SEARCH_LABEL
                    placeholder=texts::SEARCH
                    autocomplete="off"
                    spellcheck="false"
                    on:input=move |_| timer.set_value(Some(Timeout::new(PAUSE_MILLIS, search)))
                    on:keydown=pressed
                />
                <span class="transcript-found">{move || find.summary()}</span>
            </div>
            <Button variant=ButtonVariant::Quiet label=texts::PREVIOUS_MATCH on_press=move || find.step(true)>
                <Icon name="up" size=14 />
            </Button>
            <Button variant=ButtonVariant::Quiet label=texts::NEXT_MATCH on_press=move || find.step(false)>
                <Icon name="down" size=14 />
            </Button>
            <Button variant=ButtonVariant::Quiet label=texts::CLOSE_SEARCH on_press=move || find.close()>
                <Icon name="close" size=14 />
            </Button>
            {move || progress(find)}
        </div>
    }
}

/// Shows how far the search is; a search that was stopped can go on.
fn progress(find: TranscriptFind) -> Option<AnyView> {
    if find.is_searching.get() {
        let percent = Memo::new(move |_| find.search.with(TranscriptSearch::progress));
        return Some(
            view! {
                <div class="transcript-progress">
                    <progress max="100" value=move || percent.get().to_string() aria-label=texts::SEARCHING></progress>
                    <span class="quiet">{texts::SEARCHING}</span>
                    <Button variant=ButtonVariant::Quiet on_press=move || find.stop()>{texts::STOP_SEARCH}</Button>
                </div>
            }
            .into_any(),
        );
    }
    let has_more = Memo::new(move |_| find.search.with(|search| search.next_before().is_some()));
    has_more.get().then(|| {
        view! {
            <div class="transcript-progress">
                <span class="quiet">{texts::NOT_SEARCHED}</span>
                <Button variant=ButtonVariant::Quiet on_press=move || find.go_on()>{texts::SEARCH_ON}</Button>
            </div>
        }
        .into_any()
    })
}
