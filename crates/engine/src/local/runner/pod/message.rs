//! Termination message of a container: how its app ended, and its last output.

use super::super::super::output::last_error_line;
use serde::{Deserialize, Serialize};
use std::path::Path;
use vestibule_model::observed::Exit;

/// Longest message that Kubernetes keeps, in bytes.
const MAX_BYTES: usize = 4096;

/// Termination message of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TerminationMessage {
    /// The end; `None` if the message is another program's.
    pub exit: Option<Exit>,
    /// The last output, without secrets.
    #[serde(default)]
    pub output: String,
}

impl TerminationMessage {
    /// Reads a message. One that another program has left is its output.
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self {
            exit: None,
            output: text.to_owned(),
        })
    }

    /// Returns the last line of the output that reports an error, or the last one; `None` if there is
    /// none.
    pub fn last_error_line(&self) -> Option<String> {
        last_error_line(&self.output)
    }

    /// Returns the message as it is left, with as much of the output's end as fits.
    pub fn to_text(&self) -> String {
        let mut message = self.clone();
        loop {
            let text = serde_json::to_string(&message).unwrap_or_default();
            let Some(surplus) = text.len().checked_sub(MAX_BYTES).filter(|more| *more > 0) else {
                return text;
            };
            if message.output.is_empty() {
                // A sentence about the end is longer than Kubernetes keeps.
                return String::new();
            }
            // Characters take up to six bytes as JSON, and at least one.
            let first = surplus.div_ceil(6).min(message.output.len());
            let first = message.output.ceil_char_boundary(first);
            message.output.drain(..first);
        }
    }

    /// Leaves the message for the kubelet.
    pub(super) fn write(&self, file: &Path) {
        // The exit code reports the end, too.
        let _ = std::fs::write(file, self.to_text());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_is_read_as_it_was_written() {
        for exit in [
            Exit::Code(3),
            Exit::Signal(11),
            Exit::NotFound("It's not there.".to_owned()),
        ] {
            let message = TerminationMessage {
                exit: Some(exit),
                output: "last \u{1b}[31mwords\n".to_owned(),
            };
            assert_eq!(TerminationMessage::parse(&message.to_text()), message);
        }
    }

    #[test]
    fn a_long_output_is_cut_at_its_begin() {
        for unit in ["x", "ü", "\u{7}", "𝄞\n"] {
            let message = TerminationMessage {
                exit: Some(Exit::Code(1)),
                output: unit.repeat(10_000),
            };
            let text = message.to_text();
            assert!(
                text.len() <= MAX_BYTES && text.len() > MAX_BYTES - 64,
                "{}",
                text.len()
            );
            let read = TerminationMessage::parse(&text);
            assert_eq!(read.exit, message.exit);
            assert!(message.output.ends_with(&read.output) && !read.output.is_empty());
        }
    }

    #[test]
    fn messages_of_other_programs_are_their_output() {
        for text in [
            "",
            "plain",
            "{\"exit\":",
            "[1]",
            "{\"exit\":{\"code\":\"x\"}}",
        ] {
            let read = TerminationMessage::parse(text);
            assert_eq!((read.exit, read.output.as_str()), (None, text));
        }
    }
}
