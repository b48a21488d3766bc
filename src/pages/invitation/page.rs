//! The page on which an invited user chooses a password, once.

use super::texts;
use crate::api::{self, ApiError};
use crate::pages::sign_in::{Doorway, Link, behind_link, enter};
use crate::routes::Page;
use crate::store::{Session, use_task};
use crate::ui::{Button, ButtonVariant, Field, Notice, PageHeading, focus_id};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use vestibule_model::auth::{AcceptInvitation, Invited};
use vestibule_model::validation::check_password;

/// The page.
#[component]
pub fn InvitationPage(token: String) -> impl IntoView {
    let link = RwSignal::new(Link::Checking);
    if token.is_empty() {
        link.set(Link::Refused(texts::NO_TOKEN.to_owned()));
    } else {
        let requested = api::invitation(token.clone());
        leptos::task::spawn_local_scoped_with_cancellation(async move {
            link.try_set(match requested.await {
                Ok(invited) => Link::Open(invited),
                Err(error) => Link::Refused(error.sentence()),
            });
        });
    }
    view! {
        <Doorway>
            <PageHeading text=texts::TITLE />
            {behind_link(link, move |invited| view! { <Form token=token.clone() invited /> }.into_any())}
        </Doorway>
    }
}

#[component]
fn Form(token: String, invited: Invited) -> impl IntoView {
    let session = Session::expect();
    let password = RwSignal::new(String::new());
    let username = RwSignal::new(invited.username);
    let tried = RwSignal::new(false);
    let task = use_task();
    let navigate = use_navigate();
    let error = Signal::derive(move || {
        let own = tried
            .get()
            .then(|| check_password("password", &password.read()).err());
        let own = own.flatten().map(|error| error.message);
        let of_server = |error: &ApiError| error.of_field("password");
        own.or_else(|| task.error.read().as_ref().and_then(of_server))
    });
    let other_error = move || {
        let error = task.error.get()?;
        let is_shown = error.of_field("password").is_some();
        (!is_shown).then(|| view! { <Notice>{error.sentence()}</Notice> })
    };
    request_animation_frame(|| {
        focus_id("password");
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let body = AcceptInvitation {
            token: token.clone(),
            password: password.get_untracked(),
        };
        if check_password("password", &body.password).is_err() {
            focus_id("password");
            return;
        }
        let navigate = navigate.clone();
        let work = enter(session, api::accept_invitation(body));
        task.run(work, move |()| {
            if session.user.read_untracked().me().is_some() {
                // The used link stays out of the browser's history.
                let options = NavigateOptions {
                    replace: true,
                    ..NavigateOptions::default()
                };
                navigate(&Page::Workspaces.path(), options);
            }
        });
    };
    view! {
        <p class="door-hint">{texts::HINT}</p>
        <form class="form" method="post" on:submit=submit novalidate=true>
            <div class="field">
                <label for="username">{texts::USERNAME}</label>
                <input class="input" id="username" readonly=true autocomplete="username" value=username />
                <p class="field-note">{texts::USERNAME_HINT}</p>
            </div>
            <Field
                id="password"
                label=texts::PASSWORD
                value=password
                kind="password"
                autocomplete="new-password"
                autofocus=true
                hint=texts::password_hint()
                error=error
            />
            {other_error}
            <Button variant=ButtonVariant::Primary submit=true busy=task.busy>{texts::ACCEPT}</Button>
        </form>
    }
}
