//! The settings of a workspace: its name, its secrets, and its deletion.

mod name;
mod removal;
mod secret_dialogs;
mod secrets;
mod texts;
mod watch;

use crate::lazy::lazy;
use crate::pages::limits::limits_section;
use crate::pages::members::members_section;
use crate::pages::shared::{FreshnessBar, NotFoundReason, no_workspace};
use crate::routes::Page;
use crate::store::{Breadcrumbs, Crumb};
use crate::ui::{PageHeading, Skeleton};
use leptos::prelude::*;
use name::NameSection;
use removal::RemovalSection;
use secrets::SecretsSection;
use vestibule_client::poll::Freshness;
use vestibule_model::ids::WorkspaceId;
use watch::{use_secrets, use_workspace_settings};

lazy! { settings:
    /// Settings of a workspace.
    pub fn settings_page(workspace: WorkspaceId) -> AnyView {
        view! { <SettingsPage workspace /> }.into_any()
    }
}

/// The page.
#[component]
fn SettingsPage(workspace: WorkspaceId) -> impl IntoView {
    let watch = use_workspace_settings(&workspace);
    let secrets = use_secrets(&workspace);
    let name = watch.name();
    let list = Page::Workspace(workspace.clone());
    Breadcrumbs::show(move || {
        vec![
            Crumb::to(&Page::Workspaces, "Workspaces"),
            Crumb::to(&list, name.get()),
            Crumb::here(texts::TITLE),
        ]
    });
    let lost = watch.lost();
    let heading = Memo::new(move |_| {
        lost.get()
            .map_or(texts::TITLE, NotFoundReason::heading)
            .to_owned()
    });
    // Either request may fail alone. A workspace that does not exist is not a server problem.
    let freshness = Signal::derive(move || {
        let both = (watch.freshness.get(), secrets.freshness.get());
        match both {
            _ if lost.get().is_some() || watch.leaving.get() => Freshness::Loading,
            (Freshness::Loading | Freshness::Live, Freshness::Forbidden | Freshness::Gone) => {
                Freshness::Live
            }
            (Freshness::Live, of_secrets) => of_secrets,
            (of_workspace, _) => of_workspace,
        }
    });
    let retry = Callback::new(move |()| {
        watch.retry();
        secrets.retry();
    });
    let is_known = Memo::new(move |_| watch.known.read().is_some());
    let workspace = StoredValue::new(workspace);
    view! {
        <div class="page" data-width="settings">
            <div class="page-top"><PageHeading text=heading /></div>
            <FreshnessBar freshness=freshness on_retry=retry />
            {move || match (lost.get(), is_known.get()) {
                (Some(lost), _) => no_workspace(lost),
                (_, false) => view! { <Skeleton lines=6 /> }.into_any(),
                (_, true) => {
                    let id = workspace.get_value();
                    view! {
                        <NameSection id=id.clone() watch=watch />
                        {members_section().view(id.clone())}
                        <SecretsSection workspace=id.clone() watch=secrets />
                        {limits_section().view(id.clone())}
                        <RemovalSection id=id watch=watch />
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
