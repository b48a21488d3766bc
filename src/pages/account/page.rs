//! The page.

use super::about::AboutSection;
use super::password::PasswordSection;
use super::rights::RightsSection;
use super::sessions::SessionsSection;
use super::texts;
use super::tokens::TokensSection;
use crate::store::{Breadcrumbs, Crumb, Session};
use crate::ui::PageHeading;
use leptos::prelude::*;
use vestibule_model::auth::Me;

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    Breadcrumbs::show(|| vec![Crumb::here(texts::TITLE)]);
    let session = Session::expect();
    let me = Memo::new(move |_| session.user.read().me().cloned());
    let user = Memo::new(move |_| me.read().as_ref().map(|me: &Me| me.user.clone()));
    view! {
        <div class="page" data-width="settings">
            <div class="page-top"><PageHeading text=texts::TITLE /></div>
            {move || user.get().map(|user| view! {
                <dl class="facts">
                    <dt>{texts::NAME}</dt>
                    <dd>{user.shown_name().to_owned()}</dd>
                    <dt>{texts::USERNAME}</dt>
                    <dd>{user.username.clone()}</dd>
                </dl>
                <PasswordSection username=user.username />
                <SessionsSection />
                <TokensSection me=me />
                <RightsSection me=me />
                <AboutSection />
            })}
        </div>
    }
}
