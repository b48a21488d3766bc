//! Steps of a start, with the observation and the duration of each.

use super::status_card::card_sentences;
use crate::pages::details::texts::condition_label;
use crate::pages::details::with_code;
use crate::pages::shared::Reader;
use crate::pages::workbench::context::WorkbenchContext;
use crate::pages::workbench::texts;
use crate::ui::{Mark, MarkKind};
use leptos::prelude::*;
use vestibule_client::timeline::Timeline;
use vestibule_client::timeline::steps::{self, Step, StepState};
use vestibule_model::condition::{ConditionType, STEPS};
use vestibule_model::duration::humanize;
use vestibule_model::reason;
use vestibule_model::time::{Millis, Timestamp};

/// The list. Rows stay where they are; only what changes in them is touched.
#[component]
pub fn Steps(now: Signal<Timestamp>) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let steps = Memo::new(move |_| observed_steps(context));
    let text = Memo::new(move |_| card_sentences(context));
    let rows = STEPS.map(|kind| view! { <Row kind=kind steps=steps now=now sentences=text /> });
    view! { <ol class="steps" aria-label=texts::STEPS>{rows.into_iter().collect_view()}</ol> }
}

/// Returns the steps as they were observed. Those of a run that has ended come from its journal,
/// because its conditions only show the end.
fn observed_steps(context: WorkbenchContext) -> Vec<Step> {
    let workbench = context.workbench.watch.workbench.read();
    let run = context.run.journal.run.read();
    let (Some(workbench), Some(run)) = (workbench.as_ref(), run.as_ref()) else {
        return Vec::new();
    };
    if context.commands.is_ending_run() {
        return Vec::new();
    }
    let begin = run.times.started_at;
    if workbench.desires_another_run() {
        return steps::steps(&[], begin, None, false);
    }
    let entries = context.run.journal.entries.read();
    let status = &workbench.status;
    let steps = match run.times.finished_at {
        Some(end) if !entries.is_empty() => Timeline::of(&run.times, &entries, end).steps(),
        finished => steps::steps(
            &status.conditions,
            begin,
            status.ready_time,
            finished.is_some(),
        ),
    };
    with_build_done(steps)
}

/// Marks the build as done once the start queues for capacity: engines check all of them at
/// once, and say so if there is something to build. The process itself is the step after.
fn with_build_done(mut steps: Vec<Step>) -> Vec<Step> {
    let place = |kind| steps.iter().position(|step: &Step| step.kind == kind);
    let (Some(build), Some(queue)) = (
        place(ConditionType::JobCreated),
        place(ConditionType::PodScheduled),
    ) else {
        return steps;
    };
    let is_queued = matches!(steps[queue].state, StepState::Blocked | StepState::Done);
    // A wait says that there was nothing left to build.
    let is_open = match steps[build].state {
        StepState::NotYet | StepState::Unknown => true,
        StepState::Doing => reason::is_wait(&steps[build].reason),
        _ => false,
    };
    if is_queued && is_open {
        steps[build].state = StepState::Done;
        steps[build].from = None;
    }
    steps
}

#[component]
fn Row(
    kind: ConditionType,
    steps: Memo<Vec<Step>>,
    now: Signal<Timestamp>,
    sentences: Memo<[String; 3]>,
) -> impl IntoView {
    let label = condition_label(&kind);
    let own = kind.clone();
    let reader = WorkbenchContext::expect().run.reader;
    let note = Memo::new(move |_| note(&steps.read(), &own, &*sentences.read(), reader));
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
        <li class="step" data-kind=move || mark.get().as_str()>
            <Mark kind=mark />
            <span class="step-label">
                {label}
                <span class="visually-hidden">{move || format!(": {}", word(state.get()))}</span>
            </span>
            <span class="step-time">{time}</span>
            {move || note.get().map(|(message, reason)| view! {
                <span class="step-note">{with_code(&message)} " " <code class="reason">{reason}</code></span>
            })}
        </li>
    }
}

/// Returns what holds a step up and its raw reason, unless the card or the step before says so.
fn note(
    steps: &[Step],
    kind: &ConditionType,
    sentences: &[String],
    reader: Reader,
) -> Option<(String, String)> {
    let place = steps.iter().position(|step| step.kind == *kind)?;
    let Step { state, reason, .. } = &steps[place];
    let text = |step: &Step| reader.message(step.message.clone());
    let message = text(&steps[place]);
    let is_good = matches!(
        state,
        StepState::Done | StepState::NotYet | StepState::NotReached
    );
    let before = place.checked_sub(1).map(|before| text(&steps[before]));
    let is_said =
        message.is_empty() || sentences.contains(&message) || before.as_ref() == Some(&message);
    (!is_good && !is_said).then(|| (message, reason.clone()))
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
        StepState::Doing => "in progress",
        StepState::Blocked => "waiting",
        StepState::Failed => "failed",
        StepState::Over => "done, and over",
        StepState::NotYet => "not yet",
        StepState::NotReached => "not done",
        StepState::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: ConditionType, state: StepState) -> Step {
        Step {
            kind,
            state,
            from: None,
            until: None,
            reason: String::new(),
            message: String::new(),
        }
    }

    #[test]
    fn no_step_waits_behind_one_that_is_still_empty() {
        let states = |build, queue| {
            let steps = vec![
                step(ConditionType::JobCreated, build),
                step(ConditionType::PodScheduled, queue),
            ];
            with_build_done(steps)[0].state
        };
        assert_eq!(
            states(StepState::NotYet, StepState::Blocked),
            StepState::Done
        );
        assert_eq!(
            states(StepState::Doing, StepState::NotYet),
            StepState::Doing
        );
        assert_eq!(
            states(StepState::Failed, StepState::Done),
            StepState::Failed
        );
        assert_eq!(
            states(StepState::NotYet, StepState::NotYet),
            StepState::NotYet
        );
    }
}
