//! Election of the leading tab by a Web Lock, and messages between tabs.

use js_sys::{Function, Object, Promise, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use vestibule_client::stream::{LeadershipRequest, TabMessage};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};

/// Result of an election.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElectionResult {
    /// The stream is held by this tab.
    Mine,
    /// Another tab took the lead.
    Taken,
}

/// Connection to the other tabs. Dropping it gives up the lead.
pub struct BrowserTabs {
    name: String,
    locks: Object,
    request: Function,
    channel: BroadcastChannel,
    _listener: Closure<dyn FnMut(MessageEvent)>,
    /// Resolves the promise by which the lock is held.
    release: Rc<RefCell<Option<Function>>>,
    is_queued: Rc<RefCell<bool>>,
}

impl BrowserTabs {
    /// Returns `None` where the browser lacks locks or channels: then each tab is on its own.
    pub fn join(name: String, mut receive: impl FnMut(String) + 'static) -> Option<Self> {
        let navigator = Reflect::get(&leptos::prelude::window(), &"navigator".into()).ok()?;
        let locks: Object = Reflect::get(&navigator, &"locks".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let request = Reflect::get(&locks, &"request".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let channel = BroadcastChannel::new(&name).ok()?;
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                receive(text);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Some(Self {
            name,
            locks,
            request,
            channel,
            _listener: listener,
            release: Rc::default(),
            is_queued: Rc::default(),
        })
    }

    /// Sends a message to all other tabs.
    pub fn send(&self, word: TabMessage<'_>) {
        let _ = self.channel.post_message(&word.text().into());
    }

    /// Requests the lead; one place in the queue is enough. `elected` is called with each result, and
    /// with `Mine` where the browser refuses the request: then each tab is on its own.
    pub fn seek(&self, seek: LeadershipRequest, elected: impl Fn(ElectionResult) + 'static) {
        let is_queued = self.is_queued.clone();
        if seek == LeadershipRequest::Queue && is_queued.replace(true) {
            return;
        }
        let elected = Rc::new(elected);
        let is_granted = Rc::new(RefCell::new(false));
        let release = Rc::downgrade(&self.release);
        let (report, granted) = (elected.clone(), is_granted.clone());
        let queued = is_queued;
        let held = move |_: JsValue| {
            granted.replace(true);
            if seek == LeadershipRequest::Queue {
                queued.replace(false);
            }
            Promise::new(&mut |resolve, _| match release.upgrade() {
                Some(release) => {
                    release.replace(Some(resolve));
                    report(ElectionResult::Mine);
                }
                // The stream was closed meanwhile.
                None => drop(resolve.call0(&JsValue::NULL)),
            })
        };
        let options = Object::new();
        let _ = Reflect::set(
            &options,
            &"steal".into(),
            &(seek == LeadershipRequest::Steal).into(),
        );
        let requested = self.request.call3(
            &self.locks,
            &self.name.as_str().into(),
            &options,
            &Closure::once_into_js(held),
        );
        wasm_bindgen_futures::spawn_local(async move {
            let ended = match requested {
                Ok(promise) => JsFuture::from(Promise::resolve(&promise)).await,
                Err(error) => Err(error),
            };
            match (ended.is_ok(), *is_granted.borrow()) {
                // This tab gave it up.
                (true, _) => {}
                (false, true) => elected(ElectionResult::Taken),
                (false, false) => elected(ElectionResult::Mine),
            }
        });
    }

    /// Resigns from leadership.
    pub fn resign(&self) {
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

impl Drop for BrowserTabs {
    fn drop(&mut self) {
        self.resign();
        self.channel.close();
    }
}
