//! The end of a run's output, on demand: read on while the run lasts, following its end unless one
//! has scrolled up to read.

use super::desk::LOG_ID;
use crate::api::{self, Answer};
use crate::hooks::Poll;
use crate::ui::{Button, CopyButton, Look, Text, attr, live};
use crate::workspaces::FreshnessBar;
use leptos::html;
use leptos::prelude::*;
use std::future::ready;
use vestibule_model::ids::RunId;
use vestibule_model::poll::{Freshness, Pace};
use vestibule_model::run::RunLog;

/// How near its end, in pixels, counts as being there.
const NEAR: i32 = 24;

/// The output of a run.
#[component]
pub fn LogTail(
    #[prop(into)] run: Signal<Option<RunId>>,
    /// Whether the run goes on.
    #[prop(into)]
    live_run: Signal<bool>,
    /// Whether it is unfolded.
    open: RwSignal<bool>,
) -> impl IntoView {
    let log = RwSignal::new(None::<RunLog>);
    let freshness = ArcRwSignal::new(Freshness::Loading);
    let shown_freshness = RwSignal::from(freshness.clone());
    let poll = StoredValue::<Option<Poll>, LocalStorage>::new_local(None);
    let run = Memo::new(move |_| run.get());
    Effect::new(move |_| {
        let wanted = run.get().filter(|_| open.get());
        log.set(None);
        poll.set_value(wanted.map(|id| {
            let address = Box::new(move || {
                let known = log.try_with_untracked(|log| Some(log.as_ref()?.ends_at));
                api::run_log_path(&id, known.flatten().unwrap_or_default())
            });
            let consume = Box::new(move |answer: &Answer| {
                let news: RunLog = api::read(answer)?;
                log.try_maybe_update(|log| match log {
                    Some(log) => (log.follow(news), ()),
                    None => {
                        *log = Some(news);
                        (true, ())
                    }
                });
                let lasts = live_run.try_get_untracked() == Some(true);
                Ok((if lasts { Pace::Busy } else { Pace::Ended }, None))
            });
            Poll::at(address, freshness.clone(), consume)
        }));
    });
    // Its last lines are there once it has ended.
    Effect::new(move |_| {
        live_run.track();
        poll.with_value(|poll| poll.as_ref().map(Poll::poke));
    });
    let node = NodeRef::<html::Pre>::new();
    let follows = RwSignal::new(true);
    Effect::new(move |_| {
        log.track();
        if let (true, Some(pre)) = (follows.get(), node.get()) {
            request_animation_frame(move || pre.set_scroll_top(pre.scroll_height()));
        }
    });
    let scrolled = move |event: web_sys::Event| {
        let pre = event_target::<web_sys::Element>(&event);
        let is_near = pre.scroll_height() - pre.scroll_top() - pre.client_height() < NEAR;
        if follows.try_get_untracked() != Some(is_near) {
            follows.try_set(is_near);
        }
    };
    let toggled = move |event: web_sys::Event| {
        open.try_set(event_target::<web_sys::HtmlDetailsElement>(&event).open());
    };
    let is_behind = Memo::new(move |_| live_run.get() && !follows.get());
    view! {
        <details class="fold" prop:open=attr(move || open.get()) on:toggle=toggled>
            <summary>"Log"</summary>
            <FreshnessBar
                freshness=shown_freshness
                on_retry=Callback::new(move |()| { poll.with_value(|poll| poll.as_ref().map(Poll::retry)); })
            />
            <pre class="log-text" id=LOG_ID node_ref=node tabindex="0" aria-label="Log" on:scroll=scrolled>
                {live(move || log.get().map(text))}
            </pre>
            <div class="fold-actions">
                <CopyButton label="Copy the log" text=Callback::new(move |()| Box::pin(ready(log.get_untracked().map_or_else(String::new, text))) as Text) />
                {live(move || is_behind.get().then(|| view! {
                    <Button look=Look::Quiet on_press=Callback::new(move |()| follows.set(true))>"Follow"</Button>
                }))}
            </div>
        </details>
    }
    .into_any()
}

fn text(log: RunLog) -> String {
    let body = if log.text.is_empty() {
        "The app has written nothing yet."
    } else {
        log.text.trim_end()
    };
    match log.skipped_bytes {
        0 => body.to_owned(),
        skipped => format!("… {skipped} bytes before this are not shown\n{body}"),
    }
}
