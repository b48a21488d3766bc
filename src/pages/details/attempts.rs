//! The runs of a workbench, newest first, each with an address of its own.

use super::texts;
use crate::api;
use crate::effect::Effect;
use crate::routes::Page;
use crate::store::use_task;
use crate::ui::{Button, Mark, MarkKind, Notice, When};
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
    /// Changes with every run that begins or ends; the list is then fetched again.
    #[prop(into)]
    changed: Signal<(u64, bool)>,
    /// Number of the run that the page is about, if it is about one.
    #[prop(optional_no_strip)]
    current: Option<u64>,
) -> impl IntoView {
    let runs = RwSignal::new(Vec::<Run>::new());
    let next_page = RwSignal::new(None::<String>);
    let task = use_task();
    let more_id = id.clone();
    Effect::new(move |_| {
        changed.track();
        task.run(api::runs(id.clone(), None), move |page| {
            next_page.try_set(page.next_cursor);
            runs.try_set(page.items);
        });
    });
    let more = move || {
        let cursor = next_page.get_untracked();
        task.run(api::runs(more_id.clone(), cursor), move |mut page| {
            next_page.try_set(page.next_cursor);
            runs.try_update(|runs| runs.append(&mut page.items));
        });
    };
    let row = move |run: Run| attempt(&workspace, run, current);
    // The room may go, and this list with it, in the moment in which the end of a run has it fetched
    // again.
    let error = move || task.error.try_get().flatten();
    let shown = move || runs.try_get().unwrap_or_default();
    let has_more = move || next_page.try_with(Option::is_some) == Some(true);
    view! {
        <details class="fold" open=current.is_some()>
            <summary>{texts::ATTEMPTS}</summary>
            {move || error().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <ol class="attempts" aria-label=texts::ATTEMPTS>
                {move || shown().into_iter().map(&row).collect_view()}
            </ol>
            {move || has_more().then(|| view! {
                <Button busy=task.busy on_press=more.clone()>{texts::SHOW_EARLIER}</Button>
            })}
        </details>
    }
}

fn attempt(workspace: &WorkspaceId, run: Run, current: Option<u64>) -> impl IntoView + use<> {
    let href = Page::Run(workspace.clone(), run.workbench_id.clone(), run.number).path();
    let is_current = (current == Some(run.number)).then_some("page");
    let took = run
        .ready_at
        .map(|ready| texts::ready_after(&humanize(ready.since(run.started_at))));
    let why = Some(&run).filter(|run| run.status != RunStatus::Succeeded);
    let why = why.and_then(causes::of_run).map(|cause| cause.headline());
    let note = why.or(took);
    let (mark, word) = run_status(&run);
    view! {
        <li class="attempt">
            <Mark kind=mark />
            <a href=href aria-current=is_current>{texts::attempt(run.number)}</a>
            <span class="attempt-how">
                {word}
                {note.map(|text| view! { <span class="quiet">{text}</span> })}
            </span>
            <span class="quiet"><When at=Some(run.started_at) /></span>
        </li>
    }
}

/// Returns the glyph and the word of a run's status.
pub fn run_status(run: &Run) -> (MarkKind, &'static str) {
    let hold = run.cause.as_deref().and_then(Hold::of_reason);
    match &run.status {
        RunStatus::Running if run.ready_at.is_some() && run.cause.is_none() => {
            (MarkKind::Ready, "Running")
        }
        RunStatus::Pending | RunStatus::Running => match hold {
            Some(hold) => (MarkKind::Waiting, hold.as_str()),
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
