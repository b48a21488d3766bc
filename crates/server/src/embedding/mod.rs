//! Judgement whether a browser will show an app inside the console's frame, from one answer of the
//! app.
//!
//! A browser that refuses shows a white or broken page and reports nothing (FIELD 39). The rules
//! are the browser's own: HTML section 7.5 for `X-Frame-Options`, CSP level 3 section 6.4.2 for
//! `frame-ancestors`, RFC 6265bis for cookies.

mod ancestors;
mod answer;
mod cookies;
mod reports;
mod site;
#[cfg(test)]
mod tests;

pub use answer::{Answer, FramingFinding};
pub use reports::EmbeddingReports;

use ancestors::{frame_ancestors_refuses, x_frame_options_refuses};
use url::Url;
use vestibule_model::causes::Remedy;
use vestibule_model::duration::humanize;
use vestibule_model::embedding::{Embedding, EmbeddingProblem, OPEN_IN_NEW_TAB, OPEN_LOG, Shown};
use vestibule_model::time::Millis;

/// Behaviour of the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FramingVerdict {
    /// The page is shown.
    Fine,
    /// The app redirects to another of its pages, whose answer decides.
    Follow(String),
    /// The page is shown, and something in it may not work.
    Doubtful(FramingFinding),
    /// The page is not shown, or is not the app's.
    Refused(FramingFinding),
}

/// Returns `true` if the browser refuses to show this answer in the console's frame because of its
/// headers. A redirect is never refused: its target decides.
pub fn refuses_framing(answer: &Answer<'_>) -> bool {
    !answer.leads_on() && framing(answer).is_some()
}

/// Returns the verdict on an app that redirects more often than browsers follow.
pub fn endless_redirect(last_location: &str) -> FramingVerdict {
    let finding = FramingFinding::new(
        EmbeddingProblem::EndlessRedirect,
        "The app sends the browser on again and again, and never shows a page.",
        "Open it in a new tab; where that goes the same way, read the end of its log for why.",
        Remedy::OpenInNewTab,
    );
    FramingVerdict::Refused(finding.quoting(without_query(last_location)))
}

/// Returns the verdict on an app that redirects to something that is no address.
pub fn broken_redirect(location: &str) -> FramingVerdict {
    let finding = FramingFinding::new(
        EmbeddingProblem::BrokenRedirect,
        "The app sends the browser on and does not say where to.",
        "Read the end of its log for why.",
        Remedy::OpenLog,
    );
    FramingVerdict::Refused(finding.quoting(without_query(location)))
}

/// Returns the verdict on an app that has not answered yet within this time.
pub fn slow(within: Millis) -> FramingVerdict {
    let sentence = format!("The app has not answered within {}.", humanize(within));
    FramingVerdict::Doubtful(FramingFinding::new(
        EmbeddingProblem::Slow,
        &sentence,
        "It may only need longer for its first page; the end of its log may tell.",
        Remedy::OpenLog,
    ))
}

/// Returns the verdict on an answer.
pub fn verdict(answer: &Answer<'_>) -> FramingVerdict {
    if answer.leads_on() {
        return redirect(answer);
    }
    if let Some(finding) = failure(answer)
        .or_else(|| framing(answer))
        .or_else(|| refusal(answer))
        .or_else(|| empty(answer))
        .or_else(|| download(answer))
    {
        return FramingVerdict::Refused(finding);
    }
    match cookies::lost(answer) {
        Some(finding) => FramingVerdict::Doubtful(finding),
        None => FramingVerdict::Fine,
    }
}

/// Returns the report of a verdict. A redirect that stays in the app has no verdict yet.
pub fn report(verdict: FramingVerdict) -> Embedding {
    let (shown, finding) = match verdict {
        FramingVerdict::Fine | FramingVerdict::Follow(_) => (Shown::Fine, None),
        FramingVerdict::Doubtful(finding) => (Shown::Doubtful, Some(finding)),
        FramingVerdict::Refused(finding) => (Shown::Refused, Some(finding)),
    };
    let report = Embedding {
        embeddable: shown != Shown::Refused,
        verdict: shown,
        ..Embedding::default()
    };
    let Some(finding) = finding else {
        return report;
    };
    let action = match finding.action {
        Remedy::OpenInNewTab => OPEN_IN_NEW_TAB,
        _ => OPEN_LOG,
    };
    Embedding {
        why: finding.why.as_str().to_owned(),
        sentence: finding.sentence,
        advice: finding.advice.to_owned(),
        action: action.to_owned(),
        evidence: finding.evidence,
        ..report
    }
}

fn redirect(answer: &Answer<'_>) -> FramingVerdict {
    let Some(target) = answer.first("location").filter(|place| !place.is_empty()) else {
        return broken_redirect("");
    };
    let app = Url::parse(answer.app).ok();
    let place = app.as_ref().and_then(|app| app.join(target).ok());
    let place = place.filter(|place| matches!(place.scheme(), "http" | "https"));
    let leads_to = match (app, place) {
        (Some(app), Some(place)) if app.origin() == place.origin() => {
            return FramingVerdict::Follow(target.to_owned());
        }
        (_, Some(place)) => place.origin().ascii_serialization(),
        (_, None) => "an address that is no web page".to_owned(),
    };
    let sentence = format!(
        "The app sends the browser on to {leads_to}, which may not be shown inside the console."
    );
    let finding = FramingFinding::new(
        EmbeddingProblem::RedirectedAway,
        &sentence,
        "Open it in a new tab; a sign-in there lasts for the frame too where the app allows it.",
        Remedy::OpenInNewTab,
    );
    FramingVerdict::Refused(finding.quoting(without_query(target)))
}

