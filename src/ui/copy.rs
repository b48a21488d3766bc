//! Button that copies text. Where the browser does not allow it, the text is shown in a dialog.

use super::announcer::Announcer;
use super::button::{Button, ButtonVariant};
use super::dialog::Dialog;
use super::icon::Icon;
use super::texts;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Clipboard;

/// Time for which the button shows that it copied.
const CONFIRMATION_MILLIS: u32 = 2_000;

/// Text that may have to be fetched first.
pub type Text = Pin<Box<dyn Future<Output = String>>>;

/// Button that copies text. After that a check replaces its icon for a moment; its width stays, so
/// that no other button moves under the pointer.
#[component]
pub fn CopyButton(
    label: &'static str,
    /// Returns the text when the button is pressed.
    text: Callback<(), Text>,
    #[prop(optional)] variant: ButtonVariant,
) -> impl IntoView {
    let is_copied = RwSignal::new(false);
    let by_hand = RwSignal::new(false);
    let shown = RwSignal::new(String::new());
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let announcer = Announcer::get();
    let press = move || {
        let text = text.run(());
        spawn_local(async move {
            let text = text.await;
            if copy(&text).await.is_ok() {
                announcer.say(texts::COPIED);
                is_copied.try_set(true);
                timer.try_set_value(Some(Timeout::new(CONFIRMATION_MILLIS, move || {
                    is_copied.try_set(false);
                })));
            } else {
                shown.try_set(text);
                by_hand.try_set(true);
            }
        });
    };
    view! {
        <Button variant=variant on_press=press>
            {move || view! { <Icon name=if is_copied.get() { "check" } else { "copy" } /> }}
            {label}
        </Button>
        <Dialog open=by_hand title=texts::COPY_BY_HAND>
            <p>{texts::COPY_BY_HAND_HINT}</p>
            <textarea class="input" data-font="mono" rows="12" readonly=true autofocus=true aria-label=texts::TEXT_TO_COPY>
                {shown.get_untracked()}
            </textarea>
        </Dialog>
    }
}

#[wasm_bindgen]
extern "C" {
    /// Navigator whose clipboard is absent on pages without a secure connection.
    type PlainNavigator;

    #[wasm_bindgen(method, getter)]
    fn clipboard(this: &PlainNavigator) -> Option<Clipboard>;
}

async fn copy(text: &str) -> Result<(), JsValue> {
    let navigator: PlainNavigator = window().navigator().unchecked_into();
    let clipboard = navigator.clipboard().ok_or(JsValue::UNDEFINED)?;
    JsFuture::from(clipboard.write_text(text)).await.map(drop)
}
