//! Header by which a proxy in front names the signed-in user. Off by default.

use crate::store::Actor;
use crate::trusted_proxies::TrustedProxies;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use vestibule_model::time::Timestamp;
use vestibule_model::validation::check_username;

/// Settings of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserHeader {
    /// Name of the header.
    pub name: HeaderName,
    /// Addresses of the proxies that send it. From any other address it is ignored.
    pub from: TrustedProxies,
    /// `true` if a user is created when a name is seen first.
    pub creates: bool,
}

/// User whom a proxy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedUser {
    /// The request does not come from a listed proxy, or the header is not used.
    Elsewhere,
    /// The proxy names no user.
    Nobody,
    /// A user of this name.
    User(String),
    /// The header is there twice, or is no username.
    Garbled,
}

/// Relation of a session to the user whom a proxy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionMatch {
    /// The session serves the request.
    Good,
    /// The session does not serve the request.
    Refused,
    /// The proxy names another user, or none any more: the session ends.
    Ends,
}

impl UserHeader {
    /// Returns the user whom a request's proxy names. The address is that of the connection.
    pub fn named(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> NamedUser {
        if !peer.is_some_and(|peer| self.from.trusts(peer)) {
            return NamedUser::Elsewhere;
        }
        let mut values = headers.get_all(&self.name).iter();
        match (values.next(), values.next()) {
            (None, _) => NamedUser::Nobody,
            // Not ASCII, such as a look-alike of another name, is no text here and no username.
            (Some(value), None) => match value.to_str() {
                Ok("") => NamedUser::Nobody,
                Ok(name) if check_username("", name).is_ok() => NamedUser::User(name.to_owned()),
                _ => NamedUser::Garbled,
            },
            (Some(_), Some(_)) => NamedUser::Garbled,
        }
    }
}

impl NamedUser {
    /// Returns how a session fits. A user's session never serves another user, and a session that
    /// began with the header serves requests with that header alone.
    pub fn fit(&self, username: &str, by_header: bool) -> SessionMatch {
        match self {
            Self::User(name) if username.eq_ignore_ascii_case(name) => SessionMatch::Good,
            Self::User(_) => SessionMatch::Ends,
            Self::Nobody if by_header => SessionMatch::Ends,
            Self::Elsewhere if by_header => SessionMatch::Refused,
            Self::Nobody | Self::Elsewhere => SessionMatch::Good,
            Self::Garbled => SessionMatch::Refused,
        }
    }
}

/// Returns the address of a request's connection.
pub fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let info = extensions.get::<ConnectInfo<SocketAddr>>();
    info.map(|info| info.0.ip())
}

/// Returns the user whom a request's proxy names.
pub fn named(
    header: Option<&UserHeader>,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> NamedUser {
    header.map_or(NamedUser::Elsewhere, |header| {
        header.named(peer(extensions), headers)
    })
}

/// Returns the proxy as the originator of a change.
pub fn proxy(address: &str, now: Timestamp) -> Actor {
    Actor {
        id: None,
        name: "proxy".to_owned(),
        address: address.to_owned(),
        now,
    }
}

/// Address of a request's connection, which is a proxy's if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(peer(&parts.extensions)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_serves_its_own_user_alone() {
        let ada = NamedUser::User("Ada".to_owned());
        for by_header in [true, false] {
            assert_eq!(ada.fit("ada", by_header), SessionMatch::Good);
            assert_eq!(ada.fit("bob", by_header), SessionMatch::Ends);
            assert_eq!(
                NamedUser::Garbled.fit("ada", by_header),
                SessionMatch::Refused
            );
        }
        assert_eq!(NamedUser::Nobody.fit("ada", true), SessionMatch::Ends);
        assert_eq!(NamedUser::Nobody.fit("ada", false), SessionMatch::Good);
        assert_eq!(NamedUser::Elsewhere.fit("ada", true), SessionMatch::Refused);
        assert_eq!(NamedUser::Elsewhere.fit("ada", false), SessionMatch::Good);
    }
}
