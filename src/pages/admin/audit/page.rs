//! The list of audit entries.

use crate::api;
use crate::pages::admin::{AdminFrame, Area};
use crate::pages::shared::FreshnessBar;
use crate::store::{Breadcrumbs, Crumb, Polled, use_polled};
use crate::ui::{PageHeading, Skeleton, When};
use leptos::prelude::*;
use vestibule_model::list::List;
use vestibule_model::people::AuditEntry;

/// The page.
#[component]
pub fn AuditPage() -> impl IntoView {
    Breadcrumbs::show(|| vec![Crumb::here(Area::Audit.title())]);
    view! {
        <AdminFrame area=Area::Audit>
            <Content />
        </AdminFrame>
    }
}

#[component]
fn Content() -> impl IntoView {
    let entries: Polled<List<AuditEntry>> = use_polled(api::AUDIT);
    view! {
        <div class="page-top"><PageHeading text=Area::Audit.title() /></div>
        <FreshnessBar freshness=entries.freshness on_retry=move || entries.retry() />
        {move || match entries.data.get() {
            None => view! { <Skeleton lines=5 /> }.into_any(),
            Some(list) => view! {
                <ul>
                    {list.items.into_iter().map(|entry| view! {
                        <li>
                            {entry.actor_name}" " <code>{entry.action}</code>" "{entry.target_name}" "
                            <span class="quiet"><When at=Signal::stored(Some(entry.at)) /></span>
                        </li>
                    }).collect_view()}
                </ul>
            }
                .into_any(),
        }}
    }
}
