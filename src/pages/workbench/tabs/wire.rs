//! Messages on the socket (docs/API.md, "Tabs"), and between the console and a terminal's document.

use serde::Deserialize;
use serde_json::json;
use vestibule_model::ids::TabId;
use vestibule_model::lenient;
use vestibule_model::tab::PresentUser;
use vestibule_model::tab::queue::Message;
use vestibule_model::tab::transcript::TranscriptEvent;
use vestibule_model::tab::typed::InputStream;

/// Text of the server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Answer {
    /// The session is carried.
    Attached {
        channel: u32,
        #[serde(rename = "mayType")]
        may_type: bool,
        /// The stream of input, of a terminal.
        #[serde(default)]
        input: Option<Taken>,
    },
    /// The terminal has taken this many bytes of the stream of input.
    Taken { channel: u32, taken: u64 },
    /// The other users in the tab.
    Present {
        channel: u32,
        #[serde(default, deserialize_with = "lenient::rows")]
        users: Vec<PresentUser>,
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

/// How far a terminal has taken a stream of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Taken {
    /// Number of bytes; `None` if it doesn't know the stream.
    pub taken: Option<u64>,
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
    /// The user opens the switcher by keyboard.
    Switch,
}

/// Returns the request to carry a session, with its output after so many bytes or the events after a
/// number, and with a stream of input.
pub fn attach(channel: u32, tab: &TabId, after: u64, input: Option<&InputStream>) -> String {
    let mut request = json!({"type": "attach", "channel": channel, "tab": tab, "after": after});
    if let Some(input) = input {
        request["input"] = json!(input);
    }
    request.to_string()
}

/// Returns the request to carry a terminal no longer.
pub fn detach(channel: u32) -> String {
    json!({"type": "detach", "channel": channel}).to_string()
}

/// Returns the request to resize a terminal.
pub fn resize(channel: u32, Size { cols, rows }: Size) -> String {
    json!({"type": "resize", "channel": channel, "cols": cols, "rows": rows}).to_string()
}

/// Returns the message with typed or pasted bytes, after so many of the stream.
pub fn input(channel: u32, at: u64, bytes: &[u8]) -> Vec<u8> {
    let mut message = channel.to_be_bytes().to_vec();
    message.extend(at.to_be_bytes());
    message.extend(bytes);
    message
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
            "switch" => Self::Switch,
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
            value(&attach(7, &tab, 9, None)),
            json!({"type": "attach", "channel": 7, "tab": "t-1", "after": 9})
        );
        let stream = InputStream {
            stream: "w-0".to_owned(),
            resumes: true,
        };
        assert_eq!(
            value(&attach(7, &tab, 9, Some(&stream))),
            json!({"type": "attach", "channel": 7, "tab": "t-1", "after": 9, "input": {"stream": "w-0", "resumes": true}})
        );
        assert_eq!(
            input(7, 258, b"ls"),
            [0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 1, 2, b'l', b's']
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
        let answer = |text| serde_json::from_str::<Answer>(text).expect("an answer");
        let attached = |input| Answer::Attached {
            channel: 7,
            may_type: true,
            input,
        };
        for (text, expected) in [
            (
                r#"{"type":"attached","channel":7,"mayType":true}"#,
                attached(None),
            ),
            (
                r#"{"type":"attached","channel":7,"mayType":true,"input":{"taken":5}}"#,
                attached(Some(Taken { taken: Some(5) })),
            ),
            (
                r#"{"type":"attached","channel":7,"mayType":true,"input":{"taken":null}}"#,
                attached(Some(Taken { taken: None })),
            ),
            (
                r#"{"type":"taken","channel":7,"taken":12}"#,
                Answer::Taken {
                    channel: 7,
                    taken: 12,
                },
            ),
        ] {
            assert_eq!(answer(text), expected, "{text}");
        }
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
        assert_eq!(
            DocumentMessage::parse("switch"),
            Some(DocumentMessage::Switch)
        );
        for other in ["", "size", "size 80 70000", "drawn -1", "open http://a"] {
            assert_eq!(DocumentMessage::parse(other), None, "{other}");
        }
    }
}
