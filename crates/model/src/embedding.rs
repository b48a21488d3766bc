//! Whether a browser will show an app inside the console's frame, read from one answer of the app.
//!
//! A browser that refuses shows a white or broken page and tells nobody (FIELD 39). The rules are
//! the browser's own: HTML section 7.5 for `X-Frame-Options`, CSP level 3 section 6.4.2 for
//! `frame-ancestors`, RFC 6265bis for cookies.

mod ancestors;
mod cookies;
mod origin;
mod report;
#[cfg(test)]
mod tests;

use crate::causes::Action;
use crate::time::Millis;
pub use ancestors::{frame_ancestors_refuses, x_frame_options_refuses};
pub use origin::Origin;
pub use report::{Embedding, Shown};

/// One answer of an app, to a request for the page that the frame is to show.
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

/// What the browser will make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is shown.
    Fine,
    /// It leads on to another page of the app, at this `Location`: that page's answer decides.
    Follow(String),
    /// It is shown, and something in it may not work.
    Doubtful(Finding),
    /// It is not shown, or what is shown is not the app.
    Refused(Finding),
}

/// Why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind of trouble.
    pub why: Why,
    /// What happens, in one sentence.
    pub sentence: String,
    /// What to do, in one sentence.
    pub advice: &'static str,
    /// The one thing to offer.
    pub action: Action,
    /// What the app sent, word for word; empty where there is nothing to quote.
    pub evidence: String,
}

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

/// Whether the browser refuses to show this answer in the console's frame because of its headers.
/// Those of an answer that leads on are not looked at: where it leads to decides.
pub fn refuses_framing(answer: &Answer<'_>) -> bool {
    !answer.leads_on() && framing(answer).is_some()
}

/// The verdict on an app that leads on again and again, so often that browsers give up.
pub fn endless_redirect(last_location: &str) -> Verdict {
    let finding = Finding::new(
        Why::EndlessRedirect,
        "The app sends the browser on again and again, and never shows a page.",
        "Open it in a new tab; where that goes the same way, read the end of its log for why.",
        Action::OpenInNewTab,
    );
    Verdict::Refused(finding.quoting(without_query(last_location)))
}

/// The verdict on an app that leads on to what is no address.
pub fn broken_redirect(location: &str) -> Verdict {
    let finding = Finding::new(
        Why::BrokenRedirect,
        "The app sends the browser on and does not say where to.",
        "Read the end of its log for why.",
        Action::OpenLog,
    );
    Verdict::Refused(finding.quoting(without_query(location)))
}

/// The verdict on an app that has not begun to answer within this time. It may still come.
pub fn slow(within: Millis) -> Verdict {
    let sentence = [
        "The app has not answered within ",
        &crate::duration::humanize(within),
        ".",
    ]
    .concat();
    Verdict::Doubtful(Finding::new(
        Why::Slow,
        &sentence,
        "It may only need longer for its first page; the end of its log may tell.",
        Action::OpenLog,
    ))
}

/// The verdict on an answer.
pub fn verdict(answer: &Answer<'_>) -> Verdict {
    if answer.leads_on() {
        return redirect(answer);
    }
    if let Some(finding) = failure(answer)
        .or_else(|| framing(answer))
        .or_else(|| refusal(answer))
        .or_else(|| empty(answer))
        .or_else(|| download(answer))
    {
        return Verdict::Refused(finding);
    }
    match cookies::lost(answer) {
        Some(finding) => Verdict::Doubtful(finding),
        None => Verdict::Fine,
    }
}

impl Answer<'_> {
    fn leads_on(&self) -> bool {
        matches!(self.status, 301..=303 | 307 | 308)
    }

    /// Every line of a header, in order.
    fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.headers
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

impl Finding {
    fn new(why: Why, sentence: &str, advice: &'static str, action: Action) -> Self {
        Self {
            why,
            sentence: sentence.to_owned(),
            advice,
            action,
            evidence: String::new(),
        }
    }

    fn quoting(self, evidence: &str) -> Self {
        Self {
            evidence: evidence.to_owned(),
            ..self
        }
    }
}

fn redirect(answer: &Answer<'_>) -> Verdict {
    let Some(target) = answer.first("location").filter(|place| !place.is_empty()) else {
        return broken_redirect("");
    };
    let leads_to = match origin::resolve(answer.app, target) {
        origin::Target::SameOrigin => return Verdict::Follow(target.to_owned()),
        origin::Target::Elsewhere(found) if Some(&found) == Origin::parse(answer.app).as_ref() => {
            return Verdict::Follow(target.to_owned());
        }
        origin::Target::Elsewhere(found) => found.to_string(),
        origin::Target::NotWeb => "an address that is no web page".to_owned(),
    };
    let sentence = [
        "The app sends the browser on to ",
        &leads_to,
        ", which may not be shown inside the console.",
    ]
    .concat();
    let finding = Finding::new(
        Why::RedirectedAway,
        &sentence,
        "Open it in a new tab; a sign-in there lasts for the frame too where the app allows it.",
        Action::OpenInNewTab,
    );
    Verdict::Refused(finding.quoting(without_query(target)))
}

