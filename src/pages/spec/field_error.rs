//! The problem of one field among all problems of a form.

use leptos::prelude::*;
use vestibule_model::problem::FieldError;

/// Returns what is wrong with a field or a part of it, or `None`.
pub fn error_of(
    errors: RwSignal<Vec<FieldError>>,
    field: impl Into<String>,
) -> Signal<Option<String>> {
    let field = field.into();
    Signal::derive(move || {
        let errors = errors.read();
        errors
            .iter()
            .find(|error| {
                let rest = error.field.strip_prefix(&field);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })
            .map(|error| error.message.clone())
    })
}
