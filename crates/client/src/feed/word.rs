//! Messages between the tabs of one browser.

/// A word from one tab to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word<'a> {
    /// A new tab asks how things stand.
    Ask,
    /// The leader says whether its stream is live.
    State {
        /// Whether it is.
        live: bool,
    },
    /// The leader answers how things stand: a snapshot of its own.
    Standing(&'a str),
    /// The leader passes an event on, as it came.
    Event {
        /// Its name.
        kind: &'a str,
        /// Its number, if it has one.
        id: Option<u64>,
        /// Its body.
        data: &'a str,
    },
}

impl<'a> Word<'a> {
    /// As it is said.
    pub fn text(self) -> String {
        match self {
            Self::Ask => "ask".to_owned(),
            Self::State { live: true } => "live".to_owned(),
            Self::State { live: false } => "down".to_owned(),
            Self::Standing(data) => ["standing", "\n", data].concat(),
            Self::Event { kind, id, data } => {
                let id = id.map_or_else(String::new, |id| id.to_string());
                ["event\n", kind, "\n", &id, "\n", data].concat()
            }
        }
    }

    /// Reads what was said; a word of another version is none.
    pub fn read(text: &'a str) -> Option<Self> {
        let (word, rest) = text.split_once('\n').unwrap_or((text, ""));
        match word {
            "ask" => Some(Self::Ask),
            "live" => Some(Self::State { live: true }),
            "down" => Some(Self::State { live: false }),
            "standing" => Some(Self::Standing(rest)),
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
        fn what_is_said_is_understood(kind in "[a-z-]{1,20}", id in any::<Option<u64>>(), data in "(?s).{0,80}") {
            for word in [
                Word::Ask,
                Word::State { live: true },
                Word::State { live: false },
                Word::Standing(&data),
                Word::Event { kind: &kind, id, data: &data },
            ] {
                let text = word.text();
                prop_assert_eq!(Word::read(&text), Some(word));
            }
        }

        #[test]
        fn nonsense_is_no_word_and_no_trouble(text in "(?s).{0,80}") {
            let _ = Word::read(&text);
        }
    }

    #[test]
    fn a_word_of_another_version_is_none() {
        assert_eq!(Word::read("resync\n{}"), None);
        assert_eq!(Word::read("event\nrun-update"), None);
    }
}
