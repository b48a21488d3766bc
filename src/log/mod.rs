//! The log view: what a program has written, of which the lines in sight are drawn. It follows the
//! end while more comes, is searched, copied, and linked to by line.

mod bar;
mod find;
mod output;
mod row;
mod screen;
#[cfg(all(test, target_arch = "wasm32"))]
mod tests;

use crate::ui::{CopyButton, Icon, Look, Skeleton, Text, attr, live};
use crate::workspaces::FreshnessBar;
use bar::Bar;
use find::Find;
use leptos::prelude::*;
use output::Output;
use row::LogRow;
use screen::Screen;
use std::future::ready;
use vestibule_model::log::size;

/// What is shown.
#[derive(Clone, Copy)]
pub struct Printed {
    /// What it is called.
    pub name: &'static str,
    /// Where it is read; none while it is not wanted.
    pub path: Signal<Option<String>>,
    /// Whether more may come.
    pub lasts: Signal<bool>,
    /// What is said while there is nothing.
    pub empty: Signal<&'static str>,
    /// Where all of it can be fetched as a file.
    pub download: Signal<Option<String>>,
    /// Whether it is what the page is about: its lines have addresses, and `/` searches it.
    pub is_main: bool,
    /// What its element is known by on the page.
    pub id: &'static str,
}

/// The view.
#[component]
pub fn LogView(printed: Printed) -> impl IntoView {
    let output = Output::follow(printed.path, printed.lasts);
    let find = Find::new(output);
    let screen = Screen::new(output, printed);
    let is_known = Memo::new(move |_| {
        output.grown.track();
        output.read(|log| (log.is_known(), log.count() > 0))
    });
    let retry = Callback::new(move |()| output.retry());
    view! {
        <div class="log" data-wraps=attr(move || screen.wraps.get().then_some(""))>
            <FreshnessBar freshness=output.freshness on_retry=retry />
            <Bar printed=printed screen=screen find=find output=output />
            <div
                class="log-scroll"
                id=printed.id
                tabindex="0"
                role="region"
                aria-label=printed.name
                node_ref=screen.node
                on:scroll=move |_| screen.scrolled()
            >
                <div class="log-line log-probe" aria-hidden="true" node_ref=screen.probe>
                    <span class="log-number"></span>
                    <span class="log-code"><span>{"0".repeat(screen::PROBE)}</span></span>
                </div>
                <div class="log-lines" style:min-width=attr(move || screen.breadth.get())>
                    <div style:height=attr(move || pixels(screen.window.get().before))></div>
                    <For
                        each=move || screen.shown.get()
                        key=|key| *key
                        children=move |key| view! { <LogRow key=key screen=screen find=find output=output is_main=printed.is_main /> }
                    />
                    <div style:height=attr(move || pixels(screen.window.get().after))></div>
                </div>
                {live(move || match is_known.get() {
                    (true, true) => ().into_any(),
                    (true, false) => view! { <p class="log-empty">{live(move || printed.empty.get())}</p> }.into_any(),
                    (false, _) => view! { <div class="log-empty"><Skeleton lines=3 /></div> }.into_any(),
                })}
            </div>
            <Foot printed=printed screen=screen output=output />
        </div>
    }
    .into_any()
}

/// How much there is, what of it is not here, and the line that one has chosen.
#[component]
fn Foot(printed: Printed, screen: Screen, output: Output) -> impl IntoView {
    let told = Memo::new(move |_| {
        output.grown.track();
        output.read(|log| {
            let lines = match log.lines() {
                0 => return String::new(),
                1 => "1 line".to_owned(),
                lines => format!("{lines} lines"),
            };
            let size = size(log.ends_at());
            let told = match log.is_whole() {
                true => format!("{lines} · {size}"),
                false => format!("{lines} kept · {size} in all"),
            };
            match log.dropped() {
                0 => told,
                gone => format!(
                    "{told}. This page keeps the newest of them; {gone} earlier ones are not here."
                ),
            }
        })
    });
    let link = move |line: u64| {
        let text = Callback::new(move |()| Box::pin(ready(address_of(line))) as Text);
        view! {
            <span class="log-chosen">
                <Icon name="frame" size=14 />
                {format!("Line {line}")}
                <CopyButton look=Look::Quiet label="Copy link" text=text />
            </span>
        }
    };
    view! {
        <div class="log-foot">
            <span class="quiet">{live(move || told.get())}</span>
            {printed.is_main.then(|| live(move || screen.chosen.get().map(link)))}
        </div>
    }
    .into_any()
}

/// The address of a line on this page.
fn address_of(line: u64) -> String {
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    let path = location.pathname().unwrap_or_default();
    [&origin, &path, "#L", &line.to_string()].concat()
}

fn pixels(length: i64) -> String {
    [&length.to_string(), "px"].concat()
}
