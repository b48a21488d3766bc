//! The fields of a workbench's spec: one form, whether it is being made or edited.

mod environment;
mod minutes;
mod secrets;

use crate::ui::Field;
use crate::ui::focus;
use environment::{Environment, Variables};
use leptos::prelude::*;
use minutes::Limit;
use secrets::{Chosen, SecretPicker};
pub use secrets::{SecretForm, SecretNames, use_secret_names};
use vestibule_model::names::{MAX_START_TIMEOUT_SECONDS, check_spec};
use vestibule_model::problem::FieldError;
use vestibule_model::workbench::{DEFAULT_START_TIMEOUT_SECONDS, WorkbenchSpec};

/// What is typed of a spec, and what is wrong with it.
#[derive(Clone, Copy)]
pub struct SpecDraft {
    /// What the server or the form itself found wrong; also of fields that are not the spec's.
    pub errors: RwSignal<Vec<FieldError>>,
    /// How long a start may take, in seconds.
    pub start_timeout: RwSignal<String>,
    variables: Variables,
    secrets: Chosen,
    active: Limit,
    idle: Limit,
}

impl SpecDraft {
    /// The form filled with a spec.
    pub fn of(spec: &WorkbenchSpec) -> Self {
        Self {
            errors: RwSignal::new(Vec::new()),
            start_timeout: RwSignal::new(spec.start_timeout_seconds.to_string()),
            variables: Variables::of(&spec.env),
            secrets: Chosen::of(&spec.secrets),
            active: Limit::of(spec.active_deadline_seconds),
            idle: Limit::of(spec.idle_timeout_seconds),
        }
    }

    /// What is wrong with a field, or with a part of it.
    pub fn error(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let errors = self.errors.read();
            errors
                .iter()
                .find(|error| {
                    let rest = error.field.strip_prefix(field);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
                })
                .map(|error| error.message.clone())
        })
    }

    /// What it says as it stands; numbers that are none are left out. For looking ahead, not for
    /// sending.
    pub fn now(self) -> WorkbenchSpec {
        WorkbenchSpec {
            env: self.variables.now(),
            secrets: self.secrets.now(),
            start_timeout_seconds: seconds(&self.start_timeout.read())
                .unwrap_or(DEFAULT_START_TIMEOUT_SECONDS),
            active_deadline_seconds: self.active.now().ok().flatten(),
            idle_timeout_seconds: self.idle.now().ok().flatten(),
        }
    }

    /// What is sent, or everything that is wrong. From here on every variable says what is wrong
    /// with it.
    pub fn check(self) -> Result<WorkbenchSpec, Vec<FieldError>> {
        untrack(|| {
            let is_env_right = self.variables.check();
            self.secrets.take_typed();
            let spec = self.now();
            let mut errors = Vec::new();
            if !is_env_right {
                let text = "Some variables are not right yet.";
                errors.push(FieldError::new("spec.env", text));
            }
            if let Some(text) = self.secrets.problem() {
                errors.push(FieldError::new("spec.secrets", text));
            }
            if seconds(&self.start_timeout.read()).is_none() {
                let text = format!("Use a whole number from 1 to {MAX_START_TIMEOUT_SECONDS}.");
                errors.push(FieldError::new("spec.startTimeoutSeconds", text));
            }
            for (field, limit) in [
                ("spec.activeDeadlineSeconds", self.active),
                ("spec.idleTimeoutSeconds", self.idle),
            ] {
                if let Err(text) = limit.now() {
                    errors.push(FieldError::new(field, text));
                }
            }
            let more = check_spec(&spec);
            errors.extend(more.into_iter().filter(|error| {
                // Variables that are wrong say so themselves, each in its own row.
                !error.field.starts_with("spec.env.")
            }));
            if errors.is_empty() {
                Ok(spec)
            } else {
                Err(errors)
            }
        })
    }
}

fn seconds(typed: &str) -> Option<u32> {
    let seconds = typed.trim().parse().ok();
    seconds.filter(|seconds| (1..=MAX_START_TIMEOUT_SECONDS).contains(seconds))
}

/// The fields: secrets, variables, and under "More settings" the times.
#[component]
pub fn SpecFields(draft: SpecDraft, names: SecretNames) -> impl IntoView {
    view! {
        <SecretPicker chosen=draft.secrets names=names error=draft.error("spec.secrets") />
        <Environment variables=draft.variables error=draft.error("spec.env") />
        <details class="more">
            <summary>"More settings"</summary>
            <div class="more-fields">
                <Field
                    id="start-timeout"
                    label="Start timeout (seconds)"
                    value=draft.start_timeout
                    inputmode="numeric"
                    hint="After this the start counts as late, and you are asked what to do. It is not ended."
                    error=draft.error("spec.startTimeoutSeconds")
                />
                <Field
                    id="active-deadline"
                    label="Longest run (minutes)"
                    value=draft.active.typed
                    inputmode="decimal"
                    hint="After this the run is ended. Empty: no limit."
                    error=draft.error("spec.activeDeadlineSeconds")
                />
                <Field
                    id="idle-timeout"
                    label="Stop when unused (minutes)"
                    value=draft.idle.typed
                    inputmode="decimal"
                    hint="Stopped after so long without use. Empty: never."
                    error=draft.error("spec.idleTimeoutSeconds")
                />
            </div>
        </details>
    }
    .into_any()
}

/// The page may be longer than the screen, or what is wrong folded away: leads to the first of it.
pub fn focus_first_error() {
    request_animation_frame(|| {
        let first = document()
            .query_selector("form [aria-invalid=true]")
            .ok()
            .flatten();
        if let Some(Ok(Some(fold))) = first.as_ref().map(|first| first.closest("details")) {
            // An attribute of that name is always accepted.
            let _ = fold.set_attribute("open", "");
        }
        focus(first);
    });
}
