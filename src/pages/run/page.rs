//! Page of a run, at a permanent address: its outcome, and everything that was recorded.

use super::texts;
use crate::api::{self, ApiError};
use crate::effect::Effect;
use crate::pages::details::{
    BuildLink, CauseCard, Details, PanelState, RunFacts, RunJournal, RunRef, run_status,
    use_run_journal,
};
use crate::pages::shared::{use_reader, use_workspace_name};
use crate::routes::Page;
use crate::store::{
    Breadcrumbs, Crumb, Store, Task, WorkbenchWatch, use_now, use_task, use_workbench_status,
};
use crate::ui::{EmptyState, Icon, Mark, Notice, PageHeading, Skeleton, When, show_state_in_tab};
use leptos::prelude::*;
use vestibule_client::store::Topic;
use vestibule_client::version::Versioned as _;
use vestibule_model::causes::{self, Evidence};
use vestibule_model::ended_conditions;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::run::{Run, RunStatus};
use vestibule_model::time::Timestamp;

/// The page.
#[component]
pub fn RunPage(workspace: WorkspaceId, id: WorkbenchId, number: u64) -> impl IntoView {
    let watch = use_workbench_status(&id);
    let workspace_name = use_workspace_name(&workspace);
    let workbench_page = Page::Workbench(workspace.clone(), id.clone());
    let address = StoredValue::new((workspace.clone(), id.clone()));
    let newest = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        let run = workbench.as_ref().and_then(|w| w.run.as_ref());
        run.map_or(0, |run| run.number)
    });
    let list_page = Page::Workspace(workspace);
    let session_link = workbench_page.path();
    Breadcrumbs::show(move || {
        let name = watch.workbench.read().as_ref().map(|w| w.name.clone());
        vec![
            Crumb::to(&list_page, workspace_name.get()),
            Crumb::to(&workbench_page, name.unwrap_or_default()),
            Crumb::here(texts::heading(number, None)),
        ]
    });
    // It names the tab, and on a phone nothing else names the workbench.
    let heading = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        texts::heading(number, workbench.as_ref().map(|w| w.name.as_str()))
    });
    let task = use_task();
    let run = use_run(id, number, watch, task);
    let journal = use_run_journal(Memo::new(move |_| run.read().as_ref().map(RunRef::of_run)));
    let now = use_now(move || journal.is_live());
    let timeline = journal.timeline(now);
    let conditions = Memo::new(move |_| {
        let timeline = timeline.read();
        let Some(timeline) = timeline.as_ref() else {
            return Vec::new();
        };
        let mut conditions = timeline.conditions_at(timeline.end);
        if !timeline.is_live {
            ended_conditions::settle(&mut conditions);
        }
        conditions
    });
    let reader = use_reader();
    let cause = Memo::new(move |_| {
        let run = run.read();
        let run = run.as_ref()?;
        let is_stop = matches!(run.status, RunStatus::Stopped | RunStatus::Stopping);
        let cause = causes::find(&Evidence {
            conditions: &conditions.read(),
            stopped_reason: run.cause.as_deref().filter(|_| is_stop),
            exit_code: run.exit_code,
            journal: &journal.entries.read(),
            ..Evidence::default()
        })?;
        Some(reader.cause(cause))
    });
    let panel = PanelState::folded();
    panel.log.set(true);
    let facts = RunFacts {
        journal,
        workbench: watch.workbench.into(),
        conditions: conditions.into(),
        now,
        panel,
    };
    let has_run = Memo::new(move |_| run.read().is_some());
    let status = Memo::new(move |_| run.read().as_ref().map(run_status));
    show_state_in_tab(status.into());
    let build = Memo::new(move |_| {
        let run = run.read();
        let run = run.as_ref()?;
        let build = run.build_id.clone()?;
        Some(Page::Build(run.workspace_id.clone(), build))
    });
    view! {
        <div class="page" data-width="run">
            <div class="page-top">
                <PageHeading text=heading />
                <a class="button" href=session_link>
                    <span class="button-label"><Icon name="door" />{texts::GO_TO_WORKBENCH}</span>
                </a>
            </div>
            <Neighbours address=address number=number newest=newest />
            {move || if has_run.get() {
                view! {
                    <Summary run=run journal=journal now=now />
                    <div class="status-card" data-kind=move || status.get().map_or("unknown", |(mark, _)| mark.as_str())>
                        {move || status.get().map(|(mark, word)| view! {
                            <span class="state" data-kind=mark.as_str()>
                                <Mark kind=mark /><span class="state-word">{word}</span>
                            </span>
                        })}
                        {move || cause.get().map(|cause| view! { <CauseCard cause=cause headline=None /> })}
                        {move || build.get().map(|page| view! { <BuildLink page=page /> })}
                    </div>
                    <Details facts attempt=Some(number) />
                }
                    .into_any()
            } else {
                match task.error.get() {
                    Some(ApiError::NotFound) => view! {
                        <EmptyState icon="history" title=texts::NOT_FOUND text=texts::NOT_FOUND_TEXT />
                    }
                    .into_any(),
                    Some(error) => view! { <Notice>{error.sentence()}</Notice> }.into_any(),
                    None => view! { <Skeleton lines=6 /> }.into_any(),
                }
            }}
        </div>
    }
}

