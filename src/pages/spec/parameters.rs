//! The fields of an app's parameters, one for each that the catalogue declares.

use super::field_error::error_of;
use super::texts;
use crate::ui::{Choice, Field, FieldValue, Select, TextArea};
use leptos::prelude::*;
use vestibule_model::parameter::{Parameter, ParameterKind, Values, resolve};
use vestibule_model::problem::FieldError;

/// Lines of a prompt's field.
const PROMPT_ROWS: u32 = 5;

/// Values of parameters as they are typed.
#[derive(Clone, Copy)]
pub struct Parameters {
    declared: Memo<Vec<Parameter>>,
    /// Typed and stored values. Those of other apps stay while another app is chosen.
    values: RwSignal<Values>,
    stored: StoredValue<Values>,
}

impl Parameters {
    /// Returns the values of a spec for the declared parameters.
    pub fn new(declared: Memo<Vec<Parameter>>, values: Option<&Values>, is_stored: bool) -> Self {
        let values = values.cloned().unwrap_or_default();
        let stored = match is_stored {
            true => values.clone(),
            false => Values::new(),
        };
        Self {
            declared,
            values: RwSignal::new(values),
            stored: StoredValue::new(stored),
        }
    }

    /// Returns the values to send: those of declared parameters, and stored ones that the catalogue
    /// no longer has, which the server keeps.
    pub fn now(self) -> Values {
        let declared = self.declared.read();
        let is_sent = |name: &String| {
            declared.iter().any(|parameter| parameter.name == *name)
                || self.stored.with_value(|stored| stored.contains_key(name))
        };
        let values = self.values.read();
        values
            .iter()
            .filter(|(name, _)| is_sent(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Returns every problem.
    pub fn problems(self) -> Vec<FieldError> {
        let (declared, values) = (self.declared.read(), self.now());
        let resolved = self
            .stored
            .with_value(|stored| resolve(&declared, &values, stored));
        resolved.err().unwrap_or_default()
    }

    /// Returns the text of a parameter's field: its default until another is typed.
    fn field(self, parameter: &Parameter) -> FieldValue {
        let (name, typed) = (parameter.name.clone(), parameter.name.clone());
        let default = parameter.default.clone().unwrap_or_default();
        let text = Signal::derive(move || {
            let values = self.values.read();
            values.get(&name).unwrap_or(&default).clone()
        });
        let on_input = Callback::new(move |text| {
            self.values.update(|values| {
                values.insert(typed.clone(), text);
            });
        });
        FieldValue::new(text, on_input)
    }
}

/// The fields; nothing if the app has no parameters.
#[component]
pub fn ParameterFields(
    parameters: Parameters,
    /// Problems of the form.
    errors: RwSignal<Vec<FieldError>>,
) -> impl IntoView {
    move || {
        let declared = parameters.declared.read();
        declared
            .iter()
            .map(|parameter| field(parameters, errors, parameter))
            .collect_view()
    }
}

fn field(
    parameters: Parameters,
    errors: RwSignal<Vec<FieldError>>,
    parameter: &Parameter,
) -> AnyView {
    let id = format!("parameter-{}", parameter.name);
    let label = texts::parameter_label(parameter);
    let value = parameters.field(parameter);
    let error = error_of(errors, format!("spec.parameters.{}", parameter.name));
    let hint = texts::parameter_hint(parameter);
    match parameter.kind {
        ParameterKind::Choice => {
            view! { <Select id=id label=label value=value choices=options(parameter) hint=hint error=error /> }
                .into_any()
        }
        ParameterKind::Prompt => {
            view! { <TextArea id=id label=label value=value hint=hint error=error rows=PROMPT_ROWS /> }
                .into_any()
        }
        ParameterKind::Number => {
            view! { <Field id=id label=label value=value hint=hint error=error inputmode="decimal" /> }
                .into_any()
        }
        ParameterKind::Repository => {
            view! { <Field id=id label=label value=value hint=hint error=error inputmode="url" /> }
                .into_any()
        }
        _ => {
            let proposals = parameter.choices.clone();
            view! { <Field id=id label=label value=value hint=hint error=error proposals=proposals /> }
                .into_any()
        }
    }
}

/// Returns the options of a choice; one without a value if the parameter may stay empty.
fn options(parameter: &Parameter) -> Vec<Choice> {
    let none = parameter
        .default
        .is_none()
        .then(|| Choice::new("", texts::NO_CHOICE));
    let choices = parameter
        .choices
        .iter()
        .map(|choice| Choice::new(choice, choice));
    none.into_iter().chain(choices).collect()
}
