//! Typed parameters of an app: declared in the catalogue, set for each workbench, and placed into the
//! app's commands. The console's form and the server check values by [`resolve`].

use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::problem::FieldError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Values of parameters by name.
pub type Values = BTreeMap<String, String>;

/// Largest number of parameters of an app.
pub const MAX_PARAMETERS: usize = 50;
/// Longest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 32 * 1024;
/// Largest sum of all values, in bytes. A program's arguments share one limit of the system.
pub const MAX_ALL_BYTES: usize = 64 * 1024;
/// Longest name, in characters.
pub const MAX_NAME: usize = 40;

open_enum!(
    /// Kind of a parameter.
    ParameterKind {
        /// A line of text.
        Text = "text",
        /// A word out of several.
        Choice = "choice",
        /// A number.
        Number = "number",
        /// Address of a Git repository.
        Repository = "repository",
        /// Text of several lines.
        Prompt = "prompt",
        /// Name of a model.
        Model = "model",
    }
);

/// Parameter of an app.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// Name: lower-case letters, digits and `_`.
    pub name: String,
    /// Name on the screen.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// Kind.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub kind: ParameterKind,
    /// `true` if it needs a value.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub required: bool,
    /// Value if none is set.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub default: Option<String>,
    /// Allowed values of a choice, and proposals for a model.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub choices: Vec<String>,
    /// Smallest number, or shortest text in characters.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub min: Option<f64>,
    /// Largest number, or longest text in characters.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub max: Option<f64>,
    /// Explanation.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub help: String,
}

impl Parameter {
    /// Returns the title, or the name if there is none.
    pub fn display_title(&self) -> &str {
        match self.title.as_str() {
            "" => &self.name,
            title => title,
        }
    }

    /// Returns the problem with a value, or `None`.
    pub fn problem(&self, value: &str) -> Option<String> {
        if value.len() > MAX_VALUE_BYTES {
            return Some(format!("Use at most {} KiB.", MAX_VALUE_BYTES / 1024));
        }
        let takes_lines = self.kind == ParameterKind::Prompt;
        let is_bad = |c: char| c.is_control() && !(takes_lines && matches!(c, '\n' | '\r' | '\t'));
        if value.contains(is_bad) {
            return Some("Leave out line breaks and control characters.".to_owned());
        }
        match self.kind {
            ParameterKind::Number => self.number_problem(value),
            ParameterKind::Choice if !self.choices.iter().any(|choice| choice == value) => {
                Some(format!("Use one of: {}.", self.choices.join(", ")))
            }
            ParameterKind::Choice => None,
            ParameterKind::Repository => {
                repository_problem(value).or_else(|| self.length_problem(value))
            }
            ParameterKind::Model if value.starts_with('-') => {
                Some("Begin with something else than a hyphen.".to_owned())
            }
            _ => self.length_problem(value),
        }
    }

    fn number_problem(&self, value: &str) -> Option<String> {
        let is_plain = value
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
        let number = parsed(value).filter(|number| number.is_finite());
        let fits = |number: &f64| {
            self.min.is_none_or(|min| *number >= min) && self.max.is_none_or(|max| *number <= max)
        };
        if is_plain && number.as_ref().is_some_and(fits) {
            return None;
        }
        Some(match (self.min, self.max) {
            (Some(min), Some(max)) => {
                format!("Use a number from {} to {}.", written(min), written(max))
            }
            (Some(min), None) => format!("Use a number of at least {}.", written(min)),
            (None, Some(max)) => format!("Use a number of at most {}.", written(max)),
            (None, None) => "Use a number, such as 4 or 0.5.".to_owned(),
        })
    }

    fn length_problem(&self, value: &str) -> Option<String> {
        // Counts are far below the range in which this conversion is exact.
        let length = u32::try_from(value.chars().count()).map_or(f64::MAX, f64::from);
        if let Some(min) = self.min.filter(|min| length < *min) {
            return Some(format!("Use at least {} characters.", written(min)));
        }
        let max = self.max.filter(|max| length > *max)?;
        Some(format!("Use at most {} characters.", written(max)))
    }
}

/// Parses a number of digits, points and hyphens.
#[cfg(not(target_arch = "wasm32"))]
fn parsed(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// Parses a number by the browser; the tables for it would be 14 KB of the console's size.
#[cfg(target_arch = "wasm32")]
fn parsed(text: &str) -> Option<f64> {
    // It takes an empty text for zero.
    (!text.is_empty()).then(|| js_sys::JsString::from(text).unchecked_into_f64())
}

#[cfg(not(target_arch = "wasm32"))]
fn written(number: f64) -> String {
    number.to_string()
}

#[cfg(target_arch = "wasm32")]
fn written(number: f64) -> String {
    let text = js_sys::Number::from(number).to_string_with_radix(10);
    text.map(String::from).unwrap_or_default()
}

/// Returns the problem with the address of a repository, or `None`. Addresses that run a program
/// (`ext::…`), name a local folder or hold a password are refused.
fn repository_problem(value: &str) -> Option<String> {
    let refusal = || {
        Some("Use an address such as https://example.com/team/code.git or git@example.com:team/code.git.".to_owned())
    };
    if value.starts_with('-') || value.contains(char::is_whitespace) || value.contains("::") {
        return refusal();
    }
    let (user, rest) = match value.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => {
            let host = rest.split('/').next().unwrap_or_default();
            match host.rsplit_once('@') {
                Some((user, host)) => (user, host),
                None => ("", host),
            }
        }
        Some(_) => return refusal(),
        None => match value.split_once('@') {
            Some((user, rest)) if rest.contains(':') => (user, rest),
            _ => return refusal(),
        },
    };
    if user.contains(':') {
        return Some("Leave out the password: put it into a secret of the workspace.".to_owned());
    }
    match rest.is_empty() || rest.starts_with(['-', ':']) || user.starts_with('-') {
        true => refusal(),
        false => None,
    }
}

/// Returns the values that a spec is to hold: those that are asked for, and defaults for the others.
/// The errors name each wrong field.
///
/// A value that is stored, and whose parameter the catalogue has no longer, stays as it is.
pub fn resolve(
    parameters: &[Parameter],
    asked: &Values,
    stored: &Values,
) -> Result<Values, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut values = Values::new();
    let mut complain = |name: &str, message: String| {
        errors.push(FieldError::new(format!("spec.parameters.{name}"), message));
    };
    for parameter in parameters {
        let name = &parameter.name;
        let value = asked.get(name).filter(|value| !value.is_empty());
        match value.or(parameter.default.as_ref()) {
            Some(value) => match parameter.problem(value) {
                Some(message) => complain(name, message),
                None => {
                    values.insert(name.clone(), value.clone());
                }
            },
            None if parameter.required => {
                complain(name, format!("Fill in {}.", parameter.display_title()));
            }
            None => {}
        }
    }
    for (name, value) in asked {
        if parameters.iter().any(|parameter| parameter.name == *name) {
            continue;
        }
        if stored.get(name) == Some(value) {
            values.insert(name.clone(), value.clone());
        } else {
            let short: String = name.chars().take(MAX_NAME).collect();
            complain(
                &short,
                "The app has no such parameter. Remove it.".to_owned(),
            );
        }
    }
    let size: usize = values
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > MAX_ALL_BYTES {
        let message = format!(
            "Use at most {} KiB for all parameters.",
            MAX_ALL_BYTES / 1024
        );
        errors.push(FieldError::new("spec.parameters", message));
    }
    match errors.is_empty() {
        true => Ok(values),
        false => Err(errors),
    }
}

/// Returns `true` if a text can be the name of a parameter.
pub fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests;