/// Returns an address without its query, which may hold a ticket.
fn without_query(location: &str) -> &str {
    location.split(['?', '#']).next().unwrap_or_default()
}

fn failure(answer: &Answer<'_>) -> Option<FramingFinding> {
    let (why, sentence, advice) = match answer.status {
        502..=504 => (
            EmbeddingProblem::NotAnswering,
            "Nothing answers behind the app's address.",
            "The app may be busy or starting again; the end of its log may tell.",
        ),
        500..=599 => (
            EmbeddingProblem::AppError,
            "The app answers with an error of its own.",
            "Read the end of its log for why.",
        ),
        _ => return None,
    };
    let finding = FramingFinding::new(why, sentence, advice, Remedy::OpenLog);
    Some(finding.quoting(&status_line(answer.status)))
}

fn framing(answer: &Answer<'_>) -> Option<FramingFinding> {
    const ADVICE: &str = "Open it in a new tab. The app's author can allow it to be embedded.";
    let policies: Vec<&str> = answer.all("content-security-policy").collect();
    match frame_ancestors_refuses(policies.iter().copied(), answer.app, answer.console) {
        Some(true) => {
            let finding = FramingFinding::new(
                EmbeddingProblem::FrameAncestors,
                "The app works, and its Content-Security-Policy names who may show it in a frame: \
                 not this console.",
                ADVICE,
                Remedy::OpenInNewTab,
            );
            return Some(finding.quoting(&policies.join(", ")));
        }
        // With frame-ancestors there, X-Frame-Options is ignored (CSP 3 section 6.4.2.2).
        Some(false) => return None,
        None => {}
    }
    let options: Vec<&str> = answer.all("x-frame-options").collect();
    if !x_frame_options_refuses(options.iter().copied(), answer.app, answer.console) {
        return None;
    }
    let finding = FramingFinding::new(
        EmbeddingProblem::XFrameOptions,
        "This app can't be embedded.",
        ADVICE,
        Remedy::OpenInNewTab,
    );
    Some(finding.quoting(&options.join(", ")))
}

fn refusal(answer: &Answer<'_>) -> Option<FramingFinding> {
    let (why, sentence, advice, action) = match answer.status {
        200..=203 | 206 | 300 | 304 => return None,
        401 | 407 => (
            EmbeddingProblem::SignInNeeded,
            "The app wants a sign-in of its own, which a frame may not show.",
            "Open it in a new tab and sign in there.",
            Remedy::OpenInNewTab,
        ),
        403 => (
            EmbeddingProblem::Forbidden,
            "The app refuses access to this page.",
            "Open it in a new tab to see what it says; its settings may name who may come in.",
            Remedy::OpenInNewTab,
        ),
        404 | 410 => (
            EmbeddingProblem::NotFound,
            "The app runs, and has no page at this address.",
            "Open it in a new tab; its start page may have another address.",
            Remedy::OpenInNewTab,
        ),
        400..=499 => (
            EmbeddingProblem::BadRequest,
            "The app does not take the browser's request.",
            "Read the end of its log for why.",
            Remedy::OpenLog,
        ),
        _ => (
            EmbeddingProblem::Empty,
            "The app answers, and with nothing to show.",
            "Read the end of its log for why.",
            Remedy::OpenLog,
        ),
    };
    let finding = FramingFinding::new(why, sentence, advice, action);
    Some(finding.quoting(&status_line(answer.status)))
}

fn empty(answer: &Answer<'_>) -> Option<FramingFinding> {
    if answer.first("content-length") != Some("0") {
        return None;
    }
    let finding = FramingFinding::new(
        EmbeddingProblem::Empty,
        "The app answers, and with nothing to show.",
        "Read the end of its log for why.",
        Remedy::OpenLog,
    );
    Some(finding.quoting("Content-Length: 0"))
}

fn download(answer: &Answer<'_>) -> Option<FramingFinding> {
    let disposition = answer.first("content-disposition").unwrap_or_default();
    let is_attachment = starts_with_word(disposition, "attachment");
    let kind = answer.first("content-type").unwrap_or_default();
    if !is_attachment && is_shown(kind) {
        return None;
    }
    let finding = FramingFinding::new(
        EmbeddingProblem::Download,
        "The app sends a file here, and no page.",
        "Open it in a new tab to keep the file, or read its log for why.",
        Remedy::OpenInNewTab,
    );
    Some(finding.quoting(if is_attachment { disposition } else { kind }))
}

/// Returns `true` if a sandboxed frame shows this media type. Without one the browser looks for
/// itself; a PDF needs the browser's own viewer, which a sandbox keeps out.
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
    format!("HTTP {status}")
}