/// An address as it may be shown: what is left out may hold a ticket.
fn without_query(location: &str) -> &str {
    location.split(['?', '#']).next().unwrap_or_default()
}

fn failure(answer: &Answer<'_>) -> Option<Finding> {
    let (why, sentence, advice) = match answer.status {
        502..=504 => (
            Why::NotAnswering,
            "Nothing answers behind the app's address.",
            "The app may be busy or starting again; the end of its log may tell.",
        ),
        500..=599 => (
            Why::AppError,
            "The app answers with an error of its own.",
            "Read the end of its log for why.",
        ),
        _ => return None,
    };
    let finding = Finding::new(why, sentence, advice, Action::OpenLog);
    Some(finding.quoting(&status_line(answer.status)))
}

fn framing(answer: &Answer<'_>) -> Option<Finding> {
    const ADVICE: &str = "Open it in a new tab; whoever makes the app can let the console in.";
    let policies: Vec<&str> = answer.all("content-security-policy").collect();
    match frame_ancestors_refuses(policies.iter().copied(), answer.app, answer.console) {
        Some(true) => {
            let finding = Finding::new(
                Why::FrameAncestors,
                "The app works, and its Content-Security-Policy names who may show it in a frame: \
                 not this console.",
                ADVICE,
                Action::OpenInNewTab,
            );
            return Some(finding.quoting(&policies.join(", ")));
        }
        // With frame-ancestors there, X-Frame-Options is not looked at (CSP 3 section 6.4.2.2).
        Some(false) => return None,
        None => {}
    }
    let options: Vec<&str> = answer.all("x-frame-options").collect();
    if !x_frame_options_refuses(options.iter().copied(), answer.app, answer.console) {
        return None;
    }
    let finding = Finding::new(
        Why::XFrameOptions,
        "The app works, and forbids other pages to show it inside a frame.",
        ADVICE,
        Action::OpenInNewTab,
    );
    Some(finding.quoting(&options.join(", ")))
}

fn refusal(answer: &Answer<'_>) -> Option<Finding> {
    let (why, sentence, advice, action) = match answer.status {
        200..=203 | 206 | 300 | 304 => return None,
        401 | 407 => (
            Why::SignInNeeded,
            "The app wants a sign-in of its own, which a frame may not show.",
            "Open it in a new tab and sign in there.",
            Action::OpenInNewTab,
        ),
        403 => (
            Why::Forbidden,
            "The app refuses access to this page.",
            "Open it in a new tab to see what it says; its settings may name who may come in.",
            Action::OpenInNewTab,
        ),
        404 | 410 => (
            Why::NotFound,
            "The app runs, and has no page at this address.",
            "Open it in a new tab; its start page may have another address.",
            Action::OpenInNewTab,
        ),
        400..=499 => (
            Why::BadRequest,
            "The app does not take the browser's request.",
            "Read the end of its log for why.",
            Action::OpenLog,
        ),
        _ => (
            Why::Empty,
            "The app answers, and with nothing to show.",
            "Read the end of its log for why.",
            Action::OpenLog,
        ),
    };
    let finding = Finding::new(why, sentence, advice, action);
    Some(finding.quoting(&status_line(answer.status)))
}

fn empty(answer: &Answer<'_>) -> Option<Finding> {
    if answer.first("content-length") != Some("0") {
        return None;
    }
    let finding = Finding::new(
        Why::Empty,
        "The app answers, and with nothing to show.",
        "Read the end of its log for why.",
        Action::OpenLog,
    );
    Some(finding.quoting("Content-Length: 0"))
}

fn download(answer: &Answer<'_>) -> Option<Finding> {
    let disposition = answer.first("content-disposition").unwrap_or_default();
    let is_attachment = starts_with_word(disposition, "attachment");
    let kind = answer.first("content-type").unwrap_or_default();
    if !is_attachment && is_shown(kind) {
        return None;
    }
    let finding = Finding::new(
        Why::Download,
        "The app sends a file here, and no page.",
        "Open it in a new tab to keep the file, or read its log for why.",
        Action::OpenInNewTab,
    );
    Some(finding.quoting(if is_attachment { disposition } else { kind }))
}

/// Whether a sandboxed frame shows this media type. Without one the browser looks for itself; a PDF
/// needs the browser's own viewer, which a sandbox keeps out.
fn is_shown(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    let family = kind.split('/').next().unwrap_or_default();
    let is_text = kind.ends_with("json") || kind.ends_with("xml") || kind.ends_with("javascript");
    kind.is_empty() || ["text", "image", "video", "audio"].contains(&family) || is_text
}

fn starts_with_word(value: &str, word: &str) -> bool {
    let first = value.split(';').next().unwrap_or_default();
    first.trim().eq_ignore_ascii_case(word)
}

fn status_line(status: u16) -> String {
    ["HTTP ", &status.to_string()].concat()
}
