//! Connection errors, distinguished by the person who can help: the operator of the network, of the
//! server, or of a proxy between. Their texts are here only.

use serde_json::Value;

/// Reason why a request got no usable response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionError {
    /// No contact, and no request that could state the reason.
    Silent,
    /// The connection failed.
    Unreachable,
    /// The request timed out.
    Slow,
    /// The connection broke in the middle of a response.
    BrokenOff,
    /// The server, or a proxy in front of it, responded with this status.
    Status(u16),
    /// The response is not the server's, as this page knows it.
    UnexpectedBody(UnexpectedBody),
}

/// Defect of a response with a successful status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnexpectedBody {
    /// A web page in place of data, or a redirect to one.
    Page,
    /// Truncated or invalid JSON.
    Garbled,
    /// JSON of another type.
    Other,
}

impl UnexpectedBody {
    /// Returns the defect of an unreadable response.
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
                "a web page came instead of data, as from a network that wants you to sign in first"
            }
            Self::Garbled => "the answer is garbled",
            Self::Other => "the answer is about something else. Reloading the page may help",
        }
    }
}

impl ConnectionError {
    /// Returns the error in a sentence.
    pub fn sentence(self) -> String {
        match self {
            Self::Silent => "The server isn't responding.".to_owned(),
            Self::Unreachable => "Can't reach the server.".to_owned(),
            Self::Slow => "The server doesn't answer in time.".to_owned(),
            Self::BrokenOff => {
                "The connection broke off before the answer was complete.".to_owned()
            }
            Self::Status(status) => [
                "The server, or a proxy in front of it, answers with an error (",
                &status.to_string(),
                ").",
            ]
            .concat(),
            Self::UnexpectedBody(what) => [
                "Something other than Vestibule's server answered: ",
                what.why(),
                ".",
            ]
            .concat(),
        }
    }

    /// Returns the error in a few words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Silent | Self::Slow => "No answer",
            Self::Unreachable | Self::BrokenOff => "Server unreachable",
            Self::Status(_) => "Server error",
            Self::UnexpectedBody(_) => "Not the server",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ConnectionError; 8] = [
        ConnectionError::Silent,
        ConnectionError::Unreachable,
        ConnectionError::Slow,
        ConnectionError::BrokenOff,
        ConnectionError::Status(503),
        ConnectionError::UnexpectedBody(UnexpectedBody::Page),
        ConnectionError::UnexpectedBody(UnexpectedBody::Garbled),
        ConnectionError::UnexpectedBody(UnexpectedBody::Other),
    ];

    #[test]
    fn each_kind_has_a_sentence_of_its_own() {
        let text = ALL.map(ConnectionError::sentence);
        for (place, sentence) in text.iter().enumerate() {
            assert!(!text[..place].contains(sentence), "{sentence}");
            assert!(sentence.ends_with('.'), "{sentence}");
        }
        assert!(text[4].contains("(503)"), "{}", text[4]);
    }

    #[test]
    fn short_texts_distinguish_the_responsible_person() {
        let [network, server, stranger] = [
            ConnectionError::Unreachable,
            ConnectionError::Status(503),
            ConnectionError::UnexpectedBody(UnexpectedBody::Page),
        ]
        .map(ConnectionError::as_str);
        assert!(network != server && server != stranger && stranger != network);
    }

    #[test]
    fn unreadable_responses_are_classified() {
        for (body, what) in [
            ("", UnexpectedBody::Garbled),
            (r#"{"id":"wb-"#, UnexpectedBody::Garbled),
            ("Bad gateway", UnexpectedBody::Garbled),
            ("[]", UnexpectedBody::Other),
            (r#"{"error":"no"}"#, UnexpectedBody::Other),
            (
                "\n <!doctype html><title>Sign in</title>",
                UnexpectedBody::Page,
            ),
            ("<?xml version=\"1.0\"?><html/>", UnexpectedBody::Page),
        ] {
            assert_eq!(UnexpectedBody::of(body), what, "{body}");
        }
    }
}
