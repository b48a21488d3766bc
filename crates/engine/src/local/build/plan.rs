//! What is to be done to build an app, as its catalogue entry says it.

use crate::builds::Blueprint;
use crate::local::catalogue::{Entry, placeholders};
use sha2::{Digest as _, Sha256};
use vestibule_model::build::{BuildStep, StepStatus};

/// How long the title of a step may be, in characters.
const TITLE: usize = 80;

/// What is to be done; none where nothing is.
pub(in crate::local) fn blueprint(app: &Entry, is_built: bool) -> Option<Blueprint> {
    (!app.build.is_empty()).then(|| Blueprint {
        app: app.name.clone(),
        title: app.title.clone(),
        content: content(app),
        steps: app.build.iter().map(|step| title(step)).collect(),
        is_built,
    })
}

/// Names what is built: the app, and a hash of its steps.
pub(super) fn content(app: &Entry) -> String {
    let mut hash = Sha256::new();
    for step in &app.build {
        for argument in step {
            // Lengths keep ["ab"] and ["a", "b"] apart.
            hash.update((argument.len() as u64).to_le_bytes());
            hash.update(argument);
        }
        hash.update([0xff]);
    }
    let digest = hash.finalize();
    let short: String = digest[..6].iter().map(|b| format!("{b:02x}")).collect();
    format!("{}-{short}", app.name)
}

/// The steps, before anything is done.
pub(super) fn steps(app: &Entry) -> Vec<BuildStep> {
    let pending = |step: &Vec<String>| BuildStep {
        title: title(step),
        status: StepStatus::Pending,
        ..BuildStep::default()
    };
    app.build.iter().map(pending).collect()
}

/// A step's arguments with what its placeholders stand for.
pub(super) fn arguments(step: &[String], build: &str, program: &str) -> Vec<String> {
    let expand = |argument: &String| {
        placeholders::expand(argument, |name| match name {
            "build" => Some(build),
            "vestibule" => Some(program),
            _ => None,
        })
    };
    step.iter().map(expand).collect()
}

/// "pip install jupyterlab==4.6.6": without options and folders, which tell people nothing. A
/// script that begins with a comment has said by itself what it does.
fn title(step: &[String]) -> String {
    let comment = step.iter().find_map(|argument| argument.strip_prefix("# "));
    if let Some(said) = comment.and_then(|rest| rest.lines().next()) {
        return said.trim().chars().take(TITLE).collect();
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
        title(&step)
    }

    #[test]
    fn a_step_is_named_without_options_and_folders_and_not_endlessly() {
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
            "python3 venv venv"
        );
    }
}
