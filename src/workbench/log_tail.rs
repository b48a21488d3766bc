//! A run's output, on demand.

use super::desk::LOG_ID;
use crate::api;
use crate::log::Printed;
use crate::parts;
use crate::ui::{attr, live};
use leptos::prelude::*;
use vestibule_model::ids::RunId;

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
    let toggled = move |event: web_sys::Event| {
        open.try_set(event_target::<web_sys::HtmlDetailsElement>(&event).open());
    };
    let printed = Printed {
        name: "Log",
        path: Signal::derive(move || run.get().map(|id| api::run_log_path(&id))),
        lasts: live_run,
        empty: Signal::stored("The app has written nothing yet."),
        download: Signal::stored(None),
        is_main: false,
        id: "log",
    };
    view! {
        <details class="fold" prop:open=attr(move || open.get()) on:toggle=toggled>
            <summary>"Log"</summary>
            <div id=LOG_ID tabindex="-1">
                {live(move || open.get().then(|| parts::LOG.add(printed)))}
            </div>
        </details>
    }
    .into_any()
}
