//! Button that copies text. Where the browser does not allow it, the text is shown in a dialog.

use super::announcer::Announcer;
use super::button::{Button, ButtonVariant};
use super::dialog::Dialog;
use super::icon::Icon;
use super::texts;
use super::toast::Toasts;
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

/// Text that may have to be fetched first, or why there is none.
pub type Text = Pin<Box<dyn Future<Output = Result<String, String>>>>;

/// Button that copies text. After that a check replaces its icon for a moment; its width stays, so
/// that no other button moves under the pointer. A failure is shown as a toast for the same reason.
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
    let is_busy = RwSignal::new(false);
    let (announcer, toasts) = (Announcer::expect(), Toasts::expect());
    let press = move || {
        let text = text.run(());
        is_busy.set(true);
        spawn_local(async move {
            let text = text.await;
            is_busy.try_set(false);
            let text = match text {
                Ok(text) => text,
                Err(why) => {
                    toasts.show(texts::not_copied(&why));
                    return;
                }
            };
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
        <Button variant=variant busy=is_busy on_press=press>
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

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::testing::{MountedPage, eval, until};
    use crate::ui::ToastRegion;
    use std::future::ready;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Mounts a button that copies `text` into a clipboard that the test can read.
    fn mount(text: Result<String, String>) -> MountedPage {
        eval(
            "window.copied = [];
             Object.defineProperty(navigator, 'clipboard', { configurable: true, value: {
               writeText: (text) => { window.copied.push(text); return Promise.resolve(); } } });",
        );
        MountedPage::mount(move || {
            let text = Callback::new(move |()| Box::pin(ready(text.clone())) as Text);
            view! {
                <CopyButton label="Copy it" text=text />
                <ToastRegion />
            }
            .into_any()
        })
    }

    fn copied() -> Option<String> {
        eval("window.copied.join('|')").as_string()
    }

    #[wasm_bindgen_test]
    async fn a_failed_request_is_told_and_nothing_is_copied() {
        let stage = mount(Err("The server can't be reached.".to_owned()));
        stage.wait("button").await.click();
        stage.wait(".toast").await;
        let text = stage.text();
        assert!(
            text.contains("Nothing was copied. The server can't be reached."),
            "{text}"
        );
        assert_eq!(copied().as_deref(), Some(""));
    }

    #[wasm_bindgen_test]
    async fn a_text_is_copied_as_it_is() {
        let stage = mount(Ok("the text".to_owned()));
        stage.wait("button").await.click();
        until("it is copied", || copied().as_deref() == Some("the text")).await;
        assert!(stage.find(".toast").is_none());
    }
}
