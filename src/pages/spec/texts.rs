//! Texts of the fields of a workbench's settings.

use vestibule_model::duration::humanize;
use vestibule_model::parameter::Parameter;
use vestibule_model::time::Millis;
use vestibule_model::validation::MAX_START_TIMEOUT_SECONDS;

pub const MORE_SETTINGS: &str = "More settings";

pub const SIZE: &str = "Size";

/// Returns the label of a size that the catalogue offers no longer.
pub fn size_is_gone(name: &str) -> String {
    format!("{name} (no longer offered)")
}

pub const NO_CHOICE: &str = "None";

pub const SECRETS: &str = "Secrets";
pub const SECRETS_NOTE: &str = "Available to the app as environment variables. Values stay hidden.";
pub const OTHER_SECRET: &str = "Another secret's name";
pub const NAME_PLACEHOLDER: &str = "NAME";
pub const ADD_NAME: &str = "Add name";
pub const NOT_IN_WORKSPACE: &str = "not in this workspace yet";
pub const ADD_SECRET: &str = "Add a secret";
pub const SAVE_SECRET: &str = "Save secret";
pub const SECRET_EXISTS: &str =
    "A secret with this name already exists. Replace it in the workspace's settings.";
pub const SECRET_NAME: &str = "Name";
pub const SECRET_VALUE: &str = "Value";
pub const SECRET_HINT: &str = "Stored encrypted for the whole workspace, and never shown again.";

pub const ENVIRONMENT: &str = "Environment variables";
pub const ENVIRONMENT_NOTE: &str = "Not for secrets: everybody in the workspace can read them.";
pub const VARIABLE_NAME: &str = "Variable name";
pub const VARIABLE_VALUE: &str = "Value";
pub const VALUE_PLACEHOLDER: &str = "value";
pub const ADD_VARIABLE: &str = "Add variable";
pub const REMOVE_VARIABLE: &str = "Remove variable";
pub const SOME_VARIABLES_WRONG: &str = "Some variables need a change.";
pub const VARIABLE_TWICE: &str = "This name is used twice.";

pub const START_TIMEOUT: &str = "Start timeout (seconds)";
pub const START_TIMEOUT_HINT: &str =
    "A start that takes longer counts as late. It isn't stopped; you're asked what to do.";
pub const STOP_AFTER: &str = "Stop after (minutes)";
pub const STOP_WHEN_IDLE: &str = "Stop when idle (minutes)";
pub const INVALID_MINUTES: &str = "Use a number of minutes, such as 90 or 1.5, or leave it empty.";

/// Returns the hint about a time with the default and the maximum that an administrator has set.
pub fn time_hint(default: Option<u32>, max: Option<u32>) -> String {
    let length = |seconds: u32| humanize(Millis::from_secs(i64::from(seconds)));
    match (default, max) {
        (None, None) => "Leave empty for no limit.".to_owned(),
        (Some(default), None) => format!("Default: {}. Leave empty for no limit.", length(default)),
        (None, Some(max)) => format!("At most {}, set by an administrator.", length(max)),
        (Some(default), Some(max)) => format!(
            "Default: {}. At most {}, set by an administrator.",
            length(default),
            length(max)
        ),
    }
}

/// Returns the label of a parameter's field.
pub fn parameter_label(parameter: &Parameter) -> String {
    let title = parameter.display_title();
    match parameter.required || parameter.default.is_some() {
        true => title.to_owned(),
        false => format!("{title} (optional)"),
    }
}

/// Returns the hint below a parameter's field: its explanation, and its default unless that
/// is long.
pub fn parameter_hint(parameter: &Parameter) -> Option<String> {
    let is_short = |text: &&String| (1..=40).contains(&text.chars().count());
    let default = parameter.default.as_ref().filter(is_short);
    let default = default.map(|text| format!("Default: {text}."));
    let help = Some(parameter.help.clone()).filter(|text| !text.is_empty());
    let hint = help
        .into_iter()
        .chain(default)
        .collect::<Vec<_>>()
        .join(" ");
    (!hint.is_empty()).then_some(hint)
}

/// Returns what is wrong with a start timeout.
pub fn start_timeout_wrong() -> String {
    format!("Use a whole number from 1 to {MAX_START_TIMEOUT_SECONDS}.")
}

/// Returns the label of the field for the value of a secret whose name is known.
pub fn value_of(name: &str) -> String {
    format!("Value of {name}")
}
