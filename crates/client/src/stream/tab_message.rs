//! Messages between the tabs of one browser.

/// Message from one tab to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TabMessage<'a> {
    /// A new tab requests the leader's state.
    RequestState,
    /// The leader reports whether its stream is live.
    State {
        /// `true` if it is live.
        live: bool,
    },
    /// The leader's state, as the response to a new tab.
    Snapshot(&'a str),
    /// The leader forwards an event unchanged.
    Event {
        /// Name of the event.
        kind: &'a str,
        /// Number of the event, or `None`.
        id: Option<u64>,
        /// Body of the event.
        data: &'a str,
    },
}

impl<'a> TabMessage<'a> {
    /// Serializes the message.
    pub fn text(self) -> String {
        match self {
            Self::RequestState => "ask".to_owned(),
            Self::State { live: true } => "live".to_owned(),
            Self::State { live: false } => "down".to_owned(),
            Self::Snapshot(data) => ["standing", "\n", data].concat(),
            Self::Event { kind, id, data } => {
                let id = id.map_or_else(String::new, |id| id.to_string());
                ["event\n", kind, "\n", &id, "\n", data].concat()
            }
        }
    }

    /// Parses a message, or returns `None` for those of another version.
    pub fn read(text: &'a str) -> Option<Self> {
        let (word, rest) = text.split_once('\n').unwrap_or((text, ""));
        match word {
            "ask" => Some(Self::RequestState),
            "live" => Some(Self::State { live: true }),
            "down" => Some(Self::State { live: false }),
            "standing" => Some(Self::Snapshot(rest)),
            "event" => {
                let (kind, rest) = rest.split_once('\n')?;
                let (id, data) = rest.split_once('\n')?;
                Some(Self::Event {
                    kind,
                    id: id.parse().ok(),
                    data,
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn messages_are_parsed_as_sent(kind in "[a-z-]{1,20}", id in any::<Option<u64>>(), data in "(?s).{0,80}") {
            for word in [
                TabMessage::RequestState,
                TabMessage::State { live: true },
                TabMessage::State { live: false },
                TabMessage::Snapshot(&data),
                TabMessage::Event { kind: &kind, id, data: &data },
            ] {
                let text = word.text();
                prop_assert_eq!(TabMessage::read(&text), Some(word));
            }
        }

        #[test]
        fn invalid_messages_are_ignored(text in "(?s).{0,80}") {
            let _ = TabMessage::read(&text);
        }
    }

    #[test]
    fn message_of_another_version_is_ignored() {
        assert_eq!(TabMessage::read("resync\n{}"), None);
        assert_eq!(TabMessage::read("event\nrun-update"), None);
    }
}
