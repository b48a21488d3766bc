//! The page of the administration.

use super::form::LimitsForm;
use super::texts;
use crate::api;
use crate::pages::admin::{AdminFrame, Area};
use crate::store::{Breadcrumbs, Crumb, use_task};
use crate::ui::{Notice, PageHeading, Skeleton};
use leptos::prelude::*;
use vestibule_model::time_limits::TimeLimits;

/// The page.
#[component]
pub fn LimitsPage() -> impl IntoView {
    Breadcrumbs::show(|| vec![Crumb::here(Area::Limits.title())]);
    view! {
        <AdminFrame area=Area::Limits>
            <Content />
        </AdminFrame>
    }
}

#[component]
fn Content() -> impl IntoView {
    let limits = RwSignal::new(None::<TimeLimits>);
    let reading = use_task();
    reading.run(api::limits(), move |found| {
        limits.try_set(Some(found));
    });
    view! {
        <div class="page-top"><PageHeading text=Area::Limits.title() /></div>
        <p class="setting-text">{texts::OF_INSTALLATION}</p>
        {move || reading.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        {move || match limits.get() {
            Some(limits) => view! { <LimitsForm workspace=None limits=limits above=None /> }.into_any(),
            None if reading.error.read().is_some() => ().into_any(),
            None => view! { <Skeleton lines=4 /> }.into_any(),
        }}
    }
}
