//! A generated password, shown once.

use super::texts;
use crate::ui::{CopyButton, Text};
use leptos::prelude::*;
use std::future::ready;

/// A generated password with the button that copies it.
#[component]
pub fn OneTimePassword(password: String) -> impl IntoView {
    let copied = password.clone();
    let text = Callback::new(move |()| Box::pin(ready(Ok(copied.clone()))) as Text);
    view! {
        <div class="field">
            <label for="one-time-password">{texts::PASSWORD}</label>
            <div class="input-row">
                <input
                    class="input"
                    id="one-time-password"
                    data-font="mono"
                    readonly=true
                    autofocus=true
                    autocomplete="off"
                    value=password
                />
                <CopyButton label=texts::COPY_PASSWORD text=text />
            </div>
            <p class="field-note">{texts::SHOWN_ONCE}</p>
        </div>
    }
}
