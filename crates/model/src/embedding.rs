//! Whether a browser will show an app inside the console's frame, as the API reports it.
//!
//! A browser that refuses shows a white or broken page and reports nothing (FIELD 39), so the server
//! looks at the app first.

use crate::causes::Action;
use crate::lenient;
use crate::open_enum;
use serde::{Deserialize, Serialize};

open_enum!(
    /// Whether a browser shows the app in the console's frame.
    Shown {
        /// It does.
        Fine = "fine",
        /// It does, and something may not work.
        Doubtful = "doubtful",
        /// It does not, or what it shows is not the app.
        Refused = "refused",
    }
);

/// `GET /api/workbenches/{id}/embedding`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Embedding {
    /// The run that was looked at.
    pub run_number: u64,
    /// The verdict.
    #[serde(deserialize_with = "lenient::or_default")]
    pub verdict: Shown,
    /// Whether it is worth showing it in a frame.
    pub embeddable: bool,
    /// The kind of trouble, as [`Why::word`] has it; empty where there is none.
    #[serde(deserialize_with = "lenient::or_default")]
    pub why: String,
    /// What happens, in one sentence; empty where all is well.
    #[serde(deserialize_with = "lenient::or_default")]
    pub sentence: String,
    /// What to do, in one sentence.
    #[serde(deserialize_with = "lenient::or_default")]
    pub advice: String,
    /// The one thing to offer: `openInNewTab` or `openLog`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub action: String,
    /// What the app sent, word for word.
    #[serde(deserialize_with = "lenient::or_default")]
    pub evidence: String,
    /// The HTTP status of the last answer; none if there was no answer.
    #[serde(deserialize_with = "lenient::or_default")]
    pub status: Option<u16>,
    /// The path of the page that answered, after redirects.
    #[serde(deserialize_with = "lenient::or_default")]
    pub path: String,
    /// Whether a frame that is opened all the same shows the gateway's own page, which says why.
    pub explained_by_gateway: bool,
}

/// The word for [`Action::OpenInNewTab`].
pub const OPEN_IN_NEW_TAB: &str = "openInNewTab";
/// The word for [`Action::OpenLog`].
pub const OPEN_LOG: &str = "openLog";

/// Kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// `X-Frame-Options` forbids it.
    XFrameOptions,
    /// `frame-ancestors` of a Content-Security-Policy forbids it.
    FrameAncestors,
    /// It sends the browser to another origin, which the console's own policy keeps out.
    RedirectedAway,
    /// It sends the browser on without saying where to.
    BrokenRedirect,
    /// It sends the browser on again and again.
    EndlessRedirect,
    /// It wants a sign-in of its own (401, 407).
    SignInNeeded,
    /// It refuses access (403).
    Forbidden,
    /// It has no such page (404, 410).
    NotFound,
    /// It answers with another error of the asking side (4xx).
    BadRequest,
    /// It fails (5xx).
    AppError,
    /// It does not answer behind what stands before it (502, 503, 504).
    NotAnswering,
    /// It takes long to answer.
    Slow,
    /// It answers with nothing to show (204, 205, 1xx, or a page of no bytes).
    Empty,
    /// It sends a file to keep instead of a page.
    Download,
    /// The browser will not keep its cookie inside a frame, so that a sign-in there does not last.
    CookieLost,
}

impl Why {
    /// The word for it on the wire.
    pub const fn word(self) -> &'static str {
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
    /// Returns the action to offer, or `None` if this version does not know its word.
    pub fn offered(&self) -> Option<Action> {
        match self.action.as_str() {
            OPEN_IN_NEW_TAB => Some(Action::OpenInNewTab),
            OPEN_LOG => Some(Action::OpenLog),
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
        assert_eq!(offered(OPEN_IN_NEW_TAB), Some(Action::OpenInNewTab));
        assert_eq!(offered(OPEN_LOG), Some(Action::OpenLog));
        assert_eq!(offered("later"), None);
    }
}
