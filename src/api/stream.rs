//! The event stream. The browser's own reconnecting is not used: it has no jitter, and gives up
//! without a reason (FIELD 30, 31).

use vestibule_client::event::EVENT_NAMES;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// Path of the stream, with the journal entries of every workbench.
const PATH: &str = "/api/runs/stream?workbench=*";

/// The browser's own event, and the server's sign of life.
const OTHER_NAMES: [&str; 2] = ["error", "heartbeat"];

/// A message of the connection.
#[derive(Debug)]
pub enum StreamMessage {
    /// An event of the server.
    Event {
        /// The name of the event.
        name: String,
        /// The newest number so far.
        id: Option<u64>,
        /// The body.
        data: String,
    },
    /// The connection broke or could not be opened.
    Failed {
        /// `true` if the server answered with anything but a stream.
        refused: bool,
    },
}

/// Connection, closed when it is dropped.
#[derive(Debug)]
pub struct EventStream {
    source: EventSource,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl EventStream {
    /// Opens a connection. The stream begins after the event with the number `after`.
    pub fn open(
        after: Option<u64>,
        mut on_message: impl FnMut(StreamMessage) + 'static,
    ) -> Option<Self> {
        let path = match after {
            Some(after) => format!("{PATH}&after={after}"),
            None => PATH.to_owned(),
        };
        let source = EventSource::new(&path).ok()?;
        let of = source.clone();
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let name = event.type_();
            on_message(if name == "error" {
                let refused = of.ready_state() == EventSource::CLOSED;
                StreamMessage::Failed { refused }
            } else {
                StreamMessage::Event {
                    name,
                    id: event.last_event_id().parse().ok(),
                    data: event.data().as_string().unwrap_or_default(),
                }
            });
        });
        for name in EVENT_NAMES.into_iter().chain(OTHER_NAMES) {
            let _ =
                source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
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
