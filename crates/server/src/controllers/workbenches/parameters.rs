//! Parameters and size of a spec, as its app declares them.

use vestibule_model::app::App;
use vestibule_model::parameter::{Parameter, Values, resolve};
use vestibule_model::problem::FieldError;
use vestibule_model::size;
use vestibule_model::workbench::WorkbenchSpec;

/// Checks the parameters of a spec, and fills in those that it leaves out. Returns what is wrong.
pub(super) fn set_parameters(
    spec: &mut WorkbenchSpec,
    parameters: &[Parameter],
    stored: Option<&Values>,
) -> Vec<FieldError> {
    let requested = spec.parameters.take().unwrap_or_default();
    let none = Values::new();
    match resolve(parameters, &requested, stored.unwrap_or(&none)) {
        Ok(values) => {
            spec.parameters = Some(values);
            Vec::new()
        }
        Err(errors) => errors,
    }
}

/// Checks the size of a spec, and fills it in if it is left out: the stored one, else the app's first.
/// Returns what is wrong.
pub(super) fn set_size(
    spec: &mut WorkbenchSpec,
    app: Option<&App>,
    stored: Option<&str>,
) -> Option<FieldError> {
    let sizes = app.map_or(&[][..], |app| &app.sizes);
    let first = || sizes.first().map(|size| size.name.as_str());
    if spec.size.is_none() {
        spec.size = stored.or_else(first).map(str::to_owned);
    }
    size::problem(sizes, spec.size.as_deref(), stored)
}
