//! The bar above a log: search, follow, wrap, copy and download.

use super::find::LogFind;
use super::output::Output;
use super::screen::Screen;
use super::source::LogSource;
use super::texts;
use crate::ui::{Button, ButtonVariant, CopyButton, Icon, Text, focus, focus_id, follow_slash};
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use std::future::ready;
use vestibule_client::log::Log;

/// Pause in typing after which the search runs.
const PAUSE_MILLIS: u32 = 80;

/// The bar.
#[component]
pub fn Bar(source: LogSource, screen: Screen, find: LogFind, output: Output) -> impl IntoView {
    let is_behind = Memo::new(move |_| !screen.follows.get());
    let follow = Callback::new(move |()| {
        screen.follow();
        focus(screen.node.get_untracked().map(Into::into));
    });
    let follow_label = move || match source.is_live.get() {
        true => texts::FOLLOW,
        false => texts::TO_THE_END,
    };
    let wrap = move |_| screen.wraps.update(|wraps| *wraps = !*wraps);
    let text = Callback::new(move |()| Box::pin(ready(Ok(output.read(Log::text)))) as Text);
    view! {
        <div class="log-bar">
            <SearchField source=source screen=screen find=find />
            <div class="log-actions">
                {move || is_behind.get().then(|| view! {
                    <Button variant=ButtonVariant::Quiet on_press=follow><Icon name="down" size=14 />{follow_label}</Button>
                })}
                <button
                    type="button"
                    class="chip"
                    aria-pressed=move || screen.wraps.get().to_string()
                    on:click=wrap
                >
                    {texts::WRAP}
                </button>
                <CopyButton variant=ButtonVariant::Quiet label=texts::COPY text=text />
                {move || source.download.get().map(|href| view! {
                    <a class="button" data-variant="quiet" href=href download="" rel="external">
                        <span class="button-label">{texts::DOWNLOAD}</span>
                    </a>
                })}
            </div>
        </div>
    }
}

#[component]
fn SearchField(source: LogSource, screen: Screen, find: LogFind) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    if source.is_main {
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
            // The search effect runs first.
            let back = event.shift_key();
            request_animation_frame(move || find.go(screen, back));
        }
        "Escape" => {
            event.prevent_default();
            if let Some(input) = input.get_untracked() {
                input.set_value("");
            }
            search();
            focus_id(&source.id.get_untracked());
        }
        _ => {}
    };
    let is_searching = Memo::new(move |_| !find.text.read().is_empty());
    let summary = move || {
        let (count, has_more) = find.count.get();
        match (is_searching.get(), count, find.current.get()) {
            (false, ..) => String::new(),
            (_, 0, _) => texts::NO_MATCH.to_owned(),
            (_, count, Some((number, _))) => texts::match_of(number, count, has_more),
            (_, count, None) => texts::matches(count, has_more),
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
                    aria-label=texts::SEARCH_LABEL
                    aria-keyshortcuts=source.is_main.then_some("/")
                    placeholder=texts::SEARCH
                    autocomplete="off"
                    spellcheck="false"
                    on:input=typed
                    on:keydown=pressed
                />
                <span class="log-found" role="status">{summary}</span>
            </div>
            {move || is_searching.get().then(|| view! {
                <Button variant=ButtonVariant::Quiet label=texts::PREVIOUS_MATCH on_press=step(true)><Icon name="up" size=14 /></Button>
                <Button variant=ButtonVariant::Quiet label=texts::NEXT_MATCH on_press=step(false)><Icon name="down" size=14 /></Button>
            })}
        </div>
    }
}
