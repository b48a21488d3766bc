//! Cookies that a browser drops, or does not send inside the console's frame.

use super::{Answer, Finding, Origin, Why};
use crate::causes::Action;

/// The first of the app's cookies that will be lost, and why.
pub(super) fn lost(answer: &Answer<'_>) -> Option<Finding> {
    let app = Origin::parse(answer.app)?;
    let console = Origin::parse(answer.console)?;
    answer.all("set-cookie").find_map(|line| {
        let cookie = Cookie::parse(line);
        let why = cookie.trouble(&app, &console)?;
        let sentence = ["The app's cookie \u{201c}", cookie.name, "\u{201d} ", why].concat();
        let finding = Finding::new(
            Why::CookieLost,
            &sentence,
            "If a sign-in inside the app does not last, open it in a new tab.",
            Action::OpenInNewTab,
        );
        // Its value is nobody's business.
        Some(finding.quoting(cookie.attributes))
    })
}

/// A `Set-Cookie` line, as far as it decides where the cookie is sent.
struct Cookie<'a> {
    name: &'a str,
    /// Everything after the value, word for word.
    attributes: &'a str,
}

impl<'a> Cookie<'a> {
    fn parse(line: &'a str) -> Self {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let name = pair.split_once('=').map_or("", |(name, _)| name.trim());
        Self {
            name,
            attributes: attributes.trim(),
        }
    }

    /// The last value of an attribute, which is the one that counts (RFC 6265bis section 5.6).
    fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes
            .split(';')
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .filter(|(found, _)| found.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .next_back()
    }

    fn trouble(&self, app: &Origin, console: &Origin) -> Option<&'static str> {
        let is_secure = self.attribute("secure").is_some();
        let same_site = self.attribute("samesite").unwrap_or_default();
        let is_for_all = same_site.eq_ignore_ascii_case("none");
        let domain = self.attribute("domain").unwrap_or_default();
        let domain = domain.trim_start_matches('.').to_ascii_lowercase();
        let prefix = |prefix: &str| {
            let start = self.name.get(..prefix.len()).unwrap_or_default();
            start.eq_ignore_ascii_case(prefix)
        };
        if is_secure && app.scheme == "http" && !app.is_loopback() {
            return Some("is sent over https only, and the app is reached by http: it is dropped.");
        }
        if is_for_all && !is_secure {
            return Some("is meant for other sites and is not marked Secure: it is dropped.");
        }
        if prefix("__host-")
            && (!is_secure || !domain.is_empty() || self.attribute("path") != Some("/"))
        {
            return Some("has a name that promises Secure, Path=/ and no Domain: it is dropped.");
        }
        if prefix("__secure-") && !is_secure {
            return Some("has a name that promises Secure, which it is not: it is dropped.");
        }
        let is_own = app.host == domain
            || app
                .host
                .strip_suffix(domain.as_str())
                .is_some_and(|below| below.ends_with('.'));
        if !domain.is_empty() && !is_own {
            return Some("is made for another host: it is dropped.");
        }
        if !is_for_all && !app.is_same_site(console) {
            return Some("is not sent inside a frame of another site.");
        }
        None
    }
}
