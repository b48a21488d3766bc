//! The form: a default and a maximum for each kind of time. Pure of requests but for the one that saves.

use super::texts;
use crate::api::{self, ApiError};
use crate::effect::Effect;
use crate::pages::spec::{Limit, focus_first_error};
use crate::store::use_tracked_task;
use crate::ui::{Announcer, Button, ButtonVariant, Field, Notice};
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::problem::FieldError;
use vestibule_model::time_limits::TimeLimits;

/// A field of the form: its name in the API, its label, and what its being empty means.
type Slot = (&'static str, &'static str, &'static str, &'static str);

const SLOTS: [Slot; 4] = [
    (
        "runDefaultSeconds",
        "run-default",
        texts::RUN_DEFAULT,
        texts::NO_DEFAULT,
    ),
    (
        "runMaxSeconds",
        "run-max",
        texts::RUN_MAXIMUM,
        texts::NO_MAXIMUM,
    ),
    (
        "idleDefaultSeconds",
        "idle-default",
        texts::IDLE_DEFAULT,
        texts::NO_DEFAULT,
    ),
    (
        "idleMaxSeconds",
        "idle-max",
        texts::IDLE_MAXIMUM,
        texts::NO_MAXIMUM,
    ),
];

/// Returns the values in the order of the form.
fn values(limits: &TimeLimits) -> [Option<u32>; 4] {
    [
        limits.run_default_seconds,
        limits.run_max_seconds,
        limits.idle_default_seconds,
        limits.idle_max_seconds,
    ]
}

/// The form of a workspace, or of the installation.
#[component]
pub fn LimitsForm(
    workspace: Option<WorkspaceId>,
    limits: TimeLimits,
    /// Limits of the installation, which hold where the workspace sets none.
    above: Option<TimeLimits>,
) -> impl IntoView {
    let fields = values(&limits).map(Limit::of);
    let errors = RwSignal::new(Vec::<FieldError>::new());
    let task = use_tracked_task(Request::Save);
    let announcer = Announcer::expect();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let read = fields.map(|field| untrack(|| field.now()));
        let wrong = SLOTS.iter().zip(&read).filter_map(|(slot, value)| {
            let message = value.as_ref().err()?;
            Some(FieldError::new(slot.0, *message))
        });
        let wrong: Vec<FieldError> = wrong.collect();
        let is_right = wrong.is_empty();
        errors.set(wrong);
        if !is_right {
            focus_first_error();
            return;
        }
        let [run_default, run_max, idle_default, idle_max] = read.map(|value| value.ok().flatten());
        let limits = TimeLimits {
            run_default_seconds: run_default,
            run_max_seconds: run_max,
            idle_default_seconds: idle_default,
            idle_max_seconds: idle_max,
        };
        task.run(api::set_limits(workspace.clone(), limits), move |_| {
            announcer.say(texts::SAVED);
        });
    };
    Effect::new(move |_| {
        if let Some(ApiError::Problem(problem)) = task.error.get() {
            errors.set(problem.errors);
            focus_first_error();
        }
    });
    let other_error = move || {
        let error = task.error.get()?;
        errors
            .read()
            .is_empty()
            .then(|| view! { <Notice>{error.sentence()}</Notice> })
    };
    let above = above.map_or([None; 4], |above| values(&above));
    let inputs = SLOTS.iter().zip(fields).zip(above);
    let inputs = inputs.map(|((&(name, id, what, none), field), above)| {
        let hint = above.map_or_else(|| none.to_owned(), texts::of_all);
        let error = Signal::derive(move || {
            let errors = errors.read();
            let found = errors.iter().find(|error| error.field == name);
            found.map(|error| error.message.clone())
        });
        view! {
            <Field id=id label=texts::field(what) value=field.typed inputmode="decimal" hint=hint error=error />
        }
    });
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <div class="times pairs">{inputs.collect_view()}</div>
            <p class="quiet">{texts::LATER}</p>
            {other_error}
            <div class="actions">
                <Button variant=ButtonVariant::Primary submit=true busy=task.busy>{texts::SAVE}</Button>
            </div>
        </form>
    }
}

/// The values for those who may not change them.
#[component]
pub fn LimitsFacts(limits: TimeLimits) -> impl IntoView {
    let rows = SLOTS.iter().zip(values(&limits));
    let rows = rows.map(|((_, _, what, _), seconds)| {
        view! { <dt>{*what}</dt> <dd>{texts::shown(seconds)}</dd> }
    });
    view! { <dl class="facts">{rows.collect_view()}</dl> }
}
