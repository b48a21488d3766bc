//! Transcript of an agent tab: pages, download, and a stream for scripts.

use super::find;
use crate::agents::{LiveTranscript, unreadable};
use crate::auth::SignedIn;
use crate::clock;
use crate::paging::QueryParams;
use crate::path_id::Id;
use crate::per_user::UserPermit;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use serde::Deserialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::ids::TabId;
use vestibule_model::tab::Tab;
use vestibule_model::tab::transcript::{
    EventKind, MAX_PAGE, TranscriptEvent, TranscriptPage, plain,
};

/// Query of the routes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TranscriptParams {
    after: Option<String>,
    before: Option<String>,
    limit: Option<String>,
}

/// Returns a page: the events after a number, or the last ones before one.
pub async fn transcript(
    State(state): State<AppState>,
    Id(id): Id,
    QueryParams(query): QueryParams<TranscriptParams>,
) -> ApiResult<Json<TranscriptPage>> {
    let tab = find(&state, &TabId::new(id)).await?;
    let live = state.agents.live(&tab);
    let limit = number("limit", query.limit.as_deref())?;
    let limit = limit.map_or(MAX_PAGE, |limit| usize::try_from(limit).unwrap_or(MAX_PAGE));
    let limit = limit.clamp(1, MAX_PAGE);
    let after = number("after", query.after.as_deref())?;
    let page = match (after, number("before", query.before.as_deref())?) {
        (Some(after), _) => live.after(after, limit).await,
        (None, before) => live.before(before.unwrap_or(u64::MAX), limit).await,
    };
    page.map(Json).map_err(|error| unreadable(&error))
}

/// Returns the kept transcript as a text.
pub async fn download(State(state): State<AppState>, Id(id): Id) -> ApiResult<Response> {
    let tab = find(&state, &TabId::new(id)).await?;
    let live = state.agents.live(&tab);
    let pages = stream::try_unfold((live, 0), async |(live, after)| {
        let page = live.after(after, MAX_PAGE).await?;
        let Some(last) = page.items.last() else {
            return Ok(None);
        };
        let after = last.seq;
        let text: String = page.items.iter().map(written).collect();
        io::Result::Ok(Some((Bytes::from(text), (live, after))))
    });
    let name = format!("attachment; filename=\"transcript-{}.txt\"", tab.id);
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}

/// Streams the events after a number, and those that come, until the tab is closed.
pub async fn stream_events(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
    QueryParams(query): QueryParams<TranscriptParams>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let tab = find(&state, &TabId::new(id)).await?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let after = number("after", last.or(query.after.as_deref()))?;
    let held = state.streams.admit(&signed_in.user.id);
    let reader = Reader {
        _held: held.ok_or_else(|| problem::too_many_open("event streams"))?,
        live: state.agents.live(&tab),
        session: signed_in.session.clone(),
        resource: Resource::Workbench(tab.workspace_id.clone(), tab.workbench_id.clone()),
        after: after.unwrap_or(0),
        waiting: VecDeque::new(),
        tab,
        state,
    };
    let events = Sse::new(reader.into_stream()).keep_alive(KeepAlive::default());
    let mut response = events.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    // nginx and other proxies buffer responses without this header (FIELD 18).
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Reader {
    _held: UserPermit,
    state: AppState,
    live: Arc<LiveTranscript>,
    tab: Tab,
    session: String,
    resource: Resource,
    after: u64,
    waiting: VecDeque<TranscriptEvent>,
}

impl Reader {
    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, async |mut reader| {
            let event = reader.next().await?;
            let text = serde_json::to_string(&event).ok()?;
            let event = Event::default()
                .event("transcript")
                .id(event.seq.to_string());
            Some((Ok(event.data(text)), reader))
        })
    }

    async fn next(&mut self) -> Option<TranscriptEvent> {
        let (mut events, mut messages) = self.live.changes();
        let mut access = self.state.store.access_changes();
        let shutdown = self.state.shutdown.clone();
        while self.waiting.is_empty() {
            events.mark_unchanged();
            messages.mark_unchanged();
            access.mark_unchanged();
            // Before each page: what a user may not see any more is not sent.
            let is_open = self.still_welcome().await?;
            let page = self.live.after(self.after, MAX_PAGE).await.ok()?;
            if let Some(last) = page.items.last() {
                self.after = last.seq;
                self.waiting.extend(page.items);
                break;
            }
            if !is_open {
                return None;
            }
            let pause = tokio::time::sleep(vestibule_model::stream::HEARTBEAT_EVERY.to_std());
            tokio::select! {
                () = shutdown.cancelled() => return None,
                changed = events.changed() => changed.ok()?,
                changed = messages.changed() => changed.ok()?,
                changed = access.changed() => changed.ok()?,
                () = pause => {}
            }
        }
        self.waiting.pop_front()
    }

    /// Returns whether the tab is open; `None` once the session or the permission has ended.
    async fn still_welcome(&self) -> Option<bool> {
        let (session, id) = (self.session.clone(), self.tab.id.clone());
        let found = self.state.db(move |store| {
            let identity = store.identity(&session, clock::now())?;
            crate::store::Result::Ok((identity, store.tab(&id)?))
        });
        match found.await {
            Ok((identity, tab)) => {
                let may = allows(&identity?.grants, Permission::WorkbenchOpen, &self.resource);
                may.then(|| tab.is_some_and(|tab| tab.is_open()))
            }
            // A failed check is no reason to end it.
            Err(_) => Some(true),
        }
    }
}

/// Returns an event as it stands in a downloaded transcript.
fn written(event: &TranscriptEvent) -> String {
    let text = plain(&event.text);
    let end = if event.continues { "" } else { "\n" };
    match event.kind {
        EventKind::User => format!("\n> {}\n\n", text.replace('\n', "\n> ")),
        EventKind::Exit | EventKind::Status => format!("[{text}]\n"),
        _ => format!("{text}{end}"),
    }
}

fn number(field: &str, text: Option<&str>) -> ApiResult<Option<u64>> {
    let number = text.map(str::parse).transpose();
    number.map_err(|_| problem::invalid_field(field, "Use a number, such as 815."))
}
