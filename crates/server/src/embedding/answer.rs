//! Answer of an app, and a finding about it.

use vestibule_model::causes::Remedy;
use vestibule_model::embedding::EmbeddingProblem;

/// Answer of an app to the request for the framed page.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers, each line by itself; their names in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The app's origin: `http://wb-7k2m9x4q.vestibule.localhost:8080`.
    pub app: &'a str,
    /// The console's origin: `http://vestibule.localhost:8080`.
    pub console: &'a str,
}

/// Problem and remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FramingFinding {
    /// Kind of problem.
    pub why: EmbeddingProblem,
    /// The problem, in one sentence.
    pub sentence: String,
    /// The remedy, in one sentence.
    pub advice: &'static str,
    /// The action to offer.
    pub action: Remedy,
    /// The app's header or status, word for word, or an empty text.
    pub evidence: String,
}

impl Answer<'_> {
    pub(super) fn leads_on(&self) -> bool {
        matches!(self.status, 301..=303 | 307 | 308)
    }

    /// Returns every line of a header, in order.
    pub(super) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.headers
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

impl FramingFinding {
    pub(super) fn new(
        why: EmbeddingProblem,
        sentence: &str,
        advice: &'static str,
        action: Remedy,
    ) -> Self {
        Self {
            why,
            sentence: sentence.to_owned(),
            advice,
            action,
            evidence: String::new(),
        }
    }

    pub(super) fn quoting(self, evidence: &str) -> Self {
        Self {
            evidence: evidence.to_owned(),
            ..self
        }
    }
}
