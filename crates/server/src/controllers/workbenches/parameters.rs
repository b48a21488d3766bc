//! Parameters of a spec.

use vestibule_model::parameter::{Parameter, Values, resolve};
use vestibule_model::problem::FieldError;
use vestibule_model::workbench::WorkbenchSpec;

/// Checks the parameters of a spec, and fills in those that it leaves out. Returns what is wrong.
pub(super) fn set_parameters(
    spec: &mut WorkbenchSpec,
    parameters: &[Parameter],
    stored: Option<&Values>,
) -> Vec<FieldError> {
    let asked = spec.parameters.take().unwrap_or_default();
    let none = Values::new();
    match resolve(parameters, &asked, stored.unwrap_or(&none)) {
        Ok(values) => {
            spec.parameters = Some(values);
            Vec::new()
        }
        Err(errors) => errors,
    }
}
