//! Extractors of a request's session and peer address.

use crate::clock;
use crate::cookies;
use crate::problem::{self, ApiError};
use crate::state::AppState;
use crate::store::Identity;
use crate::tokens;
use crate::trusted_proxies::TrustedProxies;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Deref;

/// Signed-in user. A handler that takes this needs a session.
#[derive(Debug, Clone)]
pub struct SignedIn(Identity);

impl Deref for SignedIn {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.0
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let token = cookies::read(&parts.headers, state.cookies.console())
            .map_err(|_| problem::two_sessions())?
            .ok_or_else(problem::not_signed_in)?;
        let hash = tokens::hash(&token);
        let found = state
            .db(move |store| store.identity(&hash, clock::now()))
            .await?;
        found.map(Self).ok_or_else(problem::not_signed_in)
    }
}

/// Address of the client: the peer's, or behind a trusted proxy the one that the proxy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client(pub IpAddr);

impl FromRequestParts<AppState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, &state.trusted_proxies))
    }
}

impl Client {
    /// Returns the client of a request.
    pub fn of(parts: &Parts, proxies: &TrustedProxies) -> Self {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        Self(proxies.client(peer, &parts.headers))
    }
}
