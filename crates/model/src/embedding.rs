//! Report whether a browser will show an app inside the console's frame.
//!
//! A browser that refuses shows a white or broken page and reports nothing (FIELD 39), so the
//! server checks the app first.

use crate::causes::Remedy;
use crate::lenient;
use crate::open_enum;
use serde::{Deserialize, Serialize};

open_enum!(
    /// Verdict on an app in the console's frame.
    Shown {
        /// The browser shows it.
        Fine = "fine",
        /// The browser shows it, and parts may not work.
        Doubtful = "doubtful",
        /// The browser does not show it, or shows something else than the app.
        Refused = "refused",
    }
);

/// Response of `GET /api/workbenches/{id}/embedding`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Embedding {
    /// The examined run.
    pub run_number: u64,
    /// The verdict.
    #[serde(deserialize_with = "lenient::or_default")]
    pub verdict: Shown,
    /// `true` if the app should be shown in a frame.
    pub embeddable: bool,
    /// Kind of problem, as [`EmbeddingProblem::as_str`] has it; empty if there is none.
    #[serde(deserialize_with = "lenient::or_default")]
    pub why: String,
    /// The problem in one sentence; empty if there is none.
    #[serde(deserialize_with = "lenient::or_default")]
    pub sentence: String,
    /// The remedy in one sentence.
    #[serde(deserialize_with = "lenient::or_default")]
    pub advice: String,
    /// The offered action: `openInNewTab` or `openLog`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub action: String,
    /// The app's header, verbatim.
    #[serde(deserialize_with = "lenient::or_default")]
    pub evidence: String,
    /// HTTP status of the last response, or `None` if there was none.
    #[serde(deserialize_with = "lenient::or_default")]
    pub status: Option<u16>,
    /// Path of the page that responded, after redirects.
    #[serde(deserialize_with = "lenient::or_default")]
    pub path: String,
    /// `true` if a frame shows the gateway's own page, which explains the problem.
    pub explained_by_gateway: bool,
}

/// Wire word of [`Remedy::OpenInNewTab`].
pub const OPEN_IN_NEW_TAB: &str = "openInNewTab";
/// Wire word of [`Remedy::OpenLog`].
pub const OPEN_LOG: &str = "openLog";

/// Kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmbeddingProblem {
    /// `X-Frame-Options` forbids it.
    XFrameOptions,
    /// `frame-ancestors` of a Content-Security-Policy forbids it.
    FrameAncestors,
    /// The app redirects to another origin, which the console's own policy forbids.
    RedirectedAway,
    /// The app redirects without a target.
    BrokenRedirect,
    /// The app redirects endlessly.
    EndlessRedirect,
    /// The app requires its own sign-in (401, 407).
    SignInNeeded,
    /// The app refuses access (403).
    Forbidden,
    /// The app has no such page (404, 410).
    NotFound,
    /// The app responds with another client error (4xx).
    BadRequest,
    /// The app fails (5xx).
    AppError,
    /// A proxy in front of the app gets no response (502, 503, 504).
    NotAnswering,
    /// The app responds slowly.
    Slow,
    /// The response is empty (204, 205, 1xx, or an empty body).
    Empty,
    /// The app sends a download instead of a page.
    Download,
    /// The browser does not keep its cookie inside a frame, so that a sign-in there does not last.
    CookieLost,
}

/// Returns the key of the app's catalogue entry that may cure a problem, in a sentence for administrators, or
/// `None`.
pub fn catalogue_hint(why: &str) -> Option<&'static str> {
    let is = |problem: EmbeddingProblem| problem.as_str() == why;
    if is(EmbeddingProblem::XFrameOptions) || is(EmbeddingProblem::FrameAncestors) {
        return Some(
            "In the app's catalogue entry, `replace_framing = true` lets this console show it in a frame.",
        );
    }
    let is_refusal = is(EmbeddingProblem::BadRequest) || is(EmbeddingProblem::Forbidden);
    is_refusal.then_some(
        "If the app refuses its host name, `host = \"127.0.0.1:{port}\"` in its catalogue entry sends it another one.",
    )
}

impl EmbeddingProblem {
    /// Returns the wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::XFrameOptions => "x-frame-options",
            Self::FrameAncestors => "frame-ancestors",
            Self::RedirectedAway => "redirected-away",
            Self::BrokenRedirect => "broken-redirect",
            Self::EndlessRedirect => "endless-redirect",
            Self::SignInNeeded => "sign-in-needed",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::BadRequest => "bad-request",
            Self::AppError => "app-error",
            Self::NotAnswering => "not-answering",
            Self::Slow => "slow",
            Self::Empty => "empty",
            Self::Download => "download",
            Self::CookieLost => "cookie-lost",
        }
    }
}

impl Embedding {
    /// Returns the action to offer, or `None` for an unknown word.
    pub fn offered(&self) -> Option<Remedy> {
        match self.action.as_str() {
            OPEN_IN_NEW_TAB => Some(Remedy::OpenInNewTab),
            OPEN_LOG => Some(Remedy::OpenLog),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_verdict_is_not_embeddable() {
        let unknown: Embedding =
            serde_json::from_str(r#"{"verdict":"mystery","status":null,"why":null}"#)
                .expect("readable");
        assert!(!unknown.embeddable);
        assert_eq!(unknown.verdict, Shown::from("mystery"));
    }

    #[test]
    fn an_action_is_known_by_its_word() {
        let offered = |action: &str| {
            let action = action.to_owned();
            Embedding {
                action,
                ..Embedding::default()
            }
            .offered()
        };
        assert_eq!(offered(OPEN_IN_NEW_TAB), Some(Remedy::OpenInNewTab));
        assert_eq!(offered(OPEN_LOG), Some(Remedy::OpenLog));
        assert_eq!(offered("later"), None);
    }

    /// Faults, RL.
    #[test]
    fn administrators_are_told_the_key_of_the_catalogue() {
        let hint = |why| catalogue_hint(why).unwrap_or_default();
        assert!(hint("x-frame-options").contains("replace_framing"));
        assert!(hint("frame-ancestors").contains("replace_framing"));
        assert!(hint("bad-request").contains("host ="));
        assert_eq!(catalogue_hint("slow"), None);
    }
}
