//! Sites and secure contexts, as far as they decide about cookies.

use url::{Host, Url};

/// Returns `true` if browsers treat it as this machine, and as safe without TLS (Secure Contexts
/// section 3.1).
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Returns `true` if two addresses are of one site, as far as that is known without the list of
/// public suffixes: the same scheme, and one host below the other or the last two labels shared.
pub(super) fn is_same_site(one: &Url, other: &Url) -> bool {
    if one.scheme() != other.scheme() {
        return false;
    }
    match (one.host(), other.host()) {
        (Some(Host::Domain(a)), Some(Host::Domain(b))) => {
            a == b
                || is_below(a, b)
                || is_below(b, a)
                || (a.contains('.') && parent(a) == parent(b))
        }
        (a, b) => a == b,
    }
}

/// Returns `true` if a host name is below another one.
pub(super) fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent)
        .is_some_and(|rest| rest.ends_with('.'))
}

/// Returns the last two labels.
fn parent(name: &str) -> &str {
    let second_dot = name.rmatch_indices('.').nth(1);
    second_dot.map_or(name, |(i, _)| &name[i + 1..])
}
