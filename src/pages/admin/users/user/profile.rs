//! The section with the display name and the address.

use super::watch::UserWatch;
use crate::api;
use crate::pages::admin::users::texts;
use crate::pages::shared::texts as shared;
use crate::store::use_tracked_task;
use crate::ui::{Announcer, Button, ButtonVariant, Field, FieldValue, Notice, focus_id};
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::people::{MAX_EMAIL_CHARS, MAX_TITLE_CHARS, check_email, check_title};

/// The section. Typed text stays while the user is changed elsewhere.
#[component]
pub fn ProfileSection(watch: UserWatch) -> impl IntoView {
    let is_refused = Memo::new(move |_| watch.refusal.read().is_some());
    view! {
        <section class="setting" aria-labelledby="user-profile">
            <h2 id="user-profile">{texts::PROFILE}</h2>
            {move || match is_refused.get() {
                true => view! {
                    <dl class="facts">
                        <dt>{texts::EMAIL}</dt>
                        <dd>{move || watch.user.read().email.clone().unwrap_or_else(|| "–".to_owned())}</dd>
                    </dl>
                    <p class="quiet">{watch.refusal}</p>
                }
                    .into_any(),
                false => view! { <Form watch=watch /> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Form(watch: UserWatch) -> impl IntoView {
    // `None` while the field shows the stored value.
    let [name, email] = [(); 2].map(|()| RwSignal::new(None::<String>));
    let problems = RwSignal::new([None::<String>, None]);
    let task = use_tracked_task(Request::Save);
    let announcer = Announcer::expect();
    let stored_name = Memo::new(move |_| watch.user.read().display_name.clone());
    let stored_email = Memo::new(move |_| watch.user.read().email.clone().unwrap_or_default());
    let value = |typed: RwSignal<Option<String>>, stored: Memo<String>| {
        let text = Signal::derive(move || typed.get().unwrap_or_else(|| stored.get()));
        let on_input = Callback::new(move |text: String| {
            typed.set((text != *stored.read_untracked()).then_some(text));
        });
        (text, FieldValue::new(text, on_input))
    };
    let (name_text, name_value) = value(name, stored_name);
    let (email_text, email_value) = value(email, stored_email);
    let is_changed = Memo::new(move |_| name.read().is_some() || email.read().is_some());
    let error_of = move |field: &'static str, own: usize| {
        Signal::derive(move || {
            let of_server = || {
                task.error
                    .read()
                    .as_ref()
                    .and_then(|error| error.of_field(field))
            };
            problems.read()[own].clone().or_else(of_server)
        })
    };
    let other_error = move || {
        let error = task.error.get()?;
        let is_shown = error
            .of_field("displayName")
            .or(error.of_field("email"))
            .is_some();
        (!is_shown).then(|| view! { <Notice>{error.sentence()}</Notice> })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if !is_changed.get_untracked() {
            return;
        }
        let shown = check_title("displayName", &name_text.get_untracked(), false);
        let address = email_text.get_untracked().trim().to_owned();
        let address = match address.is_empty() {
            true => Ok(None),
            false => check_email("email", &address).map(Some),
        };
        problems.set([
            shown.as_ref().err().map(|error| error.message.clone()),
            address.as_ref().err().map(|error| error.message.clone()),
        ]);
        match (shown, address) {
            (Ok(shown), Ok(address)) => {
                let id = watch.user.read_untracked().id.clone();
                task.run(api::edit_user(id, shown, address), move |user| {
                    name.set(None);
                    email.set(None);
                    watch.put(user);
                    announcer.say(texts::SAVED);
                });
            }
            (Err(_), _) => {
                focus_id("display-name");
            }
            (_, Err(_)) => {
                focus_id("email");
            }
        }
    };
    let unchanged =
        Signal::derive(move || (!is_changed.get()).then(|| shared::NOTHING_CHANGED.to_owned()));
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <Field
                id="display-name"
                label=texts::DISPLAY_NAME
                value=name_value
                maxlength=MAX_TITLE_CHARS
                error=error_of("displayName", 0)
            />
            <Field
                id="email"
                label=texts::EMAIL
                kind="email"
                value=email_value
                hint=texts::EMAIL_HINT
                maxlength=MAX_EMAIL_CHARS
                error=error_of("email", 1)
            />
            {other_error}
            <div class="actions">
                <Button
                    variant=ButtonVariant::Primary
                    submit=true
                    busy=task.busy
                    refused=unchanged
                >
                    {texts::SAVE}
                </Button>
            </div>
        </form>
    }
}
