//! The steps of a start, with what was observed of each and how long it took.

use super::reading::{StepReading, StepTime, steps};
use crate::ui::{Mark, MarkKind, attr, live};
use leptos::prelude::*;
use vestibule_model::condition::ConditionType;
use vestibule_model::duration::humanize;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::Workbench;

/// The list of steps. Rows stay where they are; only what changes in them is touched.
#[component]
pub fn Steps(workbench: RwSignal<Option<Workbench>>, now: Signal<Timestamp>) -> impl IntoView {
    let all = Memo::new(move |_| workbench.read().as_ref().map(steps).unwrap_or_default());
    let kinds = move || {
        all.read()
            .iter()
            .map(|step| step.kind.clone())
            .collect::<Vec<_>>()
    };
    view! {
        <ol class="steps" aria-label="Steps">
            <For
                each=kinds
                key=|kind| kind.clone()
                children=move |kind| view! { <Step kind=kind all=all now=now /> }
            />
        </ol>
    }
    .into_any()
}

#[component]
fn Step(kind: ConditionType, all: Memo<Vec<StepReading>>, now: Signal<Timestamp>) -> impl IntoView {
    let step = Memo::new(move |_| all.read().iter().find(|step| step.kind == kind).cloned());
    let mark = Memo::new(move |_| {
        step.read()
            .as_ref()
            .map_or(MarkKind::Pending, |step| step.mark)
    });
    let label = step.with_untracked(|step| step.as_ref().map_or("", |step| step.label));
    let note = move || step.get().filter(|step| !step.note.is_empty());
    let time = move || step.get().and_then(|step| said(step.time, now));
    view! {
        <li class="step" data-kind=attr(move || mark.get().word())>
            <Mark kind=mark />
            <span class="step-label">
                {label}
                <span class="visually-hidden">{live(move || format!(": {}", word(mark.get())))}</span>
            </span>
            <span class="step-time">{time}</span>
            {live(move || {
                note()
                    .map(|step| {
                        view! {
                            <span class="step-note">
                                {step.note} " " <code class="reason">{step.reason}</code>
                            </span>
                        }
                    })
            })}
        </li>
    }
    .into_any()
}

fn said(time: StepTime, now: Signal<Timestamp>) -> Option<String> {
    match time {
        StepTime::None => None,
        StepTime::Since(from) => Some(humanize(now.get().since(from))),
        StepTime::Took(from, until) => {
            let took = until.since(from);
            Some(if took < Millis(1_000) {
                "< 1 s".to_owned()
            } else {
                humanize(took)
            })
        }
    }
}

fn word(mark: MarkKind) -> &'static str {
    match mark {
        MarkKind::Completed | MarkKind::Ready => "done",
        MarkKind::Working => "under way",
        MarkKind::Waiting => "waiting",
        MarkKind::Failed => "failed",
        MarkKind::Stopped => "ended",
        MarkKind::Unknown => "unknown",
        MarkKind::Pending => "not yet",
    }
}
