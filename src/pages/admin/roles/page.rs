//! The list of roles.

use crate::api;
use crate::pages::admin::{AdminFrame, Area};
use crate::pages::shared::FreshnessBar;
use crate::store::{Breadcrumbs, Crumb, Polled, use_polled};
use crate::ui::{PageHeading, Skeleton};
use leptos::prelude::*;
use vestibule_model::access::Role;
use vestibule_model::list::List;

/// The page.
#[component]
pub fn RolesPage() -> impl IntoView {
    Breadcrumbs::show(|| vec![Crumb::here(Area::Roles.title())]);
    view! {
        <AdminFrame area=Area::Roles>
            <Content />
        </AdminFrame>
    }
}

#[component]
fn Content() -> impl IntoView {
    let roles: Polled<List<Role>> = use_polled(api::ROLES);
    view! {
        <div class="page-top"><PageHeading text=Area::Roles.title() /></div>
        <FreshnessBar freshness=roles.freshness on_retry=move || roles.retry() />
        {move || match roles.data.get() {
            None => view! { <Skeleton lines=5 /> }.into_any(),
            Some(list) => view! {
                <ul class="cards">
                    {list.items.into_iter().map(|role| view! {
                        <li class="card">
                            <h2 class="card-title">{role.title}</h2>
                            <p class="card-note">{role.description}</p>
                        </li>
                    }).collect_view()}
                </ul>
            }
                .into_any(),
        }}
    }
}
