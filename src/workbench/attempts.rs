//! The attempts to run a workbench, newest first, each with an address of its own.

use crate::api;
use crate::hooks::use_task;
use crate::routes::Page;
use crate::ui::{Button, Mark, MarkKind, Notice, When, effect, live};
use leptos::prelude::*;
use vestibule_model::causes;
use vestibule_model::duration::humanize;
use vestibule_model::hold::Hold;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::reason;
use vestibule_model::run::{Run, RunStatus};

/// The list.
#[component]
pub fn Attempts(
    workspace: WorkspaceId,
    id: WorkbenchId,
    /// Raised with every news of a run: the list is read again.
    #[prop(into)]
    news: Signal<(u64, bool)>,
    /// The attempt that is looked at, if one is.
    #[prop(optional_no_strip)]
    current: Option<u64>,
) -> impl IntoView {
    let runs = RwSignal::new(Vec::<Run>::new());
    let next = RwSignal::new(None::<String>);
    let task = use_task();
    let more_id = id.clone();
    effect(move || {
        news.track();
        task.run(api::runs(id.clone(), None), move |page| {
            next.try_set(page.next_cursor);
            runs.try_set(page.items);
        });
    });
    let more = Callback::new(move |()| {
        let cursor = next.get_untracked();
        task.run(api::runs(more_id.clone(), cursor), move |mut page| {
            next.try_set(page.next_cursor);
            runs.try_update(|runs| runs.append(&mut page.items));
        });
    });
    let row = move |run: Run| attempt(&workspace, run, current);
    view! {
        <details class="fold" open=current.is_some()>
            <summary>"Attempts"</summary>
            {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
            <ol class="attempts" aria-label="Attempts">
                {live(move || runs.get().into_iter().map(&row).collect_view())}
            </ol>
            {live(move || {
                next.read().is_some().then(|| view! { <Button busy=task.busy on_press=more>"Show earlier ones"</Button> })
            })}
        </details>
    }
    .into_any()
}

fn attempt(workspace: &WorkspaceId, run: Run, current: Option<u64>) -> AnyView {
    let href = Page::Run(workspace.clone(), run.workbench_id.clone(), run.number).path();
    let is_current = (current == Some(run.number)).then_some("page");
    let took = run
        .ready_at
        .map(|ready| format!("ready after {}", humanize(ready.since(run.started_at))));
    let why = run
        .cause
        .as_ref()
        .filter(|_| run.status != RunStatus::Succeeded);
    let why = why.map(|cause| causes::for_reason(cause, "").what.to_owned());
    let said = why.or(took);
    let (mark, word) = how(&run);
    view! {
        <li class="attempt">
            <Mark kind=mark />
            <a href=href aria-current=is_current>{format!("Attempt {}", run.number)}</a>
            <span class="attempt-how">
                {word}
                {said.map(|text| view! { <span class="quiet">{text}</span> })}
            </span>
            <span class="quiet"><When at=Some(run.started_at) /></span>
        </li>
    }
    .into_any()
}

/// Where a run is, or how it ended.
pub fn how(run: &Run) -> (MarkKind, &'static str) {
    let hold = run.cause.as_deref().and_then(Hold::of_reason);
    match &run.status {
        RunStatus::Running if run.ready_at.is_some() && run.cause.is_none() => {
            (MarkKind::Ready, "Running")
        }
        RunStatus::Pending | RunStatus::Running => match hold {
            Some(hold) => (MarkKind::Waiting, hold.word()),
            None => (MarkKind::Working, "Starting"),
        },
        RunStatus::Stopping => (MarkKind::Working, "Stopping"),
        RunStatus::Stopped => (MarkKind::Stopped, "Stopped"),
        RunStatus::Succeeded => (MarkKind::Completed, "Completed"),
        RunStatus::Failed if run.cause.as_deref() == Some(reason::TIMEOUT) => {
            (MarkKind::Failed, "Timed out")
        }
        RunStatus::Failed => (MarkKind::Failed, "Failed"),
        RunStatus::Unknown(_) => (MarkKind::Unknown, "Unknown"),
    }
}
