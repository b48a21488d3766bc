//! The steps of a build, with their state and duration.

use super::texts;
use super::words::{format_length, step_state};
use crate::ui::{For, Mark};
use leptos::prelude::*;
use vestibule_model::build::{Build, BuildStep, StepStatus};
use vestibule_model::time::Timestamp;

/// The list. The running step shows the last line of the output. Only the parts of a row that change are touched.
#[component]
pub fn Steps(
    #[prop(name = "of")] build: Memo<Option<Build>>,
    now: Signal<Timestamp>,
    last_line: Signal<String>,
) -> impl IntoView {
    let count = Memo::new(move |_| build.read().as_ref().map_or(0, |build| build.steps.len()));
    view! {
        <ol class="steps" aria-label=texts::STEPS>
            <For
                each=move || 0..count.get()
                key=|place| *place
                children=move |place| {
                    let step = Memo::new(move |_| {
                        let build = build.read();
                        build.as_ref().and_then(|build| build.steps.get(place).cloned()).unwrap_or_default()
                    });
                    view! { <Row step=step now=now last_line=last_line /> }
                }
            />
        </ol>
    }
}

#[component]
fn Row(step: Memo<BuildStep>, now: Signal<Timestamp>, last_line: Signal<String>) -> impl IntoView {
    let state = Memo::new(move |_| step_state(&step.read().status));
    let time = move || {
        let step = step.read();
        if step.status == StepStatus::Skipped {
            return Some(texts::SKIPPED.to_owned());
        }
        let started = step.started_at?;
        let is_over = step.finished_at.is_some();
        let is_running = step.status == StepStatus::Running;
        let end = step.finished_at.or_else(|| is_running.then(|| now.get()))?;
        Some(format_length(end.since(started), is_over))
    };
    let is_running = Memo::new(move |_| step.read().status == StepStatus::Running);
    let exit = move || {
        let code = step.read().exit_code.filter(|code| *code != 0)?;
        Some(view! { <span class="step-note">{texts::exit_code(code)}</span> })
    };
    view! {
        <li class="step" data-kind=move || state.get().0.as_str()>
            <Mark kind=Signal::derive(move || state.get().0) />
            <span class="step-label">
                <code>{move || step.read().title.clone()}</code>
                <span class="visually-hidden">{move || format!(": {}", state.get().1)}</span>
            </span>
            <span class="step-time">{time}</span>
            {exit}
            {move || is_running.get().then(|| view! {
                // It is read out nowhere: the log below has it.
                <code class="step-output" aria-hidden="true">{last_line}</code>
            })}
        </li>
    }
}
