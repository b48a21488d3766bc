//! One workspace: its workbenches as a live table.

use super::FreshnessBar;
use super::lost::{Known, Lost, no_workspace, use_workspace};
use super::table::{Board, Shown, WorkbenchTable};
use crate::hooks::{Crumb, Trail, use_workbench_list};
use crate::routes::Page;
use crate::ui::{EmptyState, Icon, PageHeading, Skeleton, effect, live};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::poll::Freshness;

/// The page of one workspace.
#[component]
pub fn WorkspacePage(id: WorkspaceId) -> impl IntoView {
    let Known { name, gone, .. } = use_workspace(&id);
    Trail::follow(move || {
        vec![
            Crumb::to(&Page::Workspaces, "Workspaces"),
            Crumb::here(name.get()),
        ]
    });
    let board = follow_address(&id);
    let watch = use_workbench_list(&id, board.roll, move |turn| board.show_turn(turn));
    let builds_page = Page::Builds(id.clone()).path();
    let settings_page = Page::Settings(id.clone()).path();
    let new_page = Page::NewWorkbench(id).path();
    let new_link = new_page.clone();
    let is_empty = Memo::new(move |_| board.total.get().map(|total| total == 0));
    let lost = Memo::new(move |_| {
        let of_list = Lost::of(watch.freshness.get());
        of_list.or(gone.get().then_some(Lost::Gone))
    });
    let heading = Memo::new(move |_| match lost.get() {
        Some(lost) if name.read().is_empty() => lost.heading().to_owned(),
        _ => name.get(),
    });
    // That there is none is no trouble with the server.
    let freshness = Signal::derive(move || match watch.freshness.get() {
        _ if watch.missing.get() || lost.get().is_some() => Freshness::Loading,
        freshness => freshness,
    });
    let not_yet = move || {
        let text = "There is no such workspace, or not yet. It is looked for again.";
        watch
            .missing
            .get()
            .then(|| view! { <p class="quiet" role="status">{text}</p> })
    };
    view! {
        <div class="page" data-width="full">
            <div class="page-top">
                <PageHeading text=heading />
                {live(move || {
                    lost.get()
                        .is_none()
                        .then(|| {
                            view! {
                                <div class="actions">
                                    <a class="button" data-look="quiet" href=builds_page.clone()>"Builds"</a>
                                    <a class="button" data-look="quiet" href=settings_page.clone()>"Settings"</a>
                                    <a class="button" data-look="primary" href=new_page.clone()>
                                        <span class="button-label"><Icon name="plus" />"New workbench"</span>
                                    </a>
                                </div>
                            }
                        })
                })}
            </div>
            <FreshnessBar freshness=freshness on_retry=Callback::new(move |()| watch.retry()) />
            {live(move || match (lost.get(), is_empty.get()) {
                (Some(lost), _) => no_workspace(lost),
                (_, None) => view! { {live(not_yet)} <Skeleton lines=5 /> }.into_any(),
                (_, Some(true)) => {
                    let href = new_link.clone();
                    view! {
                        <EmptyState
                            icon="door"
                            title="No workbench yet"
                            text="A workbench is one environment that runs one app, such as a notebook or a file browser."
                        >
                            <a class="button" data-look="plain" href=href>"Make the first one"</a>
                        </EmptyState>
                    }
                        .into_any()
                }
                (_, Some(false)) => {
                    let poke = Callback::new(move |()| watch.poke());
                    view! { <WorkbenchTable board=board poke=poke /> }.into_any()
                }
            })}
        </div>
    }
    .into_any()
}

/// The table as the address has it; what is changed is written there.
fn follow_address(id: &WorkspaceId) -> Board {
    let query = use_location().query;
    let here = Page::Workspace(id.clone()).path();
    let shown = Shown::parse(|name| query.with_untracked(|query| query.get(name)));
    let board = Board::new(here.clone(), shown);
    let navigate = use_navigate();
    let mut before = None;
    effect(move || {
        let query = board.shown.read().query();
        let left = before.replace(query.clone());
        if left.is_some_and(|left| left != query) {
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&[&*here, &query].concat(), options);
        }
    });
    board
}
