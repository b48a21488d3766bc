//! The sign-in page. The app leads on from it.

use super::door::{Doorway, enter};
use super::providers::{ProviderLinks, ProviderProblem, read_sign_in_ways};
use super::texts;
use crate::api;
use crate::store::{Session, use_task};
use crate::ui::{Button, ButtonVariant, Field, MarkKind, Notice, PageHeading, focus_id};
use leptos::prelude::*;
use vestibule_model::auth::SignIn;

/// The page.
#[component]
pub fn SignInPage(
    /// `true` if the session ended without "Sign out" in this tab.
    is_unexpected: RwSignal<bool>,
) -> impl IntoView {
    let session = Session::expect();
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let tried = RwSignal::new(false);
    let task = use_task();
    let ways = read_sign_in_ways();
    request_animation_frame(|| {
        focus_id("username");
    });
    let missing = move |value: RwSignal<String>, text: &'static str| {
        Signal::derive(move || {
            let is_missing = tried.get() && value.read().trim().is_empty();
            is_missing.then(|| text.to_owned())
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let body = SignIn {
            username: username.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        if body.username.is_empty() {
            focus_id("username");
        } else if body.password.is_empty() {
            focus_id("password");
        } else {
            let work = enter(session, async { api::sign_in(body).await.map(drop) });
            task.run(work, |()| {});
        }
    };
    let needs_set_up = Memo::new(move |_| {
        let config = session.config.read();
        config.as_ref().is_some_and(|config| config.needs_set_up)
    });
    view! {
        <Doorway>
            <PageHeading text=texts::SIGN_IN quiet=true />
            {move || is_unexpected.get().then(|| view! {
                <Notice kind=MarkKind::Waiting>{texts::SIGNED_OUT}</Notice>
            })}
            <ProviderProblem ways />
            {move || needs_set_up.get().then(|| view! { <p class="door-hint">{texts::NEEDS_SET_UP}</p> })}
            <Show when=move || !needs_set_up.get()>
                <form class="form" method="post" on:submit=submit novalidate=true>
                    <Field
                        id="username"
                        label=texts::USERNAME
                        value=username
                        autocomplete="username"
                        autofocus=true
                        error=missing(username, texts::ENTER_USERNAME)
                    />
                    <Field
                        id="password"
                        label=texts::PASSWORD
                        value=password
                        kind="password"
                        autocomplete="current-password"
                        error=missing(password, texts::ENTER_PASSWORD)
                    />
                    {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
                    <Button variant=ButtonVariant::Primary submit=true busy=task.busy>{texts::SIGN_IN}</Button>
                </form>
                <ProviderLinks ways />
            </Show>
        </Doorway>
    }
}
