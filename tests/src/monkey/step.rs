//! Steps of the monkey, one JSON object a line, so that a list of them can be kept and played again.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A control by what a screen reader says about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Control {
    /// Role in the accessibility tree.
    pub role: String,
    /// Accessible name.
    pub name: String,
    /// Number among those of the same role and name on the page, from 0.
    #[serde(default)]
    pub ordinal: usize,
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} “{}”", self.role, self.name)?;
        match self.ordinal {
            0 => Ok(()),
            ordinal => write!(f, " (number {})", ordinal + 1),
        }
    }
}

/// A step: of the person in a window, or of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields say it")]
pub enum Step {
    /// Clicks a control.
    Click { window: usize, control: Control },
    /// Replaces the text of a field, or types into a frame.
    Type {
        window: usize,
        control: Control,
        text: String,
    },
    /// Chooses an option of a select by its keys: so many down from the first.
    Choose {
        window: usize,
        control: Control,
        down: usize,
    },
    /// Presses a key.
    Key { window: usize, key: String },
    /// Opens an address; `@Studio` stands for the identifier of the workspace "Studio".
    Open { window: usize, path: String },
    /// Goes back in the history.
    Back { window: usize },
    /// Goes forward in the history.
    Forward { window: usize },
    /// Reloads the page.
    Reload { window: usize },
    /// Resizes the window.
    Resize {
        window: usize,
        width: u32,
        height: u32,
    },
    /// Loses or regains the network.
    Network { window: usize, online: bool },
    /// Signs in with the name and password of the window's user.
    SignIn { window: usize },
    /// Something happens on the server without the window.
    Server { happens: ServerStep },
}

impl Step {
    /// Returns the window of the step, or `None` for one of the server.
    pub fn window(&self) -> Option<usize> {
        match self {
            Self::Click { window, .. }
            | Self::Type { window, .. }
            | Self::Choose { window, .. }
            | Self::Key { window, .. }
            | Self::Open { window, .. }
            | Self::Back { window }
            | Self::Forward { window }
            | Self::Reload { window }
            | Self::Resize { window, .. }
            | Self::Network { window, .. }
            | Self::SignIn { window } => Some(*window),
            Self::Server { .. } => None,
        }
    }

    /// Returns the control of the step.
    pub fn control(&self) -> Option<&Control> {
        match self {
            Self::Click { control, .. }
            | Self::Type { control, .. }
            | Self::Choose { control, .. } => Some(control),
            _ => None,
        }
    }
}

/// A change by another user or by the machine. Workbenches are chosen by their place in the order of
/// their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields say it")]
pub enum ServerStep {
    Create {
        name: String,
        app: String,
    },
    Start {
        which: usize,
    },
    Stop {
        which: usize,
    },
    Restart {
        which: usize,
    },
    Delete {
        which: usize,
    },
    Rename {
        which: usize,
        name: String,
    },
    Share {
        which: usize,
    },
    /// The app's processes are killed.
    Kill {
        which: usize,
    },
    Build {
        app: String,
    },
    /// The second user's role in the workspace.
    Role {
        role: String,
    },
    Secret {
        name: String,
        is_set: bool,
    },
}

/// Writes steps, one a line.
pub fn to_lines(steps: &[Step]) -> String {
    let line = |step| serde_json::to_string(step).unwrap_or_default();
    let mut text = steps.iter().map(line).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

/// Parses steps, one a line. Empty lines are skipped, and those that begin with `#`.
pub fn from_lines(text: &str) -> Result<Vec<Step>> {
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("line {} is no step: {line}", number + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_as_they_were_written() {
        let control = Control {
            role: "button".to_owned(),
            name: "Delete “x”".to_owned(),
            ordinal: 1,
        };
        let steps = vec![
            Step::Click {
                window: 1,
                control: control.clone(),
            },
            Step::Type {
                window: 0,
                control,
                text: "a\nb".to_owned(),
            },
            Step::Network {
                window: 2,
                online: false,
            },
            Step::Server {
                happens: ServerStep::Kill { which: 3 },
            },
        ];
        let text = to_lines(&steps);
        assert_eq!(text.lines().count(), 4);
        assert_eq!(from_lines(&format!("# seed 1\n\n{text}")).unwrap(), steps);
        assert!(from_lines("{\"do\":\"dance\"}").is_err());
    }
}
