//! The builds of a workspace, the newest first.

use super::ask::AskDialog;
use super::board::Board;
use super::cancel::{Asked, CancelDialog};
use super::row::BuildRow;
use crate::hooks::{Crumb, Trail, use_now, use_task};
use crate::routes::Page;
use crate::ui::{Button, EmptyState, Icon, Look, Notice, PageHeading, Skeleton, adopt_room, live};
use crate::workspaces::FreshnessBar;
use crate::workspaces::lost::{Lost, no_workspace, use_workspace};
use leptos::prelude::*;
use vestibule_model::ids::WorkspaceId;

/// The page.
#[component]
pub fn BuildsPage(workspace: WorkspaceId) -> impl IntoView {
    adopt_room();
    let known = use_workspace(&workspace);
    let (name, missing) = (known.name, known.lost());
    let list = Page::Workspace(workspace.clone());
    Trail::follow(move || vec![Crumb::to(&list, name.get()), Crumb::here("Builds")]);
    let board = Board::follow(&workspace);
    let asking = RwSignal::new(false);
    let ask = Callback::new(move |()| asking.set(true));
    let lost = Memo::new(move |_| missing.get().or(Lost::of(board.freshness.get())));
    let is_empty = Memo::new(move |_| board.order.read().as_ref().map(Vec::is_empty));
    view! {
        <div class="page">
            <div class="page-top">
                <PageHeading text="Builds" />
                {live(move || lost.get().is_none().then(|| view! {
                    <Button on_press=ask><Icon name="hammer" />"Build an app"</Button>
                }))}
            </div>
            <FreshnessBar freshness=board.freshness on_retry=Callback::new(move |()| board.retry()) />
            {live(move || match (lost.get(), is_empty.get()) {
                (Some(lost), _) => no_workspace(lost),
                (_, None) => view! { <Skeleton lines=5 /> }.into_any(),
                (_, Some(true)) => view! {
                    <EmptyState
                        icon="hammer"
                        title="No build yet"
                        text="Some apps are prepared before their first start, such as by installing what they need. That is done by itself when a workbench starts, or ahead of it from here."
                    />
                }
                    .into_any(),
                (_, Some(false)) => view! { <Rows board=board /> }.into_any(),
            })}
            <AskDialog open=asking workspace=workspace />
        </div>
    }
    .into_any()
}

#[component]
fn Rows(board: Board) -> impl IntoView {
    let now = use_now(move || board.open.get() > 0);
    let task = use_task();
    let asked = Asked::new();
    let poke = Callback::new(move |()| board.poke());
    let older = Callback::new(move |()| board.show_older());
    view! {
        {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
        <table class="builds" aria-label="Builds">
            <thead>
                <tr>
                    <th scope="col">"Build"</th>
                    <th scope="col" class="build-who">"Asked for by"</th>
                    <th scope="col" class="build-when">"When"</th>
                    <th scope="col" class="build-took">"Took"</th>
                    <th scope="col" class="build-actions"><span class="visually-hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || board.order.get().unwrap_or_default()
                    key=|id| id.clone()
                    children=move |id| board.row(&id).map(|build| view! {
                        <BuildRow of=build redone=board.redone now=now task=task asked=asked />
                    })
                />
            </tbody>
        </table>
        {live(move || board.has_older.get().then(|| view! {
            <Button look=Look::Quiet on_press=older>"Show older builds"</Button>
        }))}
        <CancelDialog asked=asked done=poke />
    }
    .into_any()
}
