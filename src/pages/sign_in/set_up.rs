//! The page that creates the first administrator, once, by the link that the server has printed.

use super::door::{Doorway, Link, behind_link, enter};
use super::texts;
use crate::api::{self, ApiError};
use crate::routes::Page;
use crate::store::{Session, use_task};
use crate::ui::{Button, ButtonVariant, Field, Notice, PageHeading, focus_id};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_model::auth::SetUp;
use vestibule_model::validation::{check_password, check_username};

/// The set-up page.
#[component]
pub fn SetUpPage(token: String) -> impl IntoView {
    let link = RwSignal::new(Link::Checking);
    if token.is_empty() {
        link.set(Link::Refused(texts::NO_TOKEN.to_owned()));
    } else {
        check_link(token.clone(), link);
    }
    view! {
        <Doorway>
            <PageHeading text=texts::SET_UP />
            {behind_link(link, move |()| view! { <Form token=token.clone() /> }.into_any())}
        </Doorway>
    }
}

/// Checks the link before anything is typed. The server checks the token first: a link that works is
/// answered with the problems of the empty fields.
fn check_link(token: String, link: RwSignal<Link<()>>) {
    let body = SetUp {
        token,
        username: String::new(),
        password: String::new(),
    };
    leptos::task::spawn_local_scoped_with_cancellation(async move {
        let found = match api::set_up(body).await {
            Err(error @ ApiError::Forbidden(_)) => Link::Refused(error.sentence()),
            // Another error may pass until the form is sent.
            _ => Link::Open(()),
        };
        link.try_set(found);
    });
}

#[component]
fn Form(token: String) -> impl IntoView {
    let session = Session::expect();
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let tried = RwSignal::new(false);
    let task = use_task();
    let navigate = use_navigate();
    let problem_of = move |field: &'static str| {
        let own = tried.get().then(|| match field {
            "username" => check_username(field, &username.read()).err(),
            _ => check_password(field, &password.read()).err(),
        });
        let own = own.flatten().map(|problem| problem.message);
        own.or_else(|| {
            task.error
                .read()
                .as_ref()
                .and_then(|error| error.of_field(field))
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let body = SetUp {
            token: token.clone(),
            username: username.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        if check_username("username", &body.username).is_err() {
            focus_id("username");
            return;
        }
        if check_password("password", &body.password).is_err() {
            focus_id("password");
            return;
        }
        let navigate = navigate.clone();
        let work = enter(session, async { api::set_up(body).await.map(drop) });
        task.run(work, move |()| {
            if session.user.read_untracked().me().is_some() {
                navigate(&Page::Workspaces.path(), Default::default());
            }
        });
    };
    view! {
        <p class="door-hint">{texts::SET_UP_HINT}</p>
        <form class="form" method="post" on:submit=submit>
            <Field
                id="username"
                label=texts::USERNAME
                value=username
                autocomplete="username"
                autofocus=true
                error=Signal::derive(move || problem_of("username"))
            />
            <Field
                id="password"
                label=texts::PASSWORD
                value=password
                kind="password"
                autocomplete="new-password"
                hint=texts::password_hint()
                error=Signal::derive(move || problem_of("password"))
            />
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <Button variant=ButtonVariant::Primary submit=true busy=task.busy>{texts::CREATE}</Button>
        </form>
    }
}
