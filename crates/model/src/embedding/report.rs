//! What the server's look at an app has shown, as the API tells it.

use super::{Finding, Verdict};
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
    /// The kind of trouble, as [`super::Why::word`] has it; empty where there is none.
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

const OPEN_IN_NEW_TAB: &str = "openInNewTab";
const OPEN_LOG: &str = "openLog";

impl Embedding {
    /// The verdict as it goes over the wire. What leads on has no verdict yet.
    pub fn new(verdict: Verdict) -> Self {
        let (verdict, finding) = match verdict {
            Verdict::Fine | Verdict::Follow(_) => (Shown::Fine, None),
            Verdict::Doubtful(finding) => (Shown::Doubtful, Some(finding)),
            Verdict::Refused(finding) => (Shown::Refused, Some(finding)),
        };
        let told = Self {
            embeddable: verdict != Shown::Refused,
            verdict,
            ..Self::default()
        };
        match finding {
            Some(finding) => told.because(finding),
            None => told,
        }
    }

    fn because(self, finding: Finding) -> Self {
        Self {
            why: finding.why.word().to_owned(),
            sentence: finding.sentence,
            advice: finding.advice.to_owned(),
            action: match finding.action {
                Action::OpenInNewTab => OPEN_IN_NEW_TAB,
                _ => OPEN_LOG,
            }
            .to_owned(),
            evidence: finding.evidence,
            ..self
        }
    }

    /// The one thing to offer, where there is one that this version knows.
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
    use crate::embedding::{Answer, Why, verdict};

    fn told(status: u16, headers: &[(&str, &str)]) -> Embedding {
        Embedding::new(verdict(&Answer {
            status,
            headers,
            app: "http://wb-a.localhost:1",
            console: "http://localhost:1",
        }))
    }

    #[test]
    fn what_goes_over_the_wire_comes_back() {
        let fine = told(200, &[]);
        assert!(fine.embeddable && fine.offered().is_none());
        let refused = told(200, &[("x-frame-options", "DENY")]);
        assert_eq!(refused.why, Why::XFrameOptions.word());
        assert_eq!(refused.offered(), Some(Action::OpenInNewTab));
        assert_eq!(told(500, &[]).offered(), Some(Action::OpenLog));
        for one in [fine, refused] {
            let text = serde_json::to_string(&one).expect("writable");
            let back: Embedding = serde_json::from_str(&text).expect("readable");
            assert_eq!(back, one);
        }
    }

    #[test]
    fn what_is_not_said_is_not_believed() {
        let unknown: Embedding =
            serde_json::from_str(r#"{"verdict":"mystery","status":null,"why":null}"#)
                .expect("readable");
        assert!(!unknown.embeddable);
        assert_eq!(unknown.verdict, Shown::from("mystery"));
    }
}
