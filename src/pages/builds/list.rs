//! The page with the builds of a workspace, newest first.

use super::cancel::{CancelDialog, CancelState};
use super::request_dialog::RequestBuildDialog;
use super::row::BuildRow;
use super::texts;
use crate::pages::shared::{
    FreshnessBar, NotFoundReason, no_workspace, texts as shared, use_lost, use_refusal_in,
};
use crate::routes::Page;
use crate::store::{
    Breadcrumbs, BuildsWatch, Crumb, Store, use_builds, use_now, use_task, use_workspace,
};
use crate::ui::{Button, ButtonVariant, EmptyState, For, Icon, Notice, PageHeading, Skeleton};
use leptos::prelude::*;
use vestibule_client::store::Topic;
use vestibule_model::access::Permission;
use vestibule_model::build::Build;
use vestibule_model::ids::{BuildId, WorkspaceId};

/// The page.
#[component]
pub fn BuildsPage(workspace: WorkspaceId) -> impl IntoView {
    let known = use_workspace(&workspace);
    let (name, missing) = (known.name, use_lost(known));
    let list = Page::Workspace(workspace.clone());
    Breadcrumbs::show(move || {
        vec![
            Crumb::to(&Page::Workspaces, shared::WORKSPACES),
            Crumb::to(&list, name.get()),
            Crumb::here(texts::TITLE),
        ]
    });
    let builds = use_builds(&workspace);
    let refused = use_refusal_in(Permission::WorkbenchCreate, &workspace);
    let asking = RwSignal::new(false);
    let ask = Callback::new(move |()| asking.set(true));
    let lost = Memo::new(move |_| missing.get().or(NotFoundReason::of(builds.freshness.get())));
    let is_empty = Memo::new(move |_| builds.order.read().as_ref().map(Vec::is_empty));
    view! {
        <div class="page">
            <div class="page-top">
                <PageHeading text=texts::TITLE />
                {move || lost.get().is_none().then(|| view! {
                    <Button refused on_press=ask><Icon name="hammer" />{texts::BUILD_AN_APP}</Button>
                })}
            </div>
            <FreshnessBar freshness=builds.freshness on_retry=move || builds.retry() />
            {move || match (lost.get(), is_empty.get()) {
                (Some(lost), _) => no_workspace(lost),
                (_, None) => view! { <Skeleton lines=5 /> }.into_any(),
                (_, Some(true)) => view! {
                    <EmptyState
                        icon="hammer"
                        title=texts::EMPTY_TITLE
                        text=texts::EMPTY_TEXT
                    />
                }
                    .into_any(),
                (_, Some(false)) => view! { <Rows builds refused /> }.into_any(),
            }}
            <RequestBuildDialog open=asking workspace=workspace />
        </div>
    }
}

#[component]
fn Rows(builds: BuildsWatch, refused: Memo<Option<String>>) -> impl IntoView {
    let store = Store::expect();
    let has_open = store.select(Topic::Builds, move |state| {
        let order = builds.order.read_untracked();
        let mut shown = order.iter().flatten().filter_map(|id| state.build(id));
        shown.any(Build::is_open)
    });
    let now = use_now(move || has_open.get());
    let task = use_task();
    let requested = CancelState::new();
    let older = Callback::new(move |()| builds.show_older());
    view! {
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <table class="builds" aria-label=texts::TITLE>
            <thead>
                <tr>
                    <th scope="col">{texts::BUILD}</th>
                    <th scope="col" class="build-who">{texts::REQUESTED_BY}</th>
                    <th scope="col" class="build-when">{texts::CREATED}</th>
                    <th scope="col" class="build-took">{texts::DURATION}</th>
                    <th scope="col" class="build-actions"><span class="visually-hidden">{texts::ACTIONS}</span></th>
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || builds.order.get().unwrap_or_default()
                    key=|id| id.clone()
                    children=move |id| build(store, &id).map(|build| view! {
                        <BuildRow id=id of=build now=now task=task requested=requested refused />
                    })
                />
            </tbody>
        </table>
        {move || builds.has_older.get().then(|| view! {
            <Button variant=ButtonVariant::Quiet on_press=older>{texts::SHOW_OLDER}</Button>
        })}
        <CancelDialog requested=requested />
    }
}

/// Follows a build for as long as its row is shown. A removed build stays as it was until its row goes.
fn build(store: Store, id: &BuildId) -> Option<Memo<Build>> {
    let first = store.read(|state| state.build(id).cloned())??;
    let own = id.clone();
    let known = store.select(Topic::Builds, move |state| state.build(&own).cloned());
    Some(Memo::new(move |before: Option<&Build>| {
        let shown = || before.unwrap_or(&first).clone();
        known.get().unwrap_or_else(shown)
    }))
}
