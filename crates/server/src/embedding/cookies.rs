//! Cookies that a browser drops, or does not send inside the console's frame.

use super::answer::{Answer, FramingFinding};
use super::site::{is_below, is_loopback, is_same_site};
use cookie::{Cookie, SameSite};
use url::Url;
use vestibule_model::causes::Remedy;
use vestibule_model::embedding::EmbeddingProblem;

/// Returns a finding about the first of the app's cookies that will be lost.
pub(super) fn lost(answer: &Answer<'_>) -> Option<FramingFinding> {
    let app = Url::parse(answer.app).ok()?;
    let console = Url::parse(answer.console).ok()?;
    answer.all("set-cookie").find_map(|line| {
        let cookie = Cookie::parse(line).ok()?;
        let why = obstacle(&cookie, &app, &console)?;
        let sentence = format!("The app's cookie \u{201c}{}\u{201d} {why}", cookie.name());
        let finding = FramingFinding::new(
            EmbeddingProblem::CookieLost,
            &sentence,
            "If a sign-in inside the app does not last, open it in a new tab.",
            Remedy::OpenInNewTab,
        );
        // Only the attributes are quoted: the value may be a session.
        let attributes = line
            .split_once(';')
            .map_or("", |(_, attributes)| attributes);
        Some(finding.quoting(attributes.trim()))
    })
}

/// Returns why the cookie is lost, as the end of a sentence (RFC 6265bis section 5.6).
fn obstacle(cookie: &Cookie<'_>, app: &Url, console: &Url) -> Option<&'static str> {
    let is_secure = cookie.secure() == Some(true);
    let is_for_all = cookie.same_site() == Some(SameSite::None);
    let domain = cookie.domain().unwrap_or_default().to_ascii_lowercase();
    let name = cookie.name().to_ascii_lowercase();
    if is_secure && app.scheme() == "http" && !is_loopback(app) {
        return Some("is sent over https only, and the app is reached by http: it is dropped.");
    }
    if is_for_all && !is_secure {
        return Some("is meant for other sites and is not marked Secure: it is dropped.");
    }
    if name.starts_with("__host-")
        && (!is_secure || !domain.is_empty() || cookie.path() != Some("/"))
    {
        return Some("has a name that promises Secure, Path=/ and no Domain: it is dropped.");
    }
    if name.starts_with("__secure-") && !is_secure {
        return Some("has a name that promises Secure, which it is not: it is dropped.");
    }
    let host = app.host_str().unwrap_or_default();
    if !domain.is_empty() && host != domain && !is_below(host, &domain) {
        return Some("is made for another host: it is dropped.");
    }
    if !is_for_all && !is_same_site(app, console) {
        return Some("is not sent inside a frame of another site.");
    }
    None
}
