//! The page of one workspace.

use super::table::{TableQuery, TableState, WorkbenchTable};
use super::texts;
use crate::effect::Effect;
use crate::pages::shared::{FreshnessBar, NotFoundReason, no_workspace, use_lost, use_refusal_in};
use crate::routes::Page;
use crate::store::{AppCatalogue, Breadcrumbs, Crumb, Store, use_workbench_list, use_workspace};
use crate::ui::{Button, ButtonVariant, EmptyState, Icon, PageHeading, Skeleton};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use vestibule_client::poll::Freshness;
use vestibule_client::store::Topic;
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkspaceId;

/// The page.
#[component]
pub fn WorkspacePage(id: WorkspaceId) -> impl IntoView {
    let workspace = use_workspace(&id);
    let name = workspace.name;
    Breadcrumbs::show(move || {
        vec![
            Crumb::to(&Page::Workspaces, "Workspaces"),
            Crumb::here(name.get()),
        ]
    });
    let state = follow_address(&id);
    let watch = use_workbench_list(&id, move |changes| state.apply(changes));
    let refused = use_refusal_in(Permission::WorkbenchCreate, &id);
    let builds_page = StoredValue::new(Page::Builds(id.clone()).path());
    let has_builds = use_has_builds(&id);
    let settings_page = Page::Settings(id.clone()).path();
    let new_page = StoredValue::new(Page::NewWorkbench(id).path());
    let is_empty = Memo::new(move |_| state.total.get().map(|total| total == 0));
    let of_workspace = use_lost(workspace);
    let lost = Memo::new(move |_| {
        let was_there = state.total.get().is_some();
        let of_list = match NotFoundReason::of(watch.freshness.get()) {
            Some(NotFoundReason::Missing) if was_there => Some(NotFoundReason::Deleted),
            lost => lost,
        };
        of_workspace.get().or(of_list)
    });
    let heading = Memo::new(move |_| match lost.get() {
        Some(lost) if name.read().is_empty() => lost.heading().to_owned(),
        _ => name.get(),
    });
    // A workspace that does not exist is not a server problem.
    let freshness = Signal::derive(move || match watch.freshness.get() {
        _ if lost.get().is_some() => Freshness::Loading,
        freshness => freshness,
    });
    // Actions are offered once the workspace is known to exist.
    let is_there = Memo::new(move |_| lost.get().is_none() && is_empty.get().is_some());
    // A link cannot be switched off, so its place is taken by a button that says why.
    let new_link = move |label| match refused.read().is_some() {
        false => view! {
            <a class="button" data-variant="primary" href=new_page.get_value()>
                <span class="button-label"><Icon name="plus" />{label}</span>
            </a>
        }
        .into_any(),
        true => view! {
            <Button variant=ButtonVariant::Primary refused><Icon name="plus" />{label}</Button>
        }
        .into_any(),
    };
    view! {
        <div class="page" data-width="full">
            <div class="page-top">
                <PageHeading text=heading />
                <Show when=move || is_there.get()>
                    <div class="actions">
                        {move || has_builds.get().then(|| view! {
                            <a class="button" data-variant="quiet" href=builds_page.get_value()>{texts::BUILDS}</a>
                        })}
                        <a class="button" data-variant="quiet" href=settings_page.clone()>{texts::SETTINGS}</a>
                        <Show when=move || is_empty.get() == Some(false)>{move || new_link(texts::NEW)}</Show>
                    </div>
                </Show>
            </div>
            <FreshnessBar freshness=freshness on_retry=move || watch.retry() />
            {move || match (lost.get(), is_empty.get()) {
                (Some(lost), _) => no_workspace(lost),
                (_, None) => view! { <Skeleton lines=5 /> }.into_any(),
                (_, Some(true)) => view! {
                    <EmptyState icon="door" title=texts::EMPTY_TITLE text=texts::EMPTY_TEXT>
                        {move || new_link(texts::CREATE)}
                    </EmptyState>
                }
                    .into_any(),
                (_, Some(false)) => {
                    let refresh = Callback::new(move |()| watch.refresh());
                    view! { <WorkbenchTable state=state refresh=refresh /> }.into_any()
                }
            }}
        </div>
    }
}

/// Returns `true` if there are builds, or an app may be built.
fn use_has_builds(id: &WorkspaceId) -> Memo<bool> {
    let (catalogue, own) = (AppCatalogue::expect(), id.clone());
    let has_any = Store::expect().select(Topic::Builds, move |state| {
        !state.builds_of(&own).is_empty()
    });
    Memo::new(move |_| catalogue.has_builds() == Some(true) || has_any.get())
}

/// Returns the table as the address describes it, and keeps the address up to date.
fn follow_address(id: &WorkspaceId) -> TableState {
    let query = use_location().query;
    let here = Page::Workspace(id.clone()).path();
    let shown = TableQuery::parse(|name| query.with_untracked(|query| query.get(name)));
    let state = TableState::new(id.clone(), here.clone(), shown);
    let navigate = use_navigate();
    Effect::new(move |before: Option<String>| {
        let query = state.shown.read().query();
        if before.is_some_and(|before| before != query) {
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&format!("{here}{query}"), options);
        }
        query
    });
    state
}
