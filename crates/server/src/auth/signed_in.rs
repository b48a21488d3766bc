//! Extractors of a request's session and peer address.

use crate::problem::{self, ApiError};
use crate::state::AppState;
use crate::store::Identity;
use crate::trusted_proxies::TrustedProxies;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Deref;
use vestibule_model::access::Permission;

/// Signed-in user, whose permissions for the route were checked.
#[derive(Debug, Clone)]
pub struct SignedIn {
    identity: Identity,
    needs: &'static [Permission],
}

impl Deref for SignedIn {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.identity
    }
}

impl SignedIn {
    pub(super) fn new(identity: Identity, needs: &'static [Permission]) -> Self {
        Self { identity, needs }
    }

    /// Returns the permissions that the route needs.
    pub fn needs(&self) -> &'static [Permission] {
        self.needs
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // A public route has no user, and its handler must not ask for one.
        let signed_in = parts.extensions.get::<Self>();
        signed_in.cloned().ok_or_else(problem::not_signed_in)
    }
}

/// User signed in by a session. An access token is refused: it manages neither itself nor its user.
#[derive(Debug, Clone)]
pub struct BySession(pub SignedIn);

impl<S: Sync> FromRequestParts<S> for BySession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let signed_in = SignedIn::from_request_parts(parts, state).await?;
        match signed_in.access_token {
            None => Ok(Self(signed_in)),
            Some(_) => Err(problem::session_needed()),
        }
    }
}

/// Address of the client: the peer's, or behind a trusted proxy the one that the proxy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, &state.trusted_proxies))
    }
}

impl ClientAddress {
    /// Returns the client of a request.
    pub fn of(parts: &Parts, proxies: &TrustedProxies) -> Self {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        Self(proxies.client(peer, &parts.headers))
    }
}
