//! One workspace: its workbenches as a live table.

use super::FreshnessBar;
use super::row::Row;
use crate::api;
use crate::hooks::{Crumb, Trail, use_task, use_workbench_list};
use crate::routes::Page;
use crate::ui::{EmptyState, Icon, PageHeading, Skeleton, live};
use leptos::prelude::*;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::poll::Freshness;
use vestibule_model::workspace::Workspace;

/// The page of one workspace.
#[component]
pub fn WorkspacePage(id: WorkspaceId) -> impl IntoView {
    let workspace = use_workspace(&id);
    let name = Memo::new(move |_| {
        workspace
            .read()
            .as_ref()
            .map_or_else(String::new, |w| w.name.clone())
    });
    Trail::follow(move || {
        vec![
            Crumb {
                label: "Workspaces".to_owned(),
                href: Some(Page::Workspaces.path()),
            },
            Crumb {
                label: name.get(),
                href: None,
            },
        ]
    });
    let watch = use_workbench_list(&id);
    let new_page = Page::NewWorkbench(id).path();
    let new_link = new_page.clone();
    let is_empty = Memo::new(move |_| watch.list.ids.read().as_ref().map(Vec::is_empty));
    let is_gone = Memo::new(move |_| {
        matches!(
            watch.freshness.get(),
            Freshness::Gone | Freshness::Forbidden
        )
    });
    view! {
        <div class="page">
            <div class="page-top">
                <PageHeading text=name />
                {live(move || {
                    (!is_gone.get())
                        .then(|| {
                            view! {
                                <a class="button" data-look="primary" href=new_page.clone()>
                                    <span class="button-label"><Icon name="plus" />"New workbench"</span>
                                </a>
                            }
                        })
                })}
            </div>
            <FreshnessBar freshness=watch.freshness on_retry=Callback::new(move |()| watch.retry()) />
            {live(move || match is_empty.get() {
                None if is_gone.get() => ().into_any(),
                None => view! { <Skeleton lines=5 /> }.into_any(),
                Some(true) => {
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
                Some(false) => view! { <Table watch=watch /> }.into_any(),
            })}
        </div>
    }
    .into_any()
}

#[component]
fn Table(watch: crate::hooks::ListWatch) -> impl IntoView {
    let list = watch.list;
    let unreadable = move || match list.unreadable.get() {
        0 => None,
        1 => Some("1 row could not be read and is not shown.".to_owned()),
        rows => Some(format!("{rows} rows could not be read and are not shown.")),
    };
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"App"</th>
                    <th scope="col">"Made"</th>
                    <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || list.ids.get().unwrap_or_default()
                    key=|id| id.clone()
                    children=move |id| list.row(&id).map(|row| view! { <Row row=row.into() watch=watch /> })
                />
            </tbody>
        </table>
        {live(move || unreadable().map(|text| view! { <p class="quiet">{text}</p> }))}
    }
    .into_any()
}

/// The workspace itself, once; its rows are what is followed.
pub fn use_workspace(id: &WorkspaceId) -> RwSignal<Option<Workspace>> {
    let workspace = RwSignal::new(None);
    use_task().run(api::workspace(id.clone()), move |answer| {
        workspace.try_set(Some(answer));
    });
    workspace
}
