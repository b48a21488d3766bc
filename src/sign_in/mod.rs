//! Coming in: signing in, and setting up the first administrator.

mod set_up;

pub use set_up::SetUpPage;

use crate::api::{self, ApiError};
use crate::hooks::{Session, Who, use_task};
use crate::ui::{Button, Field, Logo, Look, Notice, PageHeading, focus_id, live};
use leptos::prelude::*;
use vestibule_model::auth::SignIn;

/// The sign-in page. Where one goes next is the frame's affair.
#[component]
pub fn SignInPage() -> impl IntoView {
    let session = Session::get();
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let task = use_task();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let body = SignIn {
            username: username.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        if body.username.is_empty() || body.password.is_empty() {
            focus_id(if body.username.is_empty() {
                "username"
            } else {
                "password"
            });
            return;
        }
        task.run(
            enter(session, async { api::sign_in(body).await.map(drop) }),
            |()| {},
        );
    };
    let needs_set_up = move || {
        session
            .config
            .with(|c| c.as_ref().is_some_and(|c| c.needs_set_up))
    };
    view! {
        <Doorway>
            <PageHeading text="Sign in" />
            {live(move || {
                needs_set_up()
                    .then(|| {
                        view! {
                            <p class="door-hint">
                                "Nobody can sign in yet. The server printed a one-time set-up link when it started: open it to create the administrator."
                            </p>
                        }
                    })
            })}
            <form class="form" method="post" on:submit=submit>
                <Field id="username" label="Username" value=username autocomplete="username" autofocus=true />
                <Field id="password" label="Password" value=password kind="password" autocomplete="current-password" />
                {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
                <Button look=Look::Primary submit=true busy=task.busy>"Sign in"</Button>
            </form>
        </Doorway>
    }
    .into_any()
}

/// A narrow card under the mark.
#[component]
fn Doorway(children: Children) -> impl IntoView {
    view! {
        <div class="door">
            <div class="door-card">
                <div class="door-mark"><Logo /></div>
                {children()}
            </div>
        </div>
    }
    .into_any()
}

/// Comes in, and sees whether the browser kept the cookie: over plain http some do not.
async fn enter(
    session: Session,
    how: impl Future<Output = Result<(), ApiError>>,
) -> Result<(), ApiError> {
    how.await?;
    session.ask().await?;
    if session.who.try_with_untracked(|who| *who == Who::Nobody) == Some(true) {
        return Err(ApiError::Problem(vestibule_model::problem::Problem {
            detail: "The name and password are right, but this browser did not keep the session's \
                     cookie. It keeps it over https, and at an address that ends in .localhost. \
                     Open Vestibule there, or start the server with --insecure-cookies on a \
                     loopback address."
                .to_owned(),
            ..Default::default()
        }));
    }
    Ok(())
}
