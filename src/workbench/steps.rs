//! The steps of a start, with what was observed of each and how long it took.

use super::reading::condition_label;
use crate::ui::{Mark, MarkKind, attr, live};
use leptos::prelude::*;
use vestibule_model::condition::{ConditionType, STEPS};
use vestibule_model::duration::humanize;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::timeline::steps::{Step, StepState};

/// The list of steps. Rows stay where they are; only what changes in them is touched.
#[component]
pub fn Steps(
    steps: Memo<Vec<Step>>,
    now: Signal<Timestamp>,
    /// What is said above the steps already, and is not repeated.
    said: Memo<[String; 2]>,
) -> impl IntoView {
    let rows =
        STEPS.map(|kind| view! { <Row kind=kind steps=steps now=now said=said /> }.into_any());
    view! { <ol class="steps" aria-label="Steps">{rows.into_iter().collect_view()}</ol> }.into_any()
}

#[component]
fn Row(
    kind: ConditionType,
    steps: Memo<Vec<Step>>,
    now: Signal<Timestamp>,
    said: Memo<[String; 2]>,
) -> impl IntoView {
    let label = condition_label(&kind);
    let own = kind.clone();
    let note = Memo::new(move |_| note(&steps.read(), &own, &*said.read()));
    let step = Memo::new(move |_| steps.read().iter().find(|step| step.kind == kind).cloned());
    let state = Memo::new(move |_| step.read().as_ref().map_or(StepState::NotYet, |s| s.state));
    let mark = Memo::new(move |_| mark(state.get()));
    let time = move || {
        let step = step.read();
        let step = step.as_ref()?;
        let length = step.length(now.get())?;
        Some(match step.until {
            Some(_) if length < Millis(1_000) => "< 1 s".to_owned(),
            _ => humanize(length),
        })
    };
    view! {
        <li class="step" data-kind=attr(move || mark.get().word())>
            <Mark kind=mark />
            <span class="step-label">
                {label}
                <span class="visually-hidden">{live(move || [": ", word(state.get())].concat())}</span>
            </span>
            <span class="step-time">{live(time)}</span>
            {live(move || note.get().map(|(message, reason)| view! {
                <span class="step-note">{message} " " <code class="reason">{reason}</code></span>
            }))}
        </li>
    }
    .into_any()
}

/// What holds a step up, and its raw reason. What is said already is not repeated, and one thing
/// that stops several steps is told at the first of them.
fn note(steps: &[Step], kind: &ConditionType, said: &[String]) -> Option<(String, String)> {
    let place = steps.iter().position(|step| step.kind == *kind)?;
    let Step {
        state,
        message,
        reason,
        ..
    } = &steps[place];
    let is_good = matches!(
        state,
        StepState::Done | StepState::NotYet | StepState::NotReached
    );
    let before = place.checked_sub(1).map(|before| &steps[before].message);
    let is_told = message.is_empty() || said.contains(message) || before == Some(message);
    (!is_good && !is_told).then(|| (message.clone(), reason.clone()))
}

fn mark(state: StepState) -> MarkKind {
    match state {
        StepState::Done => MarkKind::Completed,
        StepState::Doing => MarkKind::Working,
        StepState::Blocked => MarkKind::Waiting,
        StepState::Failed => MarkKind::Failed,
        StepState::Over => MarkKind::Stopped,
        StepState::NotYet | StepState::NotReached => MarkKind::Pending,
        StepState::Unknown => MarkKind::Unknown,
    }
}

fn word(state: StepState) -> &'static str {
    match state {
        StepState::Done => "done",
        StepState::Doing => "under way",
        StepState::Blocked => "waiting",
        StepState::Failed => "failed",
        StepState::Over => "was done, and is over",
        StepState::NotYet => "not yet",
        StepState::NotReached => "not reached",
        StepState::Unknown => "unknown",
    }
}
