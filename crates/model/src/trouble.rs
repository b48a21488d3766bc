//! Why nothing can be heard from the server, told apart by who can do something about it: whoever
//! looks after the network, after the server, or after what stands between. The words for it are
//! here and nowhere else.

use serde_json::Value;

/// What keeps an answer from being had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is heard, and nothing was asked that could tell why.
    Silent,
    /// Nothing answers.
    Unreachable,
    /// An answer was not there in time.
    Slow,
    /// An answer began, and the connection broke before its end.
    BrokenOff,
    /// The server, or a proxy before it, answers with this status.
    Status(u16),
    /// What answers is not the server as this page knows it.
    Strange(Strange),
}

/// What is wrong with an answer that claims to be a good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strange {
    /// A web page in place of data, or the way to one.
    Page,
    /// No whole JSON.
    Garbled,
    /// Whole JSON, of something else than was asked for.
    Other,
}

impl Strange {
    /// What an answer is that could not be read.
    pub fn of(body: &str) -> Self {
        if body.trim_start().starts_with('<') {
            Self::Page
        } else if serde_json::from_str::<Value>(body).is_ok() {
            Self::Other
        } else {
            Self::Garbled
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::Page => {
                "it leads to a web page in place of data, as from a network that wants you to sign in first"
            }
            Self::Garbled => "its answer is garbled",
            Self::Other => "its answer is about something else; loading this page anew may help",
        }
    }
}

impl Trouble {
    /// What happens, as a sentence.
    pub fn sentence(self) -> String {
        match self {
            Self::Silent => "Nothing is heard from the server.".to_owned(),
            Self::Unreachable => "The server cannot be reached.".to_owned(),
            Self::Slow => "The server does not answer in time.".to_owned(),
            Self::BrokenOff => {
                "The connection breaks off before the server's answer is complete.".to_owned()
            }
            Self::Status(status) => [
                "The server, or a proxy before it, answers with an error (",
                &status.to_string(),
                ").",
            ]
            .concat(),
            Self::Strange(what) => [
                "What answers is not Vestibule's server as this page knows it: ",
                what.why(),
                ".",
            ]
            .concat(),
        }
    }

    /// The same where there is room for a few words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Silent | Self::Slow => "No answer",
            Self::Unreachable | Self::BrokenOff => "Server unreachable",
            Self::Status(_) => "Server error",
            Self::Strange(_) => "Not the server",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Trouble; 8] = [
        Trouble::Silent,
        Trouble::Unreachable,
        Trouble::Slow,
        Trouble::BrokenOff,
        Trouble::Status(503),
        Trouble::Strange(Strange::Page),
        Trouble::Strange(Strange::Garbled),
        Trouble::Strange(Strange::Other),
    ];

    #[test]
    fn each_kind_has_a_sentence_of_its_own() {
        let said = ALL.map(Trouble::sentence);
        for (place, sentence) in said.iter().enumerate() {
            assert!(!said[..place].contains(sentence), "{sentence}");
            assert!(sentence.ends_with('.'), "{sentence}");
        }
        assert!(said[4].contains("(503)"), "{}", said[4]);
    }

    #[test]
    fn the_few_words_tell_apart_whom_to_ask() {
        let [network, server, stranger] = [
            Trouble::Unreachable,
            Trouble::Status(503),
            Trouble::Strange(Strange::Page),
        ]
        .map(Trouble::word);
        assert!(network != server && server != stranger && stranger != network);
    }

    #[test]
    fn what_cannot_be_read_is_told_by_what_it_is() {
        for (body, what) in [
            ("", Strange::Garbled),
            (r#"{"id":"wb-"#, Strange::Garbled),
            ("Bad gateway", Strange::Garbled),
            ("[]", Strange::Other),
            (r#"{"error":"no"}"#, Strange::Other),
            ("\n <!doctype html><title>Sign in</title>", Strange::Page),
            ("<?xml version=\"1.0\"?><html/>", Strange::Page),
        ] {
            assert_eq!(Strange::of(body), what, "{body}");
        }
    }
}
