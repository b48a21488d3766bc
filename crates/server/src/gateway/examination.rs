//! Examination of an app, loaded as the console's frame loads it.
//!
//! A frame that a browser refuses is white and reports nothing (FIELD 39). The examination requests the
//! app through the gateway's proxy, so that it judges the same headers as a browser. It follows
//! redirects and never reads a body.

use super::error::GatewayError;
use super::framing::lines;
use crate::clock;
use crate::embedding::{self, Answer, FramingVerdict, report};
use crate::proxy::{Failure, Upstream};
use crate::state::{AppState, Endpoint};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use cookie::Cookie;
use std::collections::BTreeMap;
use std::sync::Arc;
use url::Url;
use vestibule_model::embedding::Embedding;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Millis;

/// Longest time of an examination with all its redirects.
const EXAMINE_WITHIN: Millis = Millis::from_secs(5);

/// Most redirects; browsers stop after 20.
const REDIRECTS: usize = 20;

/// Returns how a browser will show the app in the console's frame.
pub async fn examine(state: &AppState, id: &WorkbenchId, endpoint: &Endpoint) -> Embedding {
    let visit = visit_app(state, id, endpoint);
    state
        .embedding_reports
        .examine(id, endpoint.run_number, visit)
        .await
}

async fn visit_app(state: &AppState, id: &WorkbenchId, endpoint: &Endpoint) -> Embedding {
    let mut visit = Examination {
        upstream: Upstream {
            engine: Arc::clone(&state.engine),
            target: endpoint.target.clone(),
            origin: state.public_url.app_origin(id),
            console: state.public_url.origin(),
            scheme: state.public_url.scheme(),
            client: None,
            host: endpoint.rules.host.clone(),
            replaces_framing: endpoint.rules.replaces_framing,
            // Usage is not recorded: an examination does not keep the app from being stopped for
            // idleness.
            used: state.host.uses.of(id),
        },
        path: endpoint.rules.path.clone(),
        cookies: BTreeMap::new(),
        set: Vec::new(),
    };
    match tokio::time::timeout(EXAMINE_WITHIN.to_std(), visit.go(state)).await {
        Ok(embedding) => Embedding {
            path: visit.path,
            ..embedding
        },
        Err(_) => Embedding {
            path: visit.path,
            ..report(embedding::slow(EXAMINE_WITHIN))
        },
    }
}

/// Examination of an app from its first page on.
struct Examination {
    upstream: Upstream,
    path: String,
    /// Cookies that a browser would send back.
    cookies: BTreeMap<String, String>,
    /// All `Set-Cookie` lines so far.
    set: Vec<String>,
}

impl Examination {
    async fn go(&mut self, state: &AppState) -> Embedding {
        let mut place = match Url::parse(&format!("{}{}", self.upstream.origin, self.path)) {
            Ok(place) => place,
            Err(_) => return report(embedding::broken_redirect(&self.upstream.origin)),
        };
        let mut led_to = String::new();
        for _ in 0..=REDIRECTS {
            let from = match place.query() {
                Some(query) => format!("{}?{query}", place.path()),
                None => place.path().to_owned(),
            };
            place.path().clone_into(&mut self.path);
            let (status, headers) = match self.ask(state, &from).await {
                Ok(answer) => answer,
                Err(failure) => return self.silence(failure),
            };
            self.keep_cookies(&headers);
            let verdict = self.judge(status, &headers);
            let FramingVerdict::Follow(location) = verdict else {
                return Embedding {
                    status: Some(status.as_u16()),
                    explained_by_gateway: super::framing::is_refused(
                        status,
                        &headers,
                        &self.upstream.origin,
                        &self.upstream.console,
                    ),
                    ..report(verdict)
                };
            };
            match place.join(&location) {
                Ok(next) => place = next,
                Err(_) => return report(embedding::broken_redirect(&location)),
            }
            led_to = location;
        }
        report(embedding::endless_redirect(&led_to))
    }

    /// Requests a page as the console's frame does. The body is not read, and its connection is
    /// closed.
    async fn ask(&self, state: &AppState, path: &str) -> Result<(StatusCode, HeaderMap), Failure> {
        let host = self.upstream.origin.split("://").last().unwrap_or_default();
        let mut request = Request::get(path)
            .header(header::HOST, host)
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header(header::USER_AGENT, "Mozilla/5.0 (compatible; Vestibule)")
            .header("sec-fetch-dest", "iframe")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", "same-site");
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let request = request
            .body(Body::empty())
            .map_err(|_| Failure::Unreachable)?;
        let never = Box::pin(std::future::pending());
        let answer = state
            .proxy
            .forward(&self.upstream, request, never, None)
            .await?;
        Ok((answer.status(), answer.headers().clone()))
    }

    /// Returns the report of an app that does not answer. The gateway answers a frame with a page
    /// of its own.
    fn silence(&self, failure: Failure) -> Embedding {
        let status = GatewayError::from(failure).status();
        Embedding {
            explained_by_gateway: true,
            ..report(self.judge(status, &HeaderMap::new()))
        }
    }

    fn judge(&self, status: StatusCode, headers: &HeaderMap) -> FramingVerdict {
        let mut headers = lines(headers);
        headers.retain(|(name, _)| *name != header::SET_COOKIE);
        headers.extend(
            self.set
                .iter()
                .map(|line| (header::SET_COOKIE.as_str(), line.as_str())),
        );
        embedding::verdict(&Answer {
            status: status.as_u16(),
            headers: &headers,
            app: &self.upstream.origin,
            console: &self.upstream.console,
        })
    }

    /// Keeps cookies as a browser does within one visit.
    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for (_, line) in lines(headers)
            .iter()
            .filter(|(name, _)| *name == header::SET_COOKIE)
        {
            let Ok(cookie) = Cookie::parse(*line) else {
                continue;
            };
            if is_expired(&cookie) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies
                    .insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
            self.set.push((*line).to_owned());
        }
    }
}

/// Returns `true` if a browser deletes the cookie. `Max-Age` counts before `Expires` (RFC 6265, section 5.3).
fn is_expired(cookie: &Cookie<'_>) -> bool {
    match (cookie.max_age(), cookie.expires_datetime()) {
        (Some(age), _) => !age.is_positive(),
        (None, Some(at)) => at.unix_timestamp() * 1_000 <= clock::now().as_millis(),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_expire_as_in_a_browser() {
        for (line, expected) in [
            ("a=1", false),
            ("a=; Max-Age=0", true),
            ("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", true),
            ("a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", false),
            (
                "a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                false,
            ),
        ] {
            let cookie = Cookie::parse(line).expect("a cookie");
            assert_eq!(is_expired(&cookie), expected, "{line}");
        }
    }
}
