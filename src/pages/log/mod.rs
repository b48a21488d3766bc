//! The log view: a program's output, of which only the visible lines are rendered. It follows the
//! end while more comes, and can be searched, copied, and linked to by line.

mod bar;
mod end;
mod find;
mod output;
mod resize;
mod row;
mod screen;
mod source;
#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
mod texts;

use crate::effect::Effect;
use crate::lazy::lazy;
use crate::pages::shared::FreshnessBar;
use crate::ui::{ButtonVariant, CopyButton, For, Icon, Skeleton, Text};
use bar::Bar;
use end::{LogEnd, last_lines};
use find::LogFind;
use leptos::prelude::*;
use output::Output;
use row::LogRow;
pub use row::marked_pieces;
use screen::Screen;
pub use source::LogSource;
use std::future::ready;
use vestibule_client::log::size;

lazy! { log:
    /// Renders the log with search and line addresses.
    pub fn log_view(source: LogSource) -> AnyView {
        view! { <LogView source /> }.into_any()
    }
}

lazy! { log_end:
    /// Renders last lines of a log: its address, whether more may come, and how many lines at most.
    pub fn log_end(args: (Signal<Option<String>>, Signal<bool>, usize)) -> AnyView {
        let (path, is_live, lines) = args;
        view! { <LogEnd path is_live lines /> }.into_any()
    }
}

/// The view.
#[component]
fn LogView(source: LogSource) -> impl IntoView {
    let output = Output::follow(source.path, source.is_live);
    let find = LogFind::new(output);
    let screen = Screen::new(output, source);
    let is_known = Memo::new(move |_| {
        output.grown.track();
        output.read(|log| (log.is_known(), log.count() > 0))
    });
    if let Some(last) = source.last_line {
        Effect::new(move |_| {
            output.grown.track();
            let line = last_lines(output, 1).pop();
            last.try_set(line.map(|line| line.text).unwrap_or_default());
        });
    }
    let retry = Callback::new(move |()| output.retry());
    view! {
        <div class="log" data-wraps=move || screen.wraps.get().then_some("")>
            <FreshnessBar freshness=output.freshness on_retry=retry />
            <Bar source=source screen=screen find=find output=output />
            <div
                class="log-scroll"
                id=source.id
                tabindex="0"
                role="region"
                aria-label=source.name
                node_ref=screen.node
                on:scroll=move |_| screen.scrolled()
            >
                <div class="log-line log-probe" aria-hidden="true" node_ref=screen.probe>
                    <span class="log-number"></span>
                    <span class="log-code"><span>{"0".repeat(screen::PROBE)}</span></span>
                </div>
                <div class="log-lines" node_ref=screen.lines style:min-width=move || screen.breadth.get()>
                    <div style:height=move || pixels(screen.window.get().before)></div>
                    <For
                        each=move || screen.shown.get()
                        key=|key| *key
                        children=move |key| view! { <LogRow key=key screen=screen find=find output=output is_main=source.is_main /> }
                    />
                    <div style:height=move || pixels(screen.window.get().after)></div>
                </div>
                {move || match is_known.get() {
                    (true, true) => ().into_any(),
                    (true, false) => view! { <p class="log-empty">{source.empty}</p> }.into_any(),
                    (false, _) => view! { <div class="log-empty"><Skeleton lines=3 /></div> }.into_any(),
                }}
            </div>
            <Foot source=source screen=screen output=output />
        </div>
    }
}

/// The size of the log, what is missing from it, and the selected line.
#[component]
fn Foot(source: LogSource, screen: Screen, output: Output) -> impl IntoView {
    let summary = Memo::new(move |_| {
        output.grown.track();
        output.read(|log| {
            if log.lines() == 0 {
                return String::new();
            }
            let (lines, size) = (texts::lines(log.lines()), size(log.ends_at()));
            let summary = if log.is_whole() {
                texts::whole(&lines, &size)
            } else {
                texts::kept(&lines, &size)
            };
            match log.dropped() {
                0 => summary,
                count => format!("{summary}. {}", texts::dropped(count)),
            }
        })
    });
    let link = move |line: u64| {
        let text = Callback::new(move |()| Box::pin(ready(Ok(address_of(line)))) as Text);
        view! {
            <span class="log-chosen">
                <Icon name="frame" size=14 />
                {texts::line(line)}
                <CopyButton variant=ButtonVariant::Quiet label=texts::COPY_LINK text=text />
            </span>
        }
    };
    view! {
        <div class="log-foot">
            <span class="quiet">{summary}</span>
            {source.is_main.then_some(move || screen.chosen.get().map(link))}
        </div>
    }
}

/// Returns the address of a line on this page.
fn address_of(line: u64) -> String {
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    let path = location.pathname().unwrap_or_default();
    format!("{origin}{path}#L{line}")
}

fn pixels(length: i64) -> String {
    format!("{length}px")
}
