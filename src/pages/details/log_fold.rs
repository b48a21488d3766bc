//! The log of a run, folded.

use super::panel_state::LOG_ID;
use super::texts;
use crate::api;
use crate::pages::log::LogSource;
use crate::pages::log::log_view;
use leptos::prelude::*;
use vestibule_model::ids::RunId;

/// The log of a run; it is fetched once it is unfolded.
#[component]
pub fn LogFold(
    #[prop(into)] run: Signal<Option<RunId>>,
    /// `true` if the run is still going on.
    #[prop(into)]
    is_live: Signal<bool>,
    /// `true` if the log is unfolded.
    open: RwSignal<bool>,
) -> impl IntoView {
    let toggled = move |event: web_sys::Event| {
        open.try_set(event_target::<web_sys::HtmlDetailsElement>(&event).open());
    };
    let source = LogSource {
        name: texts::LOG,
        path: Signal::derive(move || run.get().map(|id| api::run_log_path(&id))),
        is_live,
        empty: Signal::stored(texts::LOG_EMPTY),
        download: Signal::stored(None),
        is_main: false,
        id: Signal::stored("log".to_owned()),
        last_line: None,
    };
    view! {
        <details class="fold" prop:open=open on:toggle=toggled>
            <summary on:pointerenter=|_| log_view().prefetch() on:focus=|_| log_view().prefetch()>
                {texts::LOG}
            </summary>
            <div id=LOG_ID tabindex="-1">
                {move || open.get().then(|| log_view().view(source))}
            </div>
        </details>
    }
}
