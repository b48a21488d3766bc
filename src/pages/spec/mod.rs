//! The fields of a workbench's spec, shared by the form that creates one and the dialog that edits it.

mod environment;
mod field_error;
mod minutes;
mod parameters;
mod secrets;
mod size;
mod texts;
mod typed;

use crate::api;
use crate::store::use_task;
use crate::ui::{Field, Icon, focus};
use environment::{Environment, Variables};
use field_error::error_of;
use leptos::prelude::*;
pub use minutes::Limit;
pub use parameters::ParameterFields;
use parameters::Parameters;
pub use secrets::{SecretForm, SecretNames, use_secret_names};
use secrets::{SecretPicker, SecretSelection};
pub use size::{ChosenSize, SIZE_FIELD, SizeField};
pub use typed::DefaultedField;
use vestibule_model::parameter::Parameter;
use vestibule_model::problem::FieldError;
use vestibule_model::size::WorkbenchSize;
use vestibule_model::time_limits::TimeLimits;
use vestibule_model::validation::{MAX_START_TIMEOUT_SECONDS, check_spec};
use vestibule_model::workbench::{DEFAULT_START_TIMEOUT_SECONDS, WorkbenchSpec};

/// Id of the field of the time limit of runs.
pub const TIME_LIMIT_FIELD: &str = "active-deadline";

/// A spec as it is typed, and what is wrong with it.
#[derive(Clone, Copy)]
pub struct SpecDraft {
    /// Problems found by the server or the form, also in fields outside the spec.
    pub errors: RwSignal<Vec<FieldError>>,
    start_timeout: DefaultedField,
    /// Values of the app's parameters.
    pub parameters: Parameters,
    /// Size of the workbench.
    pub size: ChosenSize,
    variables: Variables,
    secrets: SecretSelection,
    active: Limit,
    idle: Limit,
    /// Limits in force, or `None` until they are known.
    limits: RwSignal<Option<TimeLimits>>,
    /// `true` if absent times take the defaults: nothing was stored or typed before.
    is_new: bool,
}

impl SpecDraft {
    /// Fills the form with the stored spec of a workbench, whose app declares these parameters and
    /// sizes.
    pub fn of(
        spec: &WorkbenchSpec,
        declared: Memo<Vec<Parameter>>,
        sizes: Memo<Vec<WorkbenchSize>>,
    ) -> Self {
        let parameters = Parameters::new(declared, spec.parameters.as_ref(), true);
        let size = ChosenSize::new(sizes, spec.size.as_ref(), true);
        let seconds = Signal::stored(spec.start_timeout_seconds);
        Self::filled(spec, seconds, (parameters, size))
    }

    /// Fills the form with the spec of a new workbench, whose start timeout has a default that may
    /// change with the chosen app, as do the declared parameters and sizes.
    pub fn new(
        spec: &WorkbenchSpec,
        seconds: Signal<u32>,
        declared: Memo<Vec<Parameter>>,
        sizes: Memo<Vec<WorkbenchSize>>,
    ) -> Self {
        let parameters = Parameters::new(declared, spec.parameters.as_ref(), false);
        let size = ChosenSize::new(sizes, spec.size.as_ref(), false);
        Self::filled(spec, seconds, (parameters, size))
    }

    fn filled(
        spec: &WorkbenchSpec,
        seconds: Signal<u32>,
        (parameters, size): (Parameters, ChosenSize),
    ) -> Self {
        let start_timeout = DefaultedField::new(Signal::derive(move || seconds.get().to_string()));
        Self {
            errors: RwSignal::new(Vec::new()),
            start_timeout,
            parameters,
            size,
            variables: Variables::of(spec.variables()),
            secrets: SecretSelection::of(&spec.secrets),
            active: Limit::of(spec.active_deadline_seconds),
            idle: Limit::of(spec.idle_timeout_seconds),
            limits: RwSignal::new(None),
            is_new: false,
        }
    }

    /// Fills absent times with the defaults of the workspace, once these are known.
    pub fn taking_defaults(self) -> Self {
        Self {
            is_new: true,
            ..self
        }
    }

    /// Applies the limits in force. Times that were typed meanwhile stay.
    fn limits_known(self, limits: TimeLimits) {
        if self.is_new {
            self.active.fill(limits.usual_run());
            self.idle.fill(limits.usual_idle());
        }
        self.limits.try_set(Some(limits));
    }

