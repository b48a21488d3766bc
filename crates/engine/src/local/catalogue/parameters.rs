//! Parameters of an app, as in the file.

use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;
use vestibule_model::parameter::{
    MAX_PARAMETERS, Parameter, ParameterKind, Values, is_name, resolve,
};
use vestibule_model::workbench::WorkbenchSpec;

/// Words in names of parameters that are for secrets. Parameters are shown to everybody who sees the
/// workbench, and stand in lists of processes.
const SECRET_WORDS: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "credential",
];

/// Programs that read an argument after `-c` as a script.
const SHELLS: &[&str] = &[
    "sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "python", "python3",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    required: bool,
    default: Option<Value>,
    #[serde(default)]
    choices: Vec<Value>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    help: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Text,
    Choice,
    Number,
    Repository,
    Prompt,
    Model,
}

/// Value in the file; a number is written without quotation marks.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Whole(i64),
    Number(f64),
}

impl Value {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// Reads the parameters of an app.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Parameter>, D::Error> {
    let entries = Vec::<Entry>::deserialize(deserializer)?;
    Ok(entries.into_iter().map(parameter).collect())
}

fn parameter(entry: Entry) -> Parameter {
    Parameter {
        title: match entry.title.is_empty() {
            true => entry.name.clone(),
            false => entry.title,
        },
        name: entry.name,
        kind: match entry.kind {
            Kind::Text => ParameterKind::Text,
            Kind::Choice => ParameterKind::Choice,
            Kind::Number => ParameterKind::Number,
            Kind::Repository => ParameterKind::Repository,
            Kind::Prompt => ParameterKind::Prompt,
            Kind::Model => ParameterKind::Model,
        },
        required: entry.required,
        default: entry.default.map(Value::into_text),
        choices: entry.choices.into_iter().map(Value::into_text).collect(),
        min: entry.min,
        max: entry.max,
        help: entry.help,
    }
}

/// Returns the faults of an app's parameters.
pub(super) fn faults(parameters: &[Parameter]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut names = BTreeSet::new();
    if parameters.len() > MAX_PARAMETERS {
        messages.push(format!("there are more than {MAX_PARAMETERS} parameters"));
    }
    for parameter in parameters {
        let name = &parameter.name;
        let mut complain = |message: &str| messages.push(format!("parameter `{name}`: {message}"));
        if !is_name(name) {
            complain("`name` must be lower-case letters, digits or _, and begin with a letter");
        }
        if !names.insert(name) {
            complain("the name is taken by an earlier one");
        }
        if name.split('_').any(|word| SECRET_WORDS.contains(&word)) {
            complain("a parameter is not hidden; name a secret of the workspace instead");
        }
        let is_choice = parameter.kind == ParameterKind::Choice;
        if is_choice && parameter.choices.is_empty() {
            complain("`choices` is empty");
        }
        if !is_choice && parameter.kind != ParameterKind::Model && !parameter.choices.is_empty() {
            complain("`choices` are for the kinds \"choice\" and \"model\"");
        }
        if let (Some(min), Some(max)) = (parameter.min, parameter.max)
            && min > max
        {
            complain("`min` is greater than `max`");
        }
        let default = parameter.default.iter();
        for value in default.filter(|value| !value.is_empty()) {
            if let Some(problem) = parameter.problem(value) {
                complain(&format!("`default`: {problem}"));
            }
        }
    }
    messages
}

/// Returns the faults of the parameters' places in a command. No value decides which program runs, or
/// is part of a script.
pub(super) fn misplaced(key: &str, command: &[String]) -> Vec<String> {
    let has = |text: &String| text.contains("{param.");
    let mut messages = Vec::new();
    if command.first().is_some_and(has) {
        messages.push(format!("`{key}` has a parameter as its program"));
    }
    let program = |argument: &String| {
        let name = argument.rsplit('/').next().unwrap_or_default();
        SHELLS.contains(&name)
    };
    // The first argument after a shell that is no option, and those after its option `-c`.
    let shell = command.iter().position(program);
    let rest = shell.map_or(&[][..], |at| &command[at + 1..]);
    let first = rest.iter().find(|argument| !argument.starts_with('-'));
    let pairs = rest.windows(2);
    let scripts = pairs.filter_map(|pair| is_script_option(&pair[0]).then_some(&pair[1]));
    if first.into_iter().chain(scripts).any(has) {
        messages.push(format!(
            "`{key}` has a parameter in a script, which would run it; \
             use an argument after the script, e.g. [\"sh\", \"-c\", \"echo \\\"$1\\\"\", \"sh\", \"{{param.NAME}}\"]"
        ));
    }
    messages
}

/// Returns `true` for `-c`, also together with other options, such as `-ec`.
fn is_script_option(argument: &str) -> bool {
    argument
        .strip_prefix('-')
        .and_then(|options| options.strip_suffix('c'))
        .is_some_and(|options| options.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Returns the value of each declared parameter; without one it is empty.
pub fn values(parameters: &[Parameter], spec: &WorkbenchSpec) -> Values {
    let none = Values::new();
    let set = spec.parameters.as_ref().unwrap_or(&none);
    let values = parameters.iter();
    values.map(|parameter| value(parameter, set)).collect()
}

/// Returns the name of a parameter, and its value: the one that is set, or the default; without either it
/// is empty.
pub fn value(parameter: &Parameter, set: &Values) -> (String, String) {
    let value = set.get(&parameter.name).filter(|value| !value.is_empty());
    let value = value.or(parameter.default.as_ref());
    (parameter.name.clone(), value.cloned().unwrap_or_default())
}

/// Returns why a run with these parameters cannot start, or `None`: the catalogue may have changed
/// since they were checked.
pub fn problem(parameters: &[Parameter], spec: &WorkbenchSpec) -> Option<String> {
    let set = spec.parameters.clone().unwrap_or_default();
    let errors = resolve(parameters, &set, &set).err()?;
    let error = errors.first()?;
    let name = error.field.rsplit('.').next().unwrap_or_default();
    let title = parameters.iter().find(|parameter| parameter.name == name);
    let title = title.map_or(name, Parameter::display_title);
    Some(format!(
        "Its parameter {title:?} doesn't fit: {} Change it in the workbench's settings, then start it again.",
        error.message
    ))
}
