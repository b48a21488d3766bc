//! The end of the run's output, on demand; at once when the run has failed.

use crate::api;
use crate::hooks::use_task;
use crate::ui::{Button, Notice, attr, live};
use leptos::prelude::*;
use vestibule_model::ids::RunId;
use vestibule_model::run::RunLog;

/// The output of a run.
#[component]
pub fn LogTail(
    /// The run, and the number of its newest journal entry: with news, the output is read again.
    #[prop(into)]
    run: Signal<Option<(RunId, u64)>>,
    /// Whether it is unfolded from the start.
    #[prop(into)]
    unfolded: Signal<bool>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let log = RwSignal::new(None::<RunLog>);
    let task = use_task();
    let load = move || {
        if let Some((id, _)) = run.get_untracked() {
            task.run(api::run_log(id), move |answer| {
                if log.try_with_untracked(|shown| shown.as_ref() != Some(&answer)) == Some(true) {
                    log.set(Some(answer));
                }
            });
        }
    };
    Effect::new(move |_| {
        if unfolded.get() {
            open.set(true);
        }
    });
    Effect::new(move |_| {
        run.track();
        if open.get() {
            load();
        }
    });
    let toggled = move |event: web_sys::Event| {
        let details = event_target::<web_sys::HtmlDetailsElement>(&event);
        open.try_set(details.open());
    };
    view! {
        <details class="log" prop:open=attr(move || open.get()) on:toggle=toggled>
            <summary>"Output"</summary>
            {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
            <pre class="log-text" tabindex="0" aria-label="Output">
                {live(move || log.get().map(text))}
            </pre>
            <Button busy=task.busy on_press=Callback::new(move |()| load())>"Read again"</Button>
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