    /// Returns the hint below a time: its default and its maximum, as an administrator has set them.
    fn hint(self, of: fn(&TimeLimits) -> [Option<u32>; 2]) -> Signal<Option<String>> {
        Signal::derive(move || {
            let [default, max] = self.limits.read().as_ref().map(of).unwrap_or_default();
            Some(texts::time_hint(default, max))
        })
    }

    /// Types a start timeout in place of its default, unless it is the same.
    pub fn type_start_timeout(self, seconds: u32) {
        let text = seconds.to_string();
        if untrack(|| self.start_timeout.text()) != text {
            self.start_timeout.type_over(text);
        }
    }

    /// Returns what is wrong with a field or a part of it, or `None`.
    pub fn error(self, field: impl Into<String>) -> Signal<Option<String>> {
        error_of(self.errors, field)
    }

    /// Returns the spec as it stands, without invalid numbers: for the preflight, not for sending.
    pub fn now(self) -> WorkbenchSpec {
        WorkbenchSpec {
            env: Some(self.variables.now()),
            parameters: Some(self.parameters.now()),
            size: self.size.now(),
            secrets: self.secrets.now(),
            start_timeout_seconds: seconds(&self.start_timeout.text())
                .unwrap_or(DEFAULT_START_TIMEOUT_SECONDS),
            active_deadline_seconds: self.active.now().ok().flatten(),
            idle_timeout_seconds: self.idle.now().ok().flatten(),
        }
    }

    /// Returns the spec to send, or every problem. From here on each variable shows its own.
    pub fn check(self) -> Result<WorkbenchSpec, Vec<FieldError>> {
        untrack(|| {
            let is_env_right = self.variables.check();
            self.secrets.take_typed();
            let spec = self.now();
            let mut errors = self.parameters.problems();
            if !is_env_right {
                errors.push(FieldError::new("spec.env", texts::SOME_VARIABLES_WRONG));
            }
            if let Some(text) = self.secrets.problem() {
                errors.push(FieldError::new("spec.secrets", text));
            }
            if seconds(&self.start_timeout.text()).is_none() {
                let text = texts::start_timeout_wrong();
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
                // Each variable shows its own problem in its row.
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

/// The fields, folded away under "More settings".
#[component]
pub fn SpecFields(
    draft: SpecDraft,
    names: SecretNames,
    /// `true` if the fold is open at first.
    #[prop(optional)]
    open: bool,
) -> impl IntoView {
    let reading = use_task();
    let workspace = names.workspace.get_value();
    reading.run(api::workspace_limits(workspace), move |limits| {
        draft.limits_known(limits.effective);
    });
    let run_hint = draft.hint(|limits| [limits.run_default_seconds, limits.run_max_seconds]);
    let idle_hint = draft.hint(|limits| [limits.idle_default_seconds, limits.idle_max_seconds]);
    view! {
        <details class="more" open=open>
            <summary><Icon name="chevron" size=14 />{texts::MORE_SETTINGS}</summary>
            <div class="more-fields">
                <SecretPicker chosen=draft.secrets names=names error=draft.error("spec.secrets") />
                <Environment variables=draft.variables error=draft.error("spec.env") />
                <div class="times">
                    <Field
                        id="start-timeout"
                        label=texts::START_TIMEOUT
                        value=draft.start_timeout.field()
                        inputmode="numeric"
                        hint=texts::START_TIMEOUT_HINT
                        error=draft.error("spec.startTimeoutSeconds")
                    />
                    <Field
                        id=TIME_LIMIT_FIELD
                        label=texts::STOP_AFTER
                        value=draft.active.typed
                        inputmode="decimal"
                        hint=run_hint
                        error=draft.error("spec.activeDeadlineSeconds")
                    />
                    <Field
                        id="idle-timeout"
                        label=texts::STOP_WHEN_IDLE
                        value=draft.idle.typed
                        inputmode="decimal"
                        hint=idle_hint
                        error=draft.error("spec.idleTimeoutSeconds")
                    />
                </div>
            </div>
        </details>
    }
}

/// Moves the focus to the first invalid field, and opens the fold that hides it.
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
