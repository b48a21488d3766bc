//! The dialog that requests a build ahead of the first start.

use super::texts;
use crate::api;
use crate::pages::shared::{AppChoice, texts as shared};
use crate::routes::Page;
use crate::store::{Store, use_task, use_tracked_task};
use crate::ui::{Button, ButtonVariant, Dialog, Notice, Skeleton};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_client::activity::Request;
use vestibule_model::app::App;
use vestibule_model::build::NewBuild;
use vestibule_model::ids::WorkspaceId;

/// The dialog.
#[component]
pub fn RequestBuildDialog(open: RwSignal<bool>, workspace: WorkspaceId) -> impl IntoView {
    view! {
        <Dialog open=open title=texts::BUILD_AN_APP>
            <Form open=open workspace=workspace.clone() />
        </Dialog>
    }
}

#[component]
fn Form(open: RwSignal<bool>, workspace: WorkspaceId) -> impl IntoView {
    let apps = RwSignal::new(None::<Vec<App>>);
    let reading = use_task();
    reading.run(api::apps(), move |mut all| {
        all.retain(|app| app.needs_build);
        apps.try_set(Some(all));
    });
    let chosen = RwSignal::new(None::<String>);
    let store = Store::expect();
    let task = use_tracked_task(Request::Build);
    let navigate = use_navigate();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(app) = chosen.get_untracked() else {
            return;
        };
        let (workspace, navigate) = (workspace.clone(), navigate.clone());
        let body = NewBuild {
            app,
            workspace_id: workspace.clone(),
            id: None,
        };
        task.run(api::request_build(body), move |build| {
            store.put_build(build.clone());
            navigate(&Page::Build(workspace, build.id).path(), Default::default());
        });
    };
    let no_choice = Memo::new(move |_| chosen.read().is_none().then(|| texts::CHOOSE.to_owned()));
    let has_some = Memo::new(move |_| apps.read().as_ref().is_some_and(|apps| !apps.is_empty()));
    let cause = move || task.error.get().or(reading.error.get());
    view! {
        <form class="form" on:submit=submit>
            {move || match apps.get() {
                None if reading.error.read().is_some() => ().into_any(),
                None => view! { <Skeleton lines=3 /> }.into_any(),
                Some(apps) if apps.is_empty() => view! {
                    <p>{texts::NOTHING_TO_BUILD}</p>
                }
                    .into_any(),
                Some(apps) => view! {
                    <p class="quiet">{texts::AHEAD}</p>
                    <div class="picker" role="radiogroup" aria-label="App">
                        {apps.into_iter().map(|app| choice(app, chosen)).collect_view()}
                    </div>
                }
                    .into_any(),
            }}
            {move || cause().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <div class="dialog-actions">
                <Button on_press=move || open.set(false)>{shared::CLOSE}</Button>
                {move || has_some.get().then(|| view! {
                    <Button variant=ButtonVariant::Primary submit=true refused=no_choice busy=task.busy>{texts::BUILD}</Button>
                })}
            </div>
        </form>
    }
}

/// Renders a tile for an app that has build steps.
fn choice(app: App, chosen: RwSignal<Option<String>>) -> AnyView {
    let built = app.built;
    view! {
        <AppChoice app=app chosen=chosen>
            {built.then(|| view! { <span class="choice-note">{texts::ALREADY_BUILT}</span> })}
        </AppChoice>
    }
    .into_any()
}
