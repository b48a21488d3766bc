//! The dialog that creates an access token, and shows it once.

use super::texts;
use crate::api::{self, clock};
use crate::store::use_task;
use crate::ui::{Announcer, Button, ButtonVariant, CopyButton, Field, Notice, Text};
use leptos::prelude::*;
use std::collections::BTreeSet;
use std::future::ready;
use vestibule_model::account::{CreatedToken, NewToken};
use vestibule_model::auth::Me;
use vestibule_model::time::Millis;

/// Offered lives of a token, in days.
const LIVES: [i64; 4] = [7, 30, 90, 365];

/// The form, and then the token.
#[component]
pub fn TokenForm(
    me: Memo<Option<Me>>,
    open: RwSignal<bool>,
    on_created: Callback<()>,
) -> impl IntoView {
    let created = RwSignal::new(None::<CreatedToken>);
    let announcer = Announcer::expect();
    let done = Callback::new(move |token: CreatedToken| {
        announcer.say(texts::token_created(&token.token.name));
        created.try_set(Some(token));
        on_created.run(());
    });
    move || match created.get() {
        Some(created) => view! { <Shown secret=created.secret open=open /> }.into_any(),
        None => view! { <Form me=me open=open on_created=done /> }.into_any(),
    }
}

#[component]
fn Form(
    me: Memo<Option<Me>>,
    open: RwSignal<bool>,
    on_created: Callback<CreatedToken>,
) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let days = RwSignal::new(LIVES[1]);
    let chosen = RwSignal::new(BTreeSet::<String>::new());
    let problem = RwSignal::new(None::<&'static str>);
    let task = use_task();
    let name_error = Signal::derive(move || {
        let error = task.error.read();
        error.as_ref().and_then(|error| error.of_field("name"))
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = NewToken {
            name: name.get_untracked(),
            permissions: chosen.get_untracked().into_iter().collect(),
            expires_at: clock::now() + Millis::from_secs(days.get_untracked() * 24 * 3600),
        };
        problem.set(match &body {
            body if body.name.trim().is_empty() => Some(texts::NO_NAME),
            body if body.permissions.is_empty() => Some(texts::NO_PERMISSION),
            _ => None,
        });
        if problem.read_untracked().is_none() {
            task.run(api::create_token(body), move |token| on_created.run(token));
        }
    };
    let error = move || {
        let other = || {
            let error = task.error.get().filter(|_| name_error.read().is_none());
            error.map(|error| error.sentence())
        };
        let text = problem.get().map(str::to_owned).or_else(other);
        text.map(|text| view! { <Notice>{text}</Notice> })
    };
    let boxes = move || {
        let names = me.get().map(|me| me.permissions).unwrap_or_default();
        let boxes = names
            .into_iter()
            .map(|name| view! { <Choice name=name chosen=chosen /> });
        boxes.collect_view()
    };
    let lives = LIVES.map(|life| {
        view! { <option value=life.to_string() selected=life == LIVES[1]>{texts::days(life)}</option> }
    });
    let cancel = Callback::new(move |()| open.set(false));
    view! {
        <form class="form" on:submit=submit>
            <Field
                id="token-name"
                label=texts::TOKEN_NAME
                value=name
                hint=texts::TOKEN_NAME_HINT
                error=name_error
                autofocus=true
                maxlength=200
            />
            <div class="field">
                <label for="token-life">{texts::EXPIRES}</label>
                <select
                    class="input"
                    id="token-life"
                    on:change=move |event| {
                        days.set(event_target_value(&event).parse().unwrap_or(LIVES[1]));
                    }
                >
                    {lives}
                </select>
            </div>
            <fieldset class="account-boxes" aria-describedby="token-permissions-hint">
                <legend class="label">{texts::PERMISSIONS}</legend>
                <p class="field-note" id="token-permissions-hint">{texts::PERMISSIONS_HINT}</p>
                {boxes}
            </fieldset>
            {error}
            <div class="dialog-actions">
                <Button on_press=cancel>{texts::CANCEL}</Button>
                <Button submit=true variant=ButtonVariant::Primary busy=task.busy>{texts::NEW_TOKEN}</Button>
            </div>
        </form>
    }
}

#[component]
fn Choice(name: String, chosen: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let label = name.clone();
    let change = move |event: web_sys::Event| {
        let is_chosen = event_target_checked(&event);
        chosen.update(|all| {
            if is_chosen {
                all.insert(name.clone());
            } else {
                all.remove(&name);
            }
        });
    };
    view! {
        <label class="account-box">
            <input type="checkbox" on:change=change />
            <code>{label}</code>
        </label>
    }
}

/// The created token.
#[component]
fn Shown(secret: String, open: RwSignal<bool>) -> impl IntoView {
    let copied = secret.clone();
    let text = Callback::new(move |()| Box::pin(ready(Ok(copied.clone()))) as Text);
    let close = Callback::new(move |()| open.set(false));
    view! {
        <p>{texts::TOKEN_ONCE}</p>
        <input
            class="input"
            data-font="mono"
            type="text"
            id="created-token"
            readonly=true
            aria-label=texts::TOKEN_LABEL
            value=secret
        />
        <div class="dialog-actions">
            <CopyButton label=texts::COPY_TOKEN text=text variant=ButtonVariant::Primary />
            <Button on_press=close>{texts::CLOSE}</Button>
        </div>
    }
}
