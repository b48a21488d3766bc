//! The section in a workspace's settings.

use super::form::{LimitsFacts, LimitsForm};
use super::texts;
use crate::api;
use crate::pages::shared::use_refusal_in;
use crate::store::use_task;
use crate::ui::{Notice, Skeleton};
use leptos::prelude::*;
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::time_limits::WorkspaceLimits;

/// The section. The limits are read once, so that nothing resets what is typed (FIELD 8).
#[component]
pub fn LimitsSection(workspace: WorkspaceId) -> impl IntoView {
    let refused = use_refusal_in(Permission::LimitUpdate, &workspace);
    let may = Memo::new(move |_| refused.read().is_none());
    let limits = RwSignal::new(None::<WorkspaceLimits>);
    let reading = use_task();
    reading.run(api::workspace_limits(workspace.clone()), move |found| {
        limits.try_set(Some(found));
    });
    let content = move || {
        match (limits.get(), may.get()) {
        (None, _) if reading.error.read().is_some() => ().into_any(),
        (None, _) => view! { <Skeleton lines=3 /> }.into_any(),
        (Some(limits), false) => view! {
            <LimitsFacts limits=limits.effective />
            <p class="quiet">{refused}</p>
        }
        .into_any(),
        (Some(limits), true) => view! {
            <LimitsForm workspace=Some(workspace.clone()) limits=limits.own above=Some(limits.installation) />
        }
        .into_any(),
    }
    };
    view! {
        <section class="setting" aria-labelledby="setting-limits">
            <h2 id="setting-limits">{texts::TITLE}</h2>
            <p class="setting-text">{texts::OF_WORKSPACE}</p>
            {move || reading.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            {content}
        </section>
    }
}
