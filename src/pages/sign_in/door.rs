//! The card of both pages, and functions that sign-in and set-up share.

use super::texts;
use crate::api::ApiError;
use crate::store::{Session, Who};
use crate::ui::Logo;
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

/// Signs in, and checks that the browser has kept the cookie: over plain http some do not.
pub async fn enter(
    session: Session,
    how: impl Future<Output = Result<(), ApiError>>,
) -> Result<(), ApiError> {
    how.await?;
    session.ask().await?;
    if session.who.try_with_untracked(|who| *who == Who::Nobody) == Some(true) {
        return Err(ApiError::Problem(Problem {
            detail: texts::NO_COOKIE.to_owned(),
            ..Problem::default()
        }));
    }
    Ok(())
}
