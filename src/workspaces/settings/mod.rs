//! The settings of a workspace: its name, its secrets, and its end.

mod name;
mod removal;
mod secret_dialogs;
mod secrets;
mod watch;

use super::FreshnessBar;
use super::lost::{Lost, no_workspace};
use crate::hooks::{Crumb, Trail};
use crate::routes::Page;
use crate::ui::{PageHeading, Skeleton, adopt, live};
use leptos::prelude::*;
use name::NameSection;
use removal::RemovalSection;
use secrets::SecretsSection;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::poll::Freshness;
use watch::{follow_secrets, follow_workspace};

/// The page.
#[component]
pub fn SettingsPage(workspace: WorkspaceId) -> impl IntoView {
    adopt(include_str!("../../../style/settings.css"));
    let watch = follow_workspace(&workspace);
    let secrets = follow_secrets(&workspace);
    let name = Memo::new(move |_| {
        let known = watch.known.read();
        known.as_ref().map(|known| known.name.clone())
    });
    let list = Page::Workspace(workspace.clone());
    Trail::follow(move || {
        vec![
            Crumb::to(&list, name.get().unwrap_or_default()),
            Crumb::here("Settings"),
        ]
    });
    let lost = watch.lost();
    let heading = Memo::new(move |_| lost.get().map_or("Settings", Lost::heading).to_owned());
    // One of the two may be in trouble by itself. That there is none is no trouble with the server.
    let freshness = Signal::derive(move || {
        let both = (watch.freshness.get(), secrets.freshness.get());
        match both {
            _ if lost.get().is_some() => Freshness::Loading,
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
            {live(move || match (lost.get(), is_known.get()) {
                (Some(lost), _) => no_workspace(lost),
                (_, false) => view! { <Skeleton lines=6 /> }.into_any(),
                (_, true) => {
                    let id = workspace.get_value();
                    view! {
                        <NameSection id=id.clone() watch=watch />
                        <SecretsSection workspace=id.clone() watch=secrets />
                        <RemovalSection id=id watch=watch />
                    }
                        .into_any()
                }
            })}
        </div>
    }
    .into_any()
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
