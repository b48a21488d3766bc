//! Making the first administrator, once, by the link that the server printed.

use super::{Doorway, enter};
use crate::api::{self, ApiError};
use crate::hooks::{Session, Who, use_task};
use crate::routes::Page;
use crate::ui::{Button, Field, Look, Notice, PageHeading, Skeleton, live};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_model::auth::SetUp;
use vestibule_model::names::{MIN_PASSWORD_CHARS, check_password, check_username};

/// What becomes of the link.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Link {
    /// It is asked about.
    Asked,
    /// It works, or nobody could say.
    Open,
    /// It does not work: why.
    Refused(String),
}

/// The set-up page.
#[component]
pub fn SetUpPage(token: String) -> impl IntoView {
    let link = RwSignal::new(Link::Asked);
    if token.is_empty() {
        let text = "The address lacks its token. Open the whole link that the server printed when it started.";
        link.set(Link::Refused(text.to_owned()));
    } else {
        look_at(token.clone(), link);
    }
    view! {
        <Doorway>
            <PageHeading text="Set up Vestibule" />
            {live(move || match link.get() {
                Link::Asked => view! { <Skeleton lines=4 /> }.into_any(),
                Link::Open => view! { <Form token=token.clone() /> }.into_any(),
                Link::Refused(text) => {
                    let sign_in = Page::SignIn { next: None }.path();
                    view! {
                        <Notice>{text}</Notice>
                        <a class="button" data-look="primary" href=sign_in>"Go to sign in"</a>
                    }
                        .into_any()
                }
            })}
        </Doorway>
    }
    .into_any()
}

/// Asks about the link before anybody types. The server looks at the token first, and nobody has no
/// name: a link that works is answered with what is wrong with the fields.
fn look_at(token: String, link: RwSignal<Link>) {
    let body = SetUp {
        token,
        username: String::new(),
        password: String::new(),
    };
    leptos::task::spawn_local_scoped_with_cancellation(async move {
        let found = match api::set_up(body).await {
            Err(error @ ApiError::Forbidden(_)) => Link::Refused(error.sentence()),
            _ => Link::Open,
        };
        link.try_set(found);
    });
}

#[component]
fn Form(token: String) -> impl IntoView {
    let session = Session::get();
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
        let is_right = check_username("username", &body.username).is_ok()
            && check_password("password", &body.password).is_ok();
        if !is_right {
            return;
        }
        let navigate = navigate.clone();
        let work = enter(session, async { api::set_up(body).await.map(drop) });
        task.run(work, move |()| {
            if matches!(session.who.get_untracked(), Who::Somebody(_)) {
                navigate(&Page::Workspaces.path(), Default::default());
            }
        });
    };
    view! {
        <p class="door-hint">"Create the first administrator. This link works once."</p>
        <form class="form" method="post" on:submit=submit>
            <Field
                id="username"
                label="Username"
                value=username
                autocomplete="username"
                autofocus=true
                error=Signal::derive(move || problem_of("username"))
            />
            <Field
                id="password"
                label="Password"
                value=password
                kind="password"
                autocomplete="new-password"
                hint=format!("At least {MIN_PASSWORD_CHARS} characters.")
                error=Signal::derive(move || problem_of("password"))
            />
            {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
            <Button look=Look::Primary submit=true busy=task.busy>"Create administrator"</Button>
        </form>
    }
    .into_any()
}
