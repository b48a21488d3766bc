//! Reader of the event stream.

use crate::support::Client;
use axum::body::{Body, BodyDataStream};
use axum::http::{Method, StatusCode, header};
use futures_util::StreamExt as _;
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;

/// An event as the browser receives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: Option<u64>,
    pub data: Value,
}

/// Reader of the stream.
pub struct EventReader {
    body: BodyDataStream,
    text: String,
    received: VecDeque<Event>,
}

impl EventReader {
    pub async fn open(client: &Client<'_>, path: &str, last: Option<&str>) -> Self {
        let mut request = client.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = client.raw(request, Body::empty()).await;
        assert_eq!(response.status(), StatusCode::OK);
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_TYPE], "text/event-stream");
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache, no-transform");
        assert_eq!(headers["x-accel-buffering"], "no");
        Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
            received: VecDeque::new(),
        }
    }

    /// Returns the next event that isn't the repeated snapshot, or `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            let event = self.any().await?;
            if event.name != "init" {
                return Some(event);
            }
        }
    }

    async fn any(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.received.pop_front() {
                return Some(event);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(40), self.body.next());
            let chunk = chunk.await.expect("something comes")?.expect("whole");
            self.text
                .push_str(std::str::from_utf8(&chunk).expect("text"));
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                self.received.push_back(parse(event));
                self.text = rest.to_owned();
            }
        }
    }

    /// Returns the next event with this name.
    pub async fn next_named(&mut self, name: &str) -> Event {
        loop {
            let event = self.any().await.expect("the stream lasts");
            if event.name == name {
                return event;
            }
        }
    }
}

fn parse(text: &str) -> Event {
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|value| value.trim_start().to_owned())
    };
    Event {
        name: field("event:").unwrap_or_default(),
        id: field("id:").map(|id| id.parse().expect("a number")),
        data: serde_json::from_str(&field("data:").expect("data")).expect("JSON"),
    }
}

pub const STREAM: &str = "/api/runs/stream";
