//! Progress of the build that a start waits for: its steps, and the last line of its log.

use crate::api;
use crate::pages::log::log_end;
use crate::pages::workbench::texts;
use crate::store::use_build;
use crate::ui::{For, Mark, MarkKind};
use leptos::prelude::*;
use vestibule_model::build::{Build, BuildStep, StepStatus};
use vestibule_model::duration::humanize;
use vestibule_model::ids::BuildId;
use vestibule_model::time::Timestamp;

/// The steps and the line.
#[component]
pub fn BuildProgress(id: BuildId, now: Signal<Timestamp>) -> impl IntoView {
    let path = api::build_log_path(&id);
    let build = use_build(&id).build;
    let steps = Memo::new(move |_| {
        let build = build.read();
        build
            .as_ref()
            .map(|build| build.steps.clone())
            .unwrap_or_default()
    });
    let is_open = Memo::new(move |_| build.read().as_ref().is_none_or(Build::is_open));
    let count = Memo::new(move |_| steps.read().len());
    view! {
        <div class="build-progress">
            <ol class="build-steps" aria-label=texts::BUILD_STEPS>
                <For
                    each=move || 0..count.get()
                    key=|place| *place
                    children=move |place| view! { <Row steps=steps place=place now=now /> }
                />
            </ol>
            {log_end().view((Signal::stored(Some(path)), is_open.into(), 1))}
        </div>
    }
}

#[component]
fn Row(steps: Memo<Vec<BuildStep>>, place: usize, now: Signal<Timestamp>) -> impl IntoView {
    let step = Memo::new(move |_| steps.read().get(place).cloned().unwrap_or_default());
    let mark = Memo::new(move |_| match step.read().status {
        StepStatus::Pending | StepStatus::Skipped => MarkKind::Pending,
        StepStatus::Running => MarkKind::Working,
        StepStatus::Succeeded => MarkKind::Completed,
        StepStatus::Failed => MarkKind::Failed,
        StepStatus::Cancelled => MarkKind::Stopped,
        StepStatus::Unknown(_) => MarkKind::Unknown,
    });
    let time = move || {
        let step = step.read();
        let started = step.started_at?;
        let is_running = step.status == StepStatus::Running;
        let end = step.finished_at.or_else(|| is_running.then(|| now.get()))?;
        Some(humanize(end.since(started)))
    };
    view! {
        <li class="build-step" data-kind=move || mark.get().as_str()>
            <Mark kind=mark />
            <code>{move || step.read().title.clone()}</code>
            <span class="visually-hidden">{move || format!(": {}", step.read().status)}</span>
            <span class="step-time">{time}</span>
        </li>
    }
}
