//! The end of a message channel whose other end a terminal's document has.

use crate::pages::workbench::tabs::wire::DocumentMessage;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageEvent, MessagePort};

/// Message of a document.
pub enum Message {
    /// Typed or pasted bytes.
    Input(Vec<u8>),
    /// Any other message.
    Text(DocumentMessage),
}

/// The end of the channel. It closes when it is dropped.
pub struct Port {
    port: MessagePort,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Port {
    /// Receives messages at an end.
    pub fn new(port: MessagePort, on_message: impl Fn(Message) + 'static) -> Self {
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            let message = match data.as_string() {
                Some(text) => DocumentMessage::parse(&text).map(Message::Text),
                None => data
                    .dyn_into::<js_sys::ArrayBuffer>()
                    .ok()
                    .map(|bytes| Message::Input(js_sys::Uint8Array::new(&bytes).to_vec())),
            };
            if let Some(message) = message {
                on_message(message);
            }
        });
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Self {
            port,
            _listener: listener,
        }
    }

    /// Sends output to draw.
    pub fn draw(&self, bytes: &[u8]) {
        let _ = self
            .port
            .post_message(&js_sys::Uint8Array::from(bytes).buffer());
    }

    /// Sends a text.
    pub fn say(&self, text: &str) {
        let _ = self.port.post_message(&text.into());
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}
