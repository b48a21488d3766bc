//! The page.

use super::texts;
use crate::store::{Breadcrumbs, Crumb, Session, Who};
use crate::ui::PageHeading;
use leptos::prelude::*;

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    Breadcrumbs::show(|| vec![Crumb::here(texts::TITLE)]);
    let session = Session::get();
    let user = Memo::new(move |_| match &*session.who.read() {
        Who::Somebody(me) => Some(me.user.clone()),
        Who::Asking | Who::Nobody => None,
    });
    view! {
        <div class="page" data-width="settings">
            <div class="page-top"><PageHeading text=texts::TITLE /></div>
            {move || user.get().map(|user| view! {
                <dl class="facts">
                    <dt>{texts::NAME}</dt>
                    <dd>{user.shown_name().to_owned()}</dd>
                    <dt>{texts::USERNAME}</dt>
                    <dd>{user.username}</dd>
                </dl>
            })}
        </div>
    }
}
