//! The transcript of an agent tab: numbered events, and how an agent's output becomes events.

mod clean;
mod json_lines;
mod kind;

pub use clean::{clean, plain};
pub use kind::EventKind;

use crate::ids::{MessageId, UserId};
use crate::lenient::{self, is_none, or_none};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest line of output in one event, in bytes; the rest follows in further events.
pub const MAX_LINE: usize = 8 * 1024;

/// Largest number of events of a page.
pub const MAX_PAGE: usize = 1000;

/// Event of a transcript.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TranscriptEvent {
    /// Number, from 1 on without gaps.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub seq: u64,
    /// Time.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub at: Option<Timestamp>,
    /// Kind.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub kind: EventKind,
    /// Text, with tabs and colour sequences as its only control characters.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub text: String,
    /// The message whose turn it is about.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub message_id: Option<MessageId>,
    /// `true` if the next event of the same kind and message continues the line.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "is_false"
    )]
    pub continues: bool,
    /// Exit code of a turn that has ended, or `None`.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub exit_code: Option<i32>,
    /// Identifier of the user of a message.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub by: Option<UserId>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// Response of `GET /api/tabs/{id}/transcript`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranscriptPage {
    /// The events, oldest first.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub items: Vec<TranscriptEvent>,
    /// Number of the oldest kept event; 0: there is none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub first: u64,
    /// Number of the newest event; 0: there is none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last: u64,
}

/// Response to an attachment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attachment {
    /// Path of the file, relative to the workbench's folder.
    pub path: String,
    /// Size.
    pub bytes: u64,
}

/// Returns the kind and text of a line that an agent wrote to its standard output. A line of JSON
/// in a form that well-known agents use is understood if `is_json`; any other stays as it is.
pub fn understand(line: &str, is_json: bool) -> (EventKind, String) {
    let understood = is_json.then(|| json_lines::read(line)).flatten();
    let (kind, text) = understood.unwrap_or_else(|| (EventKind::Stdout, line.to_owned()));
    (kind, clean(&text))
}

#[cfg(test)]
mod tests;
