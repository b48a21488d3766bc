//! Origins, and where a redirect leads.

use std::fmt;

/// Scheme, host and port; the port is always given, so that two ways to write it are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// In lower case, without the colon.
    pub scheme: String,
    /// In lower case; an IPv6 address keeps its brackets.
    pub host: String,
    /// The port, the scheme's own where none is given.
    pub port: u16,
}

impl Origin {
    /// The origin of an absolute address of the web; none for anything else.
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.trim().split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let default = default_port(&scheme)?;
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let authority = &rest[..end];
        let host_port = authority.rsplit('@').next().unwrap_or(authority);
        let (host, port) = split_port(host_port);
        if host.is_empty() || host.contains(char::is_whitespace) {
            return None;
        }
        let port = match port {
            None | Some("") => default,
            Some(port) => port.parse().ok()?,
        };
        Some(Self {
            scheme,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// Whether the browser takes it for this machine, and therefore for safe without TLS (Secure
    /// Contexts section 3.1).
    pub fn is_loopback(&self) -> bool {
        let host = self.host.as_str();
        host == "localhost"
            || host.ends_with(".localhost")
            || host == "[::1]"
            || host.starts_with("127.") && host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    }

    /// Whether the two are of one site, as far as that can be told without the list of public
    /// suffixes: the same scheme, and one host below the other or the last two labels shared.
    pub fn is_same_site(&self, other: &Self) -> bool {
        let (a, b) = (self.host.as_str(), other.host.as_str());
        let is_below = |host: &str, parent: &str| {
            host.strip_suffix(parent)
                .is_some_and(|rest| rest.ends_with('.'))
        };
        let is_number =
            |host: &str| host.starts_with('[') || host.ends_with(|c: char| c.is_ascii_digit());
        let parent = |host: &str| {
            let mut dots = host.rmatch_indices('.').map(|(i, _)| i);
            dots.nth(1)
                .map_or(host.to_owned(), |i| host[i + 1..].to_owned())
        };
        let shares = !is_number(a) && a.contains('.') && parent(a) == parent(b);
        self.scheme == other.scheme && (a == b || is_below(a, b) || is_below(b, a) || shares)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scheme)?;
        f.write_str("://")?;
        f.write_str(&self.host)?;
        if default_port(&self.scheme) == Some(self.port) {
            return Ok(());
        }
        f.write_str(":")?;
        fmt::Display::fmt(&self.port, f)
    }
}

/// The port that a scheme of the web stands for.
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

/// Host and port of an authority; the colons inside the brackets of an IPv6 address are its own.
pub(super) fn split_port(authority: &str) -> (&str, Option<&str>) {
    let after_brackets = authority.rfind(']').map_or(0, |i| i + 1);
    match authority[after_brackets..].rfind(':') {
        Some(i) => {
            let i = after_brackets + i;
            (&authority[..i], Some(&authority[i + 1..]))
        }
        None => (authority, None),
    }
}

/// Where a redirect leads.
pub(super) enum Target {
    /// To another page of the same origin.
    SameOrigin,
    /// To a named origin.
    Elsewhere(Origin),
    /// To something that is not of the web, or cannot be read.
    NotWeb,
}

/// Resolves a `Location` (RFC 9110 section 10.2.2, RFC 3986 section 5.2) as far as its origin goes.
pub(super) fn resolve(base: &str, location: &str) -> Target {
    // Browsers read a backslash as a slash.
    let location = location.replace('\\', "/");
    let scheme_end =
        location.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')));
    let has_scheme = scheme_end.is_some_and(|i| i > 0 && location[i..].starts_with(':'));
    let absolute = if let Some(rest) = location.strip_prefix("//") {
        let scheme = base.split_once("://").map_or("", |(scheme, _)| scheme);
        [scheme, "://", rest].concat()
    } else if has_scheme {
        location
    } else {
        return Target::SameOrigin;
    };
    Origin::parse(&absolute).map_or(Target::NotWeb, Target::Elsewhere)
}