/// Follows a run. It is read once; the stream reports its changes.
fn use_run(id: WorkbenchId, number: u64, watch: WorkbenchWatch, task: Task) -> Memo<Option<Run>> {
    let store = Store::expect();
    let read = RwSignal::new(None::<Run>);
    let of = id.clone();
    let reported = store.select(Topic::Activity, move |state| {
        state.activity().run_of(&of, number).cloned()
    });
    let run = Memo::new(move |_| match (read.get(), reported.get()) {
        (Some(read), Some(reported)) if read.is_newer_than(&reported) => Some(read),
        (read, reported) => reported.or(read),
    });
    // An update of the workbench is about its newest run.
    let newest = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        let newest = workbench.as_ref().and_then(|w| w.run.as_ref());
        newest
            .filter(|newest| newest.number == number)
            .map(|newest| newest.last_seq)
    });
    Effect::new(move |_| {
        let newest = newest.get();
        let known = run.with_untracked(|run| run.as_ref().map(|run| run.last_seq));
        let is_reported = store.is_live() || newest <= known;
        if known.is_some() && is_reported {
            return;
        }
        task.run(api::run(id.clone(), number), move |answer| {
            read.try_set(Some(answer));
        });
    });
    run
}

/// Links to the runs before and after this one.
#[component]
fn Neighbours(
    address: StoredValue<(WorkspaceId, WorkbenchId)>,
    number: u64,
    newest: Memo<u64>,
) -> impl IntoView {
    let link = move |number: u64, rel: &'static str, label: &'static str| {
        let (workspace, id) = address.get_value();
        let href = Page::Run(workspace, id, number).path();
        view! { <a href=href rel=rel>{label}</a> }
    };
    // Before a run that never existed comes the newest.
    let earlier = Memo::new(move |_| {
        let earlier = number.checked_sub(1)?.min(newest.get());
        (earlier > 0).then_some(earlier)
    });
    view! {
        <nav class="neighbours" aria-label=texts::OTHER_ATTEMPTS>
            {move || earlier.get().map(|earlier| link(earlier, "prev", texts::EARLIER))}
            {move || (number < newest.get()).then(|| link(number + 1, "next", texts::LATER))}
        </nav>
    }
}

/// Times of the run in one line.
#[component]
fn Summary(run: Memo<Option<Run>>, journal: RunJournal, now: Signal<Timestamp>) -> impl IntoView {
    let lasted = move || {
        let run = run.read();
        let run = run.as_ref()?;
        let end = run.finished_at.unwrap_or_else(|| now.get());
        Some(texts::lasted(end.since(run.started_at), journal.is_live()))
    };
    let ready = move || {
        let run = run.read();
        let run = run.as_ref()?;
        Some(texts::ready_after(run.ready_at?.since(run.started_at)))
    };
    let started = Signal::derive(move || run.read().as_ref().map(|run| run.started_at));
    view! {
        <p class="quiet">{texts::REQUESTED}<When at=started />", "{lasted}{ready}</p>
    }
}
