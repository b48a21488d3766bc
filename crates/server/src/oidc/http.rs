//! Requests to providers, with limits of time and size.

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{HttpRequest, HttpResponse};
use std::sync::OnceLock;
use std::time::Duration;

/// Time limit of a request.
const WITHIN: Duration = Duration::from_secs(10);
/// Most bytes of an answer; a provider's keys take a few kilobytes.
const MOST_BYTES: usize = 1024 * 1024;

/// Client for providers. It follows no redirects, which could lead to addresses of the inner network.
#[derive(Default)]
pub struct Http(OnceLock<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>);

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Http")
    }
}

/// Error of a request without an answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The answer did not arrive in time.
    #[error("no answer within {} s", WITHIN.as_secs())]
    Slow,
    /// The system has no certificates of authorities.
    #[error("failed to read the system's certificates: {0}")]
    Certificates(std::io::Error),
    /// No connection.
    #[error("failed to connect: {0}")]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// The answer breaks off or is too large.
    #[error("failed to read the answer: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
}

impl Http {
    /// Sends a request and returns the whole answer.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let work = async {
            let request = request.map(|body| Full::new(Bytes::from(body)));
            let (parts, body) = self.client()?.request(request).await?.into_parts();
            let body = Limited::new(body, MOST_BYTES).collect().await;
            let body = body.map_err(HttpError::Body)?.to_bytes();
            Ok(HttpResponse::from_parts(parts, body.to_vec()))
        };
        let answer = tokio::time::timeout(WITHIN, work).await;
        answer.unwrap_or(Err(HttpError::Slow))
    }

    fn client(&self) -> Result<&Client<HttpsConnector<HttpConnector>, Full<Bytes>>, HttpError> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(HttpError::Certificates)?
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(self.0.get_or_init(|| client))
    }
}
