//! Steps of a build, from the catalogue entry.

use crate::builds::Blueprint;
use crate::local::catalogue::{CatalogueEntry, parameters, placeholders};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use vestibule_model::build::{BuildStep, StepStatus};
use vestibule_model::parameter::{Parameter, Values};

/// Maximum length of a step's title, in characters.
const TITLE: usize = 80;

/// Returns how an app is built, or `None` if it has no build steps.
pub(in crate::local) fn blueprint(
    app: &CatalogueEntry,
    used: Values,
    is_built: bool,
) -> Option<Blueprint> {
    (!app.build.is_empty()).then(|| Blueprint {
        app: app.name.clone(),
        title: app.title.clone(),
        content: content(app, &used),
        steps: app.build.iter().map(|step| title(step, &used)).collect(),
        is_built,
        parameters: used,
    })
}

/// Returns the values of the parameters that the build steps use: those set, or the defaults.
pub(in crate::local) fn used(app: &CatalogueEntry, set: &Values) -> Values {
    let arguments = app.build.iter().flatten();
    let names: BTreeSet<&str> = arguments
        .flat_map(|text| placeholders::names(text))
        .collect();
    let is_used = |parameter: &&Parameter| {
        names
            .iter()
            .any(|name| name.strip_prefix("param.") == Some(&parameter.name))
    };
    let used = app.parameters.iter().filter(is_used);
    used.map(|parameter| parameters::value(parameter, set))
        .collect()
}

/// Returns the identifier of the result: the app, and a hash of its steps and of the values in them.
pub(super) fn content(app: &CatalogueEntry, used: &Values) -> String {
    let mut hash = Sha256::new();
    for step in &app.build {
        for argument in step {
            // Lengths keep ["ab"] and ["a", "b"] apart.
            hash.update((argument.len() as u64).to_le_bytes());
            hash.update(argument);
        }
        hash.update([0xff]);
    }
    for text in used.iter().flat_map(|(name, value)| [name, value]) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    let digest = hash.finalize();
    let short: String = digest[..6].iter().map(|b| format!("{b:02x}")).collect();
    format!("{}-{short}", app.name)
}

/// Returns the steps before the build.
pub(super) fn steps(app: &CatalogueEntry, used: &Values) -> Vec<BuildStep> {
    let pending = |step: &Vec<String>| BuildStep {
        title: title(step, used),
        status: StepStatus::Pending,
        ..BuildStep::default()
    };
    app.build.iter().map(pending).collect()
}

/// Returns a step's arguments with expanded placeholders.
pub(super) fn arguments(step: &[String], build: &str, program: &str, used: &Values) -> Vec<String> {
    let expand = |argument: &String| {
        placeholders::expand(argument, |name| match name {
            "build" => Some(build),
            "vestibule" => Some(program),
            name => placeholders::parameter(used, name),
        })
    };
    step.iter().map(expand).collect()
}

/// Returns a title such as "pip install jupyterlab==4.6.6", without options and folders. A script
/// that begins with a comment is called by that.
fn title(step: &[String], used: &Values) -> String {
    let shown =
        |text: &String| placeholders::expand(text, |name| placeholders::parameter(used, name));
    let step: Vec<String> = step.iter().map(shown).collect();
    let comment = step.iter().find_map(|argument| argument.strip_prefix("# "));
    if let Some(message) = comment.and_then(|rest| rest.lines().next()) {
        return message.trim().chars().take(TITLE).collect();
    }
    if let [python, module, venv, ..] = step.as_slice()
        && (python.contains("python"), &**module, &**venv) == (true, "-m", "venv")
    {
        return "Python environment".to_owned();
    }
    // A script may hold slashes that are no folder's.
    let last_part = |text: &str| match text.contains(char::is_whitespace) {
        true => text.to_owned(),
        false => text.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    // The catalogue is checked: no step is empty.
    let mut title = step.first().map(|p| last_part(p)).unwrap_or_default();
    for argument in step.iter().skip(1).filter(|a| !a.starts_with('-')) {
        let shown = last_part(argument);
        let room = TITLE.saturating_sub(title.chars().count() + 1);
        if shown.chars().count() > room {
            let cut: String = shown.chars().take(room.saturating_sub(1)).collect();
            title = format!("{title} {cut}…");
            break;
        }
        title = format!("{title} {shown}");
    }
    let words: Vec<&str> = title.split_whitespace().collect();
    words.join(" ").replace(char::is_control, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titled(step: &[&str]) -> String {
        let step: Vec<_> = step.iter().map(|part| (*part).to_owned()).collect();
        title(&step, &Values::new())
    }

    #[test]
    fn title_of_a_step_is_short() {
        let step = [
            "{build}/venv/bin/pip",
            "install",
            "--no-input",
            "jupyterlab==4",
        ];
        assert_eq!(titled(&step), "pip install jupyterlab==4");
        assert_eq!(
            titled(&["sh", "-c", "echo a\n\techo\u{7} b"]),
            "sh echo a echo b"
        );
        let named = ["sh", "-c", "# Fetch the models\nset -e\ncurl https://x/y"];
        assert_eq!(titled(&named), "Fetch the models");
        let long = titled(&["sh", "-c", &"x".repeat(500)]);
        assert!(
            long.chars().count() <= TITLE && long.ends_with('…'),
            "{long}"
        );
        assert_eq!(
            titled(&["python3", "-m", "venv", "{build}/venv"]),
            "Python environment"
        );
    }
}
