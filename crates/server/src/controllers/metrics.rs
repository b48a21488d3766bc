//! `GET /metrics`, for Prometheus.
//!
//! The metrics name apps and count what people do. A client with the token may read them from
//! anywhere. Without a token only programs of this machine may, and only where no proxy is needed:
//! behind one every request comes from this machine, by a `Host` of the client's choice.

use crate::auth::ClientAddress;
use crate::metrics::CONTENT_TYPE;
use crate::named_host::names_loopback;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::tokens;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;

/// Headers that proxies add.
const PASSED_ON: [&str; 5] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
];

/// Returns the metrics as text.
pub async fn show(
    State(state): State<AppState>,
    ClientAddress(client): ClientAddress,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> ApiResult<impl IntoResponse> {
    let is_welcome = match &state.metrics_token {
        Some(hash) => bearer(&headers).is_some_and(|token| tokens::hash(token) == *hash),
        None => {
            state.public_url.is_local()
                && client.is_loopback()
                && names_loopback(&uri, &headers)
                && !PASSED_ON.iter().any(|name| headers.contains_key(*name))
        }
    };
    if !is_welcome {
        return Err(problem::no_metrics(state.metrics_token.is_some()));
    }
    let standing = state.db(|store| store.standing_counts()).await?;
    let text = state.store.meters().text(&standing).map_err(|error| {
        tracing::error!(%error, "failed to write what is measured");
        problem::internal()
    })?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
