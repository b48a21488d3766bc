//! The tabs of one browser among themselves: who leads, and what they tell each other.

use js_sys::{Function, Object, Promise, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use vestibule_model::feed::{Seek, Word};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};

/// What became of asking for the lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// This tab has it.
    Mine,
    /// It was taken by another.
    Taken,
}

/// This tab's ties to the others. The lead is given up when they are dropped.
pub struct Tabs {
    name: String,
    locks: Object,
    request: Function,
    channel: BroadcastChannel,
    _listener: Closure<dyn FnMut(MessageEvent)>,
    /// Resolves the promise by which the lock is held.
    release: Rc<RefCell<Option<Function>>>,
    is_queued: Rc<RefCell<bool>>,
}

impl Tabs {
    /// None where the browser lacks either of the two ways; then each tab is on its own.
    pub fn join(name: String, mut hear: impl FnMut(String) + 'static) -> Option<Self> {
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
                hear(text);
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

    /// Says something to all other tabs.
    pub fn say(&self, word: Word<'_>) {
        let _ = self.channel.post_message(&word.text().into());
    }

    /// Asks for the lead; one place in the queue is enough. `became` hears of it later, and with
    /// `Mine` also where the browser refuses the question: then each tab is on its own.
    pub fn seek(&self, seek: Seek, became: impl Fn(Lead) + 'static) {
        let is_queued = self.is_queued.clone();
        if seek == Seek::Queue && is_queued.replace(true) {
            return;
        }
        let became = Rc::new(became);
        let is_granted = Rc::new(RefCell::new(false));
        let release = Rc::downgrade(&self.release);
        let (tell, granted) = (became.clone(), is_granted.clone());
        let queued = is_queued;
        let held = move |_: JsValue| {
            granted.replace(true);
            if seek == Seek::Queue {
                queued.replace(false);
            }
            Promise::new(&mut |resolve, _| match release.upgrade() {
                Some(release) => {
                    release.replace(Some(resolve));
                    tell(Lead::Mine);
                }
                // Nobody is there to lead any more.
                None => drop(resolve.call0(&JsValue::NULL)),
            })
        };
        let options = Object::new();
        let _ = Reflect::set(&options, &"steal".into(), &(seek == Seek::Steal).into());
        let asked = self.request.call3(
            &self.locks,
            &self.name.as_str().into(),
            &options,
            &Closure::once_into_js(held),
        );
        wasm_bindgen_futures::spawn_local(async move {
            let ended = match asked {
                Ok(promise) => JsFuture::from(Promise::resolve(&promise)).await,
                Err(error) => Err(error),
            };
            match (ended.is_ok(), *is_granted.borrow()) {
                // Given up by ourselves.
                (true, _) => {}
                (false, true) => became(Lead::Taken),
                (false, false) => became(Lead::Mine),
            }
        });
    }

    /// Gives the lead up.
    pub fn resign(&self) {
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.resign();
        self.channel.close();
    }
}
