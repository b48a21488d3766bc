//! The embed doctor: looks at an app as the console's frame would, before there is one.
//!
//! A frame that a browser refuses is white and tells nobody (FIELD 39). The doctor asks the app on
//! the gateway's own way, so that it judges what a browser would be given; it goes where the app
//! leads on to, and never reads a body.

use super::framing::lines;
use super::proxy::Upstream;
use super::trouble::Trouble;
use crate::state::{AppState, Endpoint};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use cookie::Cookie;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;
use vestibule_model::embedding::{self, Answer, Embedding, Verdict};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Millis;

/// How long one look lasts at most, with all the redirects in it.
const LOOK_WITHIN: Millis = Millis::from_secs(5);

/// How long a look stays good: many views may ask, and the app is asked once.
const FRESH: Duration = Duration::from_secs(3);

/// How often an app may lead on; browsers give up after 20.
const REDIRECTS: usize = 20;

/// What was seen of each workbench's app a moment ago.
#[derive(Default)]
pub struct Doctor {
    seen: Mutex<HashMap<WorkbenchId, Slot>>,
}

/// Whoever looks holds it, and the others wait for what comes of that.
type Slot = Arc<tokio::sync::Mutex<Option<Seen>>>;

struct Seen {
    at: Instant,
    embedding: Embedding,
}

impl Seen {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < FRESH
    }

    fn is_good_for(&self, run_number: u64) -> bool {
        self.is_fresh() && self.embedding.run_number == run_number
    }
}

impl Doctor {
    /// What a browser would make of the app in the console's frame.
    pub async fn look(&self, state: &AppState, id: &WorkbenchId, endpoint: &Endpoint) -> Embedding {
        let slot = self.slot(id);
        let mut seen = slot.lock().await;
        if let Some(seen) = seen.as_ref().filter(|s| s.is_good_for(endpoint.run_number)) {
            return seen.embedding.clone();
        }
        let embedding = Embedding {
            run_number: endpoint.run_number,
            ..look(state, id, endpoint).await
        };
        *seen = Some(Seen {
            at: Instant::now(),
            embedding: embedding.clone(),
        });
        embedding
    }

    fn slot(&self, id: &WorkbenchId) -> Slot {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, slot| {
            let is_fresh = |seen: &Option<Seen>| seen.as_ref().is_some_and(Seen::is_fresh);
            Arc::strong_count(slot) > 1 || slot.try_lock().is_ok_and(|seen| is_fresh(&seen))
        });
        Arc::clone(all.entry(id.clone()).or_default())
    }
}

async fn look(state: &AppState, id: &WorkbenchId, endpoint: &Endpoint) -> Embedding {
    let mut visit = Visit {
        upstream: Upstream {
            address: endpoint.address,
            origin: state.public_url.app_origin(id),
            console: state.public_url.origin(),
            scheme: state.public_url.scheme(),
            client: None,
            // To look is not to use: an app that nobody uses is still stopped for idleness.
            used: state.house.uses.of(id),
        },
        path: "/".to_owned(),
        cookies: BTreeMap::new(),
        set: Vec::new(),
    };
    match tokio::time::timeout(LOOK_WITHIN.to_std(), visit.go(state)).await {
        Ok(embedding) => Embedding {
            path: visit.path,
            ..embedding
        },
        Err(_) => Embedding {
            path: visit.path,
            ..Embedding::new(embedding::slow(LOOK_WITHIN))
        },
    }
}

/// One look, from the app's first page to where it leads.
struct Visit {
    upstream: Upstream,
    path: String,
    /// What a browser would send back by now.
    cookies: BTreeMap<String, String>,
    /// Every `Set-Cookie` line so far.
    set: Vec<String>,
}

impl Visit {
    async fn go(&mut self, state: &AppState) -> Embedding {
        let mut place = match Url::parse(&format!("{}/", self.upstream.origin)) {
            Ok(place) => place,
            Err(_) => return Embedding::new(embedding::broken_redirect(&self.upstream.origin)),
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
                Err(trouble) => return self.silence(&trouble),
            };
            self.keep_cookies(&headers);
            let verdict = self.judge(status, &headers);
            let Verdict::Follow(location) = verdict else {
                return Embedding {
                    status: Some(status.as_u16()),
                    explained_by_gateway: super::framing::is_refused(
                        status,
                        &headers,
                        &self.upstream.origin,
                        &self.upstream.console,
                    ),
                    ..Embedding::new(verdict)
                };
            };
            match place.join(&location) {
                Ok(next) => place = next,
                Err(_) => return Embedding::new(embedding::broken_redirect(&location)),
            }
            led_to = location;
        }
        Embedding::new(embedding::endless_redirect(&led_to))
    }

    /// Asks for a page as the console's frame does. The body goes unread, and its connection ends.
    async fn ask(&self, state: &AppState, path: &str) -> Result<(StatusCode, HeaderMap), Trouble> {
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
            .map_err(|_| Trouble::Unreachable)?;
        let never = Box::pin(std::future::pending());
        let answer = state.proxy.forward(&self.upstream, request, never).await?;
        Ok((answer.status(), answer.headers().clone()))
    }

    /// What the app says by saying nothing. The gateway answers for it, with a page of its own.
    fn silence(&self, trouble: &Trouble) -> Embedding {
        let status = trouble.status();
        Embedding {
            explained_by_gateway: true,
            ..Embedding::new(self.judge(status, &HeaderMap::new()))
        }
    }

    fn judge(&self, status: StatusCode, headers: &HeaderMap) -> Verdict {
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

    /// As a browser does within one visit, as far as it matters for where the app leads.
    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for (_, line) in lines(headers)
            .iter()
            .filter(|(name, _)| *name == header::SET_COOKIE)
        {
            let Ok(cookie) = Cookie::parse(*line) else {
                continue;
            };
            if cookie.max_age().is_some_and(|age| !age.is_positive()) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies
                    .insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
            self.set.push((*line).to_owned());
        }
    }
}
