//! The page of all workspaces.

use super::create_dialog::CreateDialog;
use super::shared_with_you::shared_with_you;
use super::texts;
use crate::pages::shared::{FreshnessBar, NotFoundReason, use_refusal};
use crate::routes::Page;
use crate::store::{Session, use_workspaces};
use crate::ui::{
    Button, ButtonVariant, EmptyState, For, Icon, PageHeading, SearchField, Skeleton, When,
};
use leptos::prelude::*;
use vestibule_client::poll::Freshness;
use vestibule_client::table::compare_names;
use vestibule_model::access::{Grant, Permission, Resource, Scope};
use vestibule_model::fold::fold;
use vestibule_model::sorting;
use vestibule_model::workspace::Workspace;

/// Number of workspaces that are found at a glance.
const FEW: usize = 6;

/// The page.
#[component]
pub fn WorkspacesPage() -> impl IntoView {
    let watch = use_workspaces();
    let items = Memo::new(move |_| {
        let mut items = watch.workspaces.get()?;
        sorting::sort_by(&mut items, |a, b| compare_names(&a.name, &b.name));
        Some(items)
    });
    let searched = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let mut items = items.get().unwrap_or_default();
        let words: Vec<String> = searched.read().split_whitespace().map(fold).collect();
        items.retain(|one| {
            let name = fold(&one.name);
            words.iter().all(|word| name.contains(word))
        });
        items
    });
    let has_search = Memo::new(move |before: Option<&bool>| {
        let is_long = items.read().as_ref().is_some_and(|items| items.len() > FEW);
        // What was typed stays there to be cleared.
        is_long || before == Some(&true)
    });
    let freshness = watch.freshness;
    let is_forbidden =
        Memo::new(move |_| NotFoundReason::of(freshness.get()) == Some(NotFoundReason::Forbidden));
    // The user may see no workspace: the page has its own words for that.
    let of_bar = Signal::derive(move || match freshness.get() {
        _ if is_forbidden.get() => Freshness::Ended,
        freshness => freshness,
    });
    let refused = use_refusal(Permission::WorkspaceCreate, Resource::Platform);
    let may_create = Memo::new(move |_| refused.read().is_none());
    let is_empty = Memo::new(move |_| match items.read().as_ref() {
        _ if is_forbidden.get() => Some(true),
        items => items.map(Vec::is_empty),
    });
    let has_shares = use_has_shares();
    let creating = RwSignal::new(false);
    let create = Callback::new(move |()| creating.set(true));
    let new_button = move || {
        view! { <Button variant=ButtonVariant::Primary refused on_press=create><Icon name="plus" />{texts::NEW}</Button> }
    };
    view! {
        <div class="page" data-width="full">
            <div class="page-top">
                <PageHeading text=texts::TITLE />
                <Show when=move || is_empty.get() == Some(false)>{new_button()}</Show>
            </div>
            <FreshnessBar freshness=of_bar on_retry=move || watch.retry() />
            {move || match is_empty.get() {
                None => view! { <Skeleton lines=4 /> }.into_any(),
                Some(true) => {
                    let text = if may_create.get() { texts::EMPTY_TEXT } else { texts::EMPTY_FOR_MEMBER };
                    view! {
                        <EmptyState icon="rooms" title=texts::EMPTY_TITLE text=text>{new_button()}</EmptyState>
                    }
                        .into_any()
                }
                Some(false) => view! {
                    {move || has_search.get().then(|| view! { <Search text=searched /> })}
                    {move || found.read().is_empty().then(|| view! { <p class="quiet" role="status">{texts::NO_MATCH}</p> })}
                    <ul class="cards">
                        <For
                            each=move || found.get()
                            key=Workspace::clone
                            children=|workspace| view! { <Card workspace=workspace /> }
                        />
                    </ul>
                }
                    .into_any(),
            }}
            <Show when=move || has_shares.get()>{shared_with_you().view(())}</Show>
            <CreateDialog open=creating />
        </div>
    }
}

/// Search of the workspaces by their names.
#[component]
fn Search(text: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="toolbar">
            <SearchField
                id="workspace-search"
                label=texts::SEARCH
                placeholder=texts::SEARCH_PLACEHOLDER
                clear_label=texts::CLEAR_SEARCH
                pause_millis=60
                text=Memo::new(move |_| text.get())
                on_text=Callback::new(move |typed| text.set(typed))
            />
        </div>
    }
}

/// Returns `true` if single workbenches are shared with the user.
fn use_has_shares() -> Memo<bool> {
    let session = Session::expect();
    let is_share = |grant: &Grant| matches!(grant.scope, Scope::Workbench(_));
    Memo::new(move |_| {
        let user = session.user.read();
        user.me().is_some_and(|me| me.grants.iter().any(is_share))
    })
}

#[component]
fn Card(workspace: Workspace) -> impl IntoView {
    let href = Page::Workspace(workspace.id).path();
    view! {
        <li class="card">
            <a class="card-title" href=href>{workspace.name}</a>
            <p class="card-note">{texts::counts(&workspace.workbenches)}</p>
            <p class="card-time">"Created " <When at=Signal::stored(workspace.created_at) /></p>
        </li>
    }
}
