//! Rules that a cluster checks by the Common Expression Language, where a schema of Kubernetes has no
//! keyword. The messages are those of the HTTP API.

use kube::core::Rule;
use serde_json::{Value, json};
use vestibule_model::parameter::{MAX_ALL_BYTES, MAX_NAME, MAX_VALUE_BYTES};
use vestibule_model::validation::{
    LOADER_VARIABLES, MAX_ENV_NAME_BYTES, MAX_ENV_VALUE_BYTES, MAX_SPEC_BYTES, OWN_VARIABLES,
    RESERVED_SECRETS, check_name, env_problem, is_hostile, secret_name_problem,
};

/// Pattern of the names of environment variables.
pub(super) const VARIABLE: &str = "^[A-Za-z_][A-Za-z0-9_]*$";

/// Longest name of a resource: with the number of a run after it, it names a Pod.
pub(super) const MAX_RESOURCE_NAME: usize = 52;

/// Returns the rule for the resource's own name.
pub(super) fn resource_name() -> Rule {
    Rule::new(format!(
        "self.metadata.name.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$') && size(self.metadata.name) <= {MAX_RESOURCE_NAME}"
    ))
    .message(format!(
        "metadata.name: Use at most {MAX_RESOURCE_NAME} lower-case letters, digits or inner hyphens, without dots."
    ).as_str())
}

/// Returns the rules for the name on the screen. It is stored as it is shown, so blanks at its ends
/// are refused, which the HTTP API removes.
pub(super) fn display_name() -> Value {
    let hostile_name = check_name("", "\0").map_or_else(|error| error.message, |_| String::new());
    let blank = char_class(char::is_whitespace);
    let hostile = char_class(is_hostile);
    json!([
        rule(
            &format!("!self.matches('^[{blank}]|[{blank}]$')"),
            "Remove the blanks at the beginning and at the end.",
        ),
        rule(&format!("!self.matches('[{hostile}]')"), &hostile_name),
    ])
}

/// Returns the rules for environment variables.
pub(super) fn variables() -> Value {
    let bad_name = env_problem("", "").unwrap_or_default();
    let own_name = env_problem(OWN_VARIABLES, "").unwrap_or_default();
    let long_value = env_problem("A", &"x".repeat(MAX_ENV_VALUE_BYTES + 1)).unwrap_or_default();
    json!([
        rule(
            &format!(
                "self.all(name, name.matches('{VARIABLE}') && size(name) <= {MAX_ENV_NAME_BYTES})"
            ),
            &bad_name
        ),
        rule(
            &format!("self.all(name, !name.startsWith('{OWN_VARIABLES}'))"),
            &own_name
        ),
        rule(
            &format!("self.all(name, size(bytes(self[name])) <= {MAX_ENV_VALUE_BYTES})"),
            &long_value
        ),
    ])
}

/// Returns the rule for the size of a spec: names and values of variables, and names of secrets.
pub(super) fn all_variables() -> Value {
    let variables =
        "has(self.env) ? self.env.map(name, size(name) + size(bytes(self.env[name]))).sum() : 0";
    let secrets = "has(self.secrets) ? self.secrets.map(name, size(name)).sum() : 0";
    rule(
        &format!("({variables}) + ({secrets}) <= {MAX_SPEC_BYTES}"),
        &format!("Use at most {MAX_SPEC_BYTES} bytes for all variables together."),
    )
}

/// Returns the rule that an app stays: its runs, its folder and its parameters are those of the app.
pub(super) fn same_app() -> Value {
    rule(
        "self.app == oldSelf.app",
        "app: It can't be changed. Create another workbench.",
    )
}

/// Returns the rules for the names of secrets.
pub(super) fn secrets() -> Value {
    let own_name = env_problem(OWN_VARIABLES, "").unwrap_or_default();
    let reserved = secret_name_problem("PATH").unwrap_or_default();
    let words = RESERVED_SECRETS
        .iter()
        .map(|word| format!("'{word}'"))
        .collect::<Vec<_>>()
        .join(", ");
    json!([
        rule(
            &format!("self.all(name, !name.startsWith('{OWN_VARIABLES}'))"),
            &own_name
        ),
        rule(
            &format!(
                "self.all(name, !(name in [{words}]) && !name.startsWith('{LOADER_VARIABLES}'))"
            ),
            &reserved
        ),
    ])
}

/// Returns the rules for the values of parameters.
pub(super) fn parameters() -> Value {
    json!([
        rule(
            &format!(
                "self.all(name, name.matches('^[a-z][a-z0-9_]*$') && size(name) <= {MAX_NAME})"
            ),
            &format!(
                "A parameter's name is a lower-case letter, then lower-case letters, digits or _ (at most {MAX_NAME})."
            ),
        ),
        rule(
            &format!("self.all(name, size(bytes(self[name])) <= {MAX_VALUE_BYTES})"),
            &format!("Use at most {} KiB.", MAX_VALUE_BYTES / 1024),
        ),
        rule(
            &format!(
                "self.map(name, size(name) + size(bytes(self[name]))).sum() <= {MAX_ALL_BYTES}"
            ),
            &format!(
                "Use at most {} KiB for all parameters.",
                MAX_ALL_BYTES / 1024
            ),
        ),
    ])
}

fn rule(rule: &str, message: &str) -> Value {
    json!({ "rule": rule, "message": message })
}

/// Returns the inside of a class of a regular expression that has these characters.
fn char_class(is_in: impl Fn(char) -> bool) -> String {
    let mut ranges: Vec<(char, char)> = Vec::new();
    for c in (char::MIN..=char::MAX).filter(|c| is_in(*c)) {
        match ranges.last_mut() {
            Some((_, last)) if u32::from(*last) + 1 == u32::from(c) => *last = c,
            _ => ranges.push((c, c)),
        }
    }
    let code = |c: char| format!(r"\\x{{{:x}}}", u32::from(c));
    let written = ranges.iter().map(|(first, last)| match first == last {
        true => code(*first),
        false => format!("{}-{}", code(*first), code(*last)),
    });
    written.collect()
}
