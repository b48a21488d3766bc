//! A button that copies text, and says that it did. Where the browser does not allow it, the text
//! is shown to be copied by hand.

use super::announcer::Announcer;
use super::button::{Button, Look};
use super::dialog::Dialog;
use super::live::live;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// How long it says so.
const SAID_MILLIS: u32 = 2_000;

/// Text that may have to be fetched first.
pub type Text = Pin<Box<dyn Future<Output = String>>>;

/// The button.
#[component]
pub fn CopyButton(
    label: &'static str,
    /// Asked for when it is pressed.
    text: Callback<(), Text>,
    #[prop(optional)] look: Look,
) -> impl IntoView {
    let said = RwSignal::new(false);
    let by_hand = RwSignal::new(false);
    let shown = RwSignal::new(String::new());
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let announcer = Announcer::get();
    let press = Callback::new(move |()| {
        let text = text.run(());
        spawn_local(async move {
            let text = text.await;
            if copy(&text).await.is_ok() {
                announcer.say("Copied");
                said.try_set(true);
                timer.try_set_value(Some(Timeout::new(SAID_MILLIS, move || {
                    said.try_set(false);
                })));
            } else {
                shown.try_set(text);
                by_hand.try_set(true);
            }
        });
    });
    view! {
        <Button look=look on_press=press>
            {live(move || if said.get() { "Copied" } else { label })}
        </Button>
        <Dialog open=by_hand title="Copy by hand">
            <p>"This browser does not let the page copy. Mark the text and copy it."</p>
            <textarea class="input" data-font="mono" rows="12" readonly=true autofocus=true aria-label="Text to copy">
                {shown.get_untracked()}
            </textarea>
        </Dialog>
    }
    .into_any()
}

/// There is no clipboard on pages without a secure connection, and it may be forbidden.
async fn copy(text: &str) -> Result<(), JsValue> {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into())?;
    if clipboard.is_undefined() {
        return Err(clipboard);
    }
    let promise = window().navigator().clipboard().write_text(text);
    JsFuture::from(promise).await.map(drop)
}
