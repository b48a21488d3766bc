//! Messages on the socket (docs/API.md, "Tabs"), and between the console and a terminal's document.

use serde::Deserialize;
use serde_json::json;
use vestibule_model::ids::TabId;
use vestibule_model::lenient;
use vestibule_model::tab::queue::Message;
use vestibule_model::tab::transcript::TranscriptEvent;

/// Longest message with input. The server refuses those above 1 MiB.
const MAX_INPUT: usize = 64 * 1024;

/// Text of the server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Answer {
    /// The session is carried.
    Attached {
        channel: u32,
        #[serde(rename = "mayType")]
        may_type: bool,
    },
    /// The session is carried no longer, or could not be.
    Ended { channel: u32, reason: String },
    /// New events of an agent's transcript, the oldest first.
    Events {
        channel: u32,
        #[serde(default, deserialize_with = "lenient::rows")]
        items: Vec<TranscriptEvent>,
    },
    /// Messages of an agent: those that have not ended, and the newest others.
    Queue {
        channel: u32,
        #[serde(default, deserialize_with = "lenient::rows")]
        items: Vec<Message>,
    },
}

/// Output of a terminal.
#[derive(Debug, PartialEq, Eq)]
pub struct Output<'a> {
    pub channel: u32,
    /// Number of bytes that the terminal had put out before.
    pub at: u64,
    pub bytes: &'a [u8],
}

/// Size of a terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub cols: u16,
    pub rows: u16,
}

/// Text of a terminal's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentMessage {
    /// The terminal has another size.
    Size(Size),
    /// Number of drawn bytes.
    Drawn(usize),
    /// The user leaves the terminal by keyboard.
    Leave,
}

/// Returns the request to carry a terminal, with its output after so many bytes.
pub fn attach(channel: u32, tab: &TabId, after: u64) -> String {
    json!({"type": "attach", "channel": channel, "tab": tab, "after": after}).to_string()
}

/// Returns the request to carry a terminal no longer.
pub fn detach(channel: u32) -> String {
    json!({"type": "detach", "channel": channel}).to_string()
}

/// Returns the request to resize a terminal.
pub fn resize(channel: u32, Size { cols, rows }: Size) -> String {
    json!({"type": "resize", "channel": channel, "cols": cols, "rows": rows}).to_string()
}

/// Returns the messages with typed or pasted bytes.
pub fn input(channel: u32, bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    bytes.chunks(MAX_INPUT).map(move |part| {
        let mut message = channel.to_be_bytes().to_vec();
        message.extend(part);
        message
    })
}

/// Parses a binary message of the server.
pub fn output(message: &[u8]) -> Option<Output<'_>> {
    let (channel, rest) = message.split_first_chunk()?;
    let (at, bytes) = rest.split_first_chunk()?;
    Some(Output {
        channel: u32::from_be_bytes(*channel),
        at: u64::from_be_bytes(*at),
        bytes,
    })
}

impl DocumentMessage {
    /// Parses a text of the document.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        Some(match words.next()? {
            "size" => Self::Size(Size {
                cols: words.next()?.parse().ok()?,
                rows: words.next()?.parse().ok()?,
            }),
            "drawn" => Self::Drawn(words.next()?.parse().ok()?),
            "leave" => Self::Leave,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_the_api() {
        let tab = TabId::new("t-1");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(
            value(&attach(7, &tab, 9)),
            json!({"type": "attach", "channel": 7, "tab": "t-1", "after": 9})
        );
        assert_eq!(
            value(&resize(
                7,
                Size {
                    cols: 120,
                    rows: 40
                }
            )),
            json!({"type": "resize", "channel": 7, "cols": 120, "rows": 40})
        );
        let attached = r#"{"type":"attached","channel":7,"mayType":true}"#;
        let attached: Answer = serde_json::from_str(attached).expect("an answer");
        assert_eq!(
            attached,
            Answer::Attached {
                channel: 7,
                may_type: true
            }
        );
        let message = [0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 1, 2, b'h', b'i'];
        let read = output(&message).expect("output");
        assert_eq!(
            read,
            Output {
                channel: 7,
                at: 258,
                bytes: b"hi"
            }
        );
        assert_eq!(output(&message[..11]), None);
    }

    #[test]
    fn long_input_is_sent_in_parts_below_the_limit_of_the_server() {
        let bytes = vec![b'x'; 3 * MAX_INPUT + 1];
        let parts: Vec<Vec<u8>> = input(1, &bytes).collect();
        assert_eq!(parts.len(), 4);
        assert!(parts.iter().all(|part| part.starts_with(&[0, 0, 0, 1])));
        let sent: usize = parts.iter().map(|part| part.len() - 4).sum();
        assert_eq!(sent, bytes.len());
    }

    #[test]
    fn words_of_the_document_are_parsed_and_others_ignored() {
        let size = Size { cols: 80, rows: 24 };
        assert_eq!(
            DocumentMessage::parse("size 80 24"),
            Some(DocumentMessage::Size(size))
        );
        assert_eq!(
            DocumentMessage::parse("drawn 512"),
            Some(DocumentMessage::Drawn(512))
        );
        assert_eq!(
            DocumentMessage::parse("leave"),
            Some(DocumentMessage::Leave)
        );
        for other in ["", "size", "size 80 70000", "drawn -1", "open http://a"] {
            assert_eq!(DocumentMessage::parse(other), None, "{other}");
        }
    }
}
