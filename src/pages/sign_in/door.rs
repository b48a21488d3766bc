//! The card of the pages before sign-in, and functions that they share.

use super::texts;
use crate::api::ApiError;
use crate::routes::Page;
use crate::store::{Session, SessionUser};
use crate::ui::{Logo, Notice, Skeleton};
use leptos::prelude::*;
use vestibule_model::problem::Problem;

/// Narrow card below the logo. Its top stays in place, whatever errors are shown.
#[component]
pub fn Doorway(children: Children) -> impl IntoView {
    view! {
        <div class="door">
            <div class="door-card">
                <div class="door-mark"><Logo /></div>
                {children()}
            </div>
        </div>
    }
}

/// State of the one-time link that leads to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link<T> {
    /// The server has not answered yet.
    Checking,
    /// The link can be used.
    Open(T),
    /// The link cannot be used; a sentence that says why.
    Refused(String),
}

/// Returns the form behind a link that can be used, or else why it cannot.
pub fn behind_link<T: Clone + Send + Sync + 'static>(
    link: RwSignal<Link<T>>,
    form: impl Fn(T) -> AnyView + Send + 'static,
) -> impl IntoView {
    move || match link.get() {
        Link::Checking => view! { <Skeleton lines=4 /> }.into_any(),
        Link::Open(known) => form(known),
        Link::Refused(text) => {
            let sign_in = Page::SignIn { next: None }.path();
            view! {
                <Notice>{text}</Notice>
                <a class="button" data-variant="primary" href=sign_in>{texts::GO_TO_SIGN_IN}</a>
            }
            .into_any()
        }
    }
}

/// Signs in, and checks that the browser has kept the cookie: over plain http some do not.
pub async fn enter(
    session: Session,
    how: impl Future<Output = Result<(), ApiError>>,
) -> Result<(), ApiError> {
    how.await?;
    session.ask().await?;
    if session
        .user
        .try_with_untracked(|who| *who == SessionUser::SignedOut)
        == Some(true)
    {
        return Err(ApiError::Problem(Problem {
            detail: texts::NO_COOKIE.to_owned(),
            ..Problem::default()
        }));
    }
    Ok(())
}
