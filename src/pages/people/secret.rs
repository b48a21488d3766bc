//! A generated password or an invitation link, shown once.

use super::texts;
use crate::ui::{CopyButton, Text, focus_id};
use leptos::prelude::*;
use std::future::ready;

/// Identifier of the field.
const ID: &str = "one-time-secret";

/// A generated password with the button that copies it.
#[component]
pub fn OneTimePassword(password: String) -> impl IntoView {
    secret(
        texts::PASSWORD,
        texts::COPY_PASSWORD,
        texts::SHOWN_ONCE,
        password,
    )
}

/// The link of an invitation with the button that copies it.
#[component]
pub fn InvitationLink(link: String) -> impl IntoView {
    secret(texts::LINK, texts::COPY_LINK, texts::LINK_SHOWN_ONCE, link)
}

/// Moves the focus to what is shown once.
pub fn focus_secret() {
    focus_id(ID);
}

fn secret(
    label: &'static str,
    copy: &'static str,
    note: &'static str,
    value: String,
) -> impl IntoView {
    let copied = value.clone();
    let text = Callback::new(move |()| Box::pin(ready(Ok(copied.clone()))) as Text);
    view! {
        <div class="field">
            <label for=ID>{label}</label>
            <div class="input-row">
                <input
                    class="input"
                    id=ID
                    data-font="mono"
                    readonly=true
                    autofocus=true
                    autocomplete="off"
                    value=value
                />
                <CopyButton label=copy text=text />
            </div>
            <p class="field-note">{note}</p>
        </div>
    }
}
