//! All workspaces, and the dialog that makes one.

use crate::api::{self, ApiError};
use crate::hooks::{Consume, Matter, Poll, use_async_action};
use crate::routes::Page;
use crate::ui::{
    Button, Dialog, EmptyState, Field, Icon, Look, Notice, PageHeading, Skeleton, When, live,
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_model::activity::Request;
use vestibule_model::list::List;
use vestibule_model::names::{MAX_NAME_CHARS, check_name};
use vestibule_model::poll::{Freshness, Pace};
use vestibule_model::workspace::{WorkbenchCounts, Workspace};

/// The page of all workspaces.
#[component]
pub fn WorkspacesPage() -> impl IntoView {
    let items = RwSignal::new(None::<Vec<Workspace>>);
    let freshness = ArcRwSignal::new(Freshness::Loading);
    let consume: Consume = Box::new(move |answer| {
        let list: List<Workspace> = api::read(answer)?;
        if items.try_with_untracked(|shown| shown.as_ref() != Some(&list.items)) == Some(true) {
            items.set(Some(list.items));
        }
        Ok((Pace::Steady, None))
    });
    let poll = Poll::new(api::WORKSPACES.to_owned(), freshness.clone(), consume);
    // Whatever happens to a workbench may change the counts.
    let poll = StoredValue::new_local(poll.poked_by(Box::new(|_| Matter::Due)));
    let creating = RwSignal::new(false);
    let open = Callback::new(move |()| creating.set(true));
    let is_empty = Memo::new(move |_| items.read().as_ref().map(Vec::is_empty));
    view! {
        <div class="page">
            <div class="page-top">
                <PageHeading text="Workspaces" />
                <Button look=Look::Primary on_press=open><Icon name="plus" />"New workspace"</Button>
            </div>
            {super::farewell::take().map(|said| view! { <p class="farewell">{said}</p> })}
            <super::FreshnessBar
                freshness=RwSignal::from(freshness)
                on_retry=Callback::new(move |()| {
                    poll.try_with_value(|poll| poll.retry());
                })
            />
            {live(move || match is_empty.get() {
                None => view! { <Skeleton lines=4 /> }.into_any(),
                Some(true) => {
                    view! {
                        <EmptyState
                            icon="rooms"
                            title="No workspace yet"
                            text="A workspace is what people share: its workbenches and what they need. Make one to begin."
                        />
                    }
                        .into_any()
                }
                Some(false) => {
                    view! {
                        <ul class="cards">
                            <For
                                each=move || items.get().unwrap_or_default()
                                key=|workspace| (workspace.id.clone(), workspace.name.clone(), counts(&workspace.workbenches))
                                children=|workspace| view! { <Card workspace=workspace /> }
                            />
                        </ul>
                    }
                        .into_any()
                }
            })}
            <CreateDialog open=creating />
        </div>
    }
    .into_any()
}

#[component]
fn Card(workspace: Workspace) -> impl IntoView {
    let href = Page::Workspace(workspace.id).path();
    view! {
        <li class="card">
            <a class="card-title" href=href>{workspace.name}</a>
            <p class="card-note">{counts(&workspace.workbenches)}</p>
            <p class="card-time">"Made " <When at=Signal::stored(workspace.created_at) /></p>
        </li>
    }
    .into_any()
}

/// How the workbenches of a workspace are doing, in words.
fn counts(counts: &WorkbenchCounts) -> String {
    let mut parts = vec![match counts.total {
        0 => "No workbenches".to_owned(),
        1 => "1 workbench".to_owned(),
        total => format!("{total} workbenches"),
    }];
    for (number, word) in [
        (counts.running, "running"),
        (counts.progressing, "under way"),
        (counts.failed, "failed"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    parts.join(" · ")
}

#[component]
fn CreateDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open=open title="New workspace">
            <CreateForm open=open />
        </Dialog>
    }
    .into_any()
}

#[component]
fn CreateForm(open: RwSignal<bool>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let own = RwSignal::new(None::<String>);
    let task = use_async_action(Request::Save);
    let navigate = use_navigate();
    let error = move || {
        let of_server = task
            .error
            .read()
            .as_ref()
            .and_then(|error| error.of_field("name"));
        own.get().or(of_server)
    };
    let other_error = move || {
        let error: Option<ApiError> = task.error.get();
        error
            .filter(|error| error.of_field("name").is_none())
            .map(|error| error.sentence())
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match check_name("name", &name.read_untracked()) {
            Err(problem) => own.set(Some(problem.message)),
            Ok(name) => {
                own.set(None);
                let navigate = navigate.clone();
                task.run(api::create_workspace(name), move |workspace| {
                    navigate(&Page::Workspace(workspace.id).path(), Default::default());
                });
            }
        }
    };
    view! {
        <form class="form" on:submit=submit>
            <Field
                id="workspace-name"
                label="Name"
                value=name
                autofocus=true
                hint="For example a team or a project."
                maxlength=MAX_NAME_CHARS * 2
                error=Signal::derive(error)
            />
            {live(move || other_error().map(|text| view! { <Notice>{text}</Notice> }))}
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| open.set(false))>"Cancel"</Button>
                <Button look=Look::Primary submit=true busy=task.busy>"Create workspace"</Button>
            </div>
        </form>
    }
    .into_any()
}
