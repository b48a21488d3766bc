//! The list of users.

use crate::api;
use crate::pages::admin::{AdminFrame, Area};
use crate::pages::shared::FreshnessBar;
use crate::routes::Page;
use crate::store::{Breadcrumbs, Crumb, Polled, use_polled};
use crate::ui::{PageHeading, Skeleton};
use leptos::prelude::*;
use vestibule_model::list::List;
use vestibule_model::people::Account;

/// The page.
#[component]
pub fn UsersPage() -> impl IntoView {
    Breadcrumbs::show(|| vec![Crumb::here(Area::Users.title())]);
    view! {
        <AdminFrame area=Area::Users>
            <Content />
        </AdminFrame>
    }
}

#[component]
fn Content() -> impl IntoView {
    let users: Polled<List<Account>> = use_polled(api::USERS);
    view! {
        <div class="page-top"><PageHeading text=Area::Users.title() /></div>
        <FreshnessBar freshness=users.freshness on_retry=move || users.retry() />
        {move || match users.data.get() {
            None => view! { <Skeleton lines=5 /> }.into_any(),
            Some(list) => view! {
                <ul>{list.items.into_iter().map(|user| view! { <li><a href=Page::User(user.id).path()>{user.username}</a></li> }).collect_view()}</ul>
            }
                .into_any(),
        }}
    }
}
