//! What is above a log: the search, following, folding, copying and fetching it.

use super::Printed;
use super::find::Find;
use super::output::Output;
use super::screen::Screen;
use crate::ui::{Button, CopyButton, Icon, Look, Text, attr, focus, focus_id, follow_slash, live};
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use std::future::ready;
use vestibule_model::log::Log;

/// Typing goes on for this long before it is searched for.
const PAUSE_MILLIS: u32 = 80;

/// The bar.
#[component]
pub fn Bar(printed: Printed, screen: Screen, find: Find, output: Output) -> impl IntoView {
    let is_behind = Memo::new(move |_| !screen.follows.get());
    let follow = Callback::new(move |()| {
        screen.follow();
        focus(screen.node.get_untracked().map(Into::into));
    });
    let follow_label = move || match printed.lasts.get() {
        true => "Follow",
        false => "To the end",
    };
    let wrap = move |_| screen.wraps.update(|wraps| *wraps = !*wraps);
    let text = Callback::new(move |()| Box::pin(ready(output.read(Log::text))) as Text);
    view! {
        <div class="log-bar">
            <SearchField printed=printed screen=screen find=find />
            <div class="log-actions">
                {live(move || is_behind.get().then(|| view! {
                    <Button look=Look::Quiet on_press=follow><Icon name="down" size=14 />{live(follow_label)}</Button>
                }))}
                <button
                    type="button"
                    class="chip"
                    aria-pressed=attr(move || screen.wraps.get().to_string())
                    on:click=wrap
                >
                    "Wrap"
                </button>
                <CopyButton look=Look::Quiet label="Copy" text=text />
                {live(move || printed.download.get().map(|href| view! {
                    <a class="button" data-look="quiet" href=href download="" rel="external">
                        <span class="button-label">"Download"</span>
                    </a>
                }))}
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn SearchField(printed: Printed, screen: Screen, find: Find) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    if printed.is_main {
        follow_slash(input);
    }
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let search = move || {
        timer.set_value(None);
        let typed = input.get_untracked().map(|input| input.value());
        let typed = typed.unwrap_or_default();
        if *find.text.read_untracked() != typed {
            find.text.set(typed);
        }
    };
    let typed = move |_| timer.set_value(Some(Timeout::new(PAUSE_MILLIS, search)));
    let pressed = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            search();
            // What was typed just now is searched for once this has been taken in.
            let back = event.shift_key();
            request_animation_frame(move || find.go(screen, back));
        }
        "Escape" => {
            event.prevent_default();
            if let Some(input) = input.get_untracked() {
                input.set_value("");
            }
            search();
            focus_id(printed.id);
        }
        _ => {}
    };
    let is_asked = Memo::new(move |_| !find.text.read().is_empty());
    let told = move || {
        let (count, is_more) = find.count.get();
        let more = if is_more { "+" } else { "" };
        match (is_asked.get(), count, find.current.get()) {
            (false, ..) => String::new(),
            (_, 0, _) => "None".to_owned(),
            (_, count, Some((number, _))) => format!("{number} of {count}{more}"),
            (_, count, None) => format!("{count}{more}"),
        }
    };
    let step = move |back: bool| Callback::new(move |()| find.go(screen, back));
    view! {
        <div class="log-finder" role="search">
            <div class="search">
                <Icon name="search" size=14 />
                <input
                    class="input"
                    type="text"
                    node_ref=input
                    aria-label="Search the log"
                    aria-keyshortcuts=printed.is_main.then_some("/")
                    placeholder="Search"
                    autocomplete="off"
                    spellcheck="false"
                    on:input=typed
                    on:keydown=pressed
                />
                <span class="log-found" role="status">{live(told)}</span>
            </div>
            {live(move || is_asked.get().then(|| view! {
                <Button look=Look::Quiet label="Previous match" on_press=step(true)><Icon name="up" size=14 /></Button>
                <Button look=Look::Quiet label="Next match" on_press=step(false)><Icon name="down" size=14 /></Button>
            }))}
        </div>
    }
    .into_any()
}
