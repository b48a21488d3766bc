//! The connection on which the server tells what happens. The browser's own reconnecting is not
//! used: it is not spread out, and gives up without saying why (FIELD 30, 31).

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// The events that are listened to; `error` is the browser's own.
const KINDS: [&str; 12] = [
    "snapshot",
    "run-update",
    "run-removed",
    "workbench-update",
    "workbench-removed",
    "workspace-update",
    "workspace-removed",
    "build-update",
    "build-removed",
    "acknowledged",
    "heartbeat",
    "error",
];

/// What comes out of the connection.
#[derive(Debug)]
pub enum Heard {
    /// An event.
    Event {
        /// Its name.
        kind: String,
        /// The newest number so far.
        id: Option<u64>,
        /// Its body.
        data: String,
    },
    /// The connection broke, or none came about.
    Failed {
        /// There was an answer, and it was not a stream.
        refused: bool,
    },
}

/// A connection. It is closed, and nothing is heard any more, when this is dropped.
#[derive(Debug)]
pub struct EventStream {
    source: EventSource,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl EventStream {
    /// Opens a connection; `after` is the number of the last event that was heard.
    pub fn open(after: Option<u64>, mut hear: impl FnMut(Heard) + 'static) -> Option<Self> {
        let mut path = "/api/runs/stream".to_owned();
        if let Some(after) = after {
            path.push_str("?after=");
            path.push_str(&after.to_string());
        }
        let source = EventSource::new(&path).ok()?;
        let of = source.clone();
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let kind = event.type_();
            hear(if kind == "error" {
                let refused = of.ready_state() == EventSource::CLOSED;
                Heard::Failed { refused }
            } else {
                Heard::Event {
                    kind,
                    id: event.last_event_id().parse().ok(),
                    data: event.data().as_string().unwrap_or_default(),
                }
            });
        });
        for kind in KINDS {
            let _ =
                source.add_event_listener_with_callback(kind, listener.as_ref().unchecked_ref());
        }
        Some(Self {
            source,
            _listener: listener,
        })
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.source.close();
    }
}
