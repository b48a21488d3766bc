//! One attempt by itself, at an address that stays: how it went, and everything that was recorded.

use super::attempts::how;
use super::desk::Desk;
use super::details::Known;
use super::room::told::{BuildLink, Card};
use super::story::{Story, Subject, use_story};
use crate::api::{self, ApiError};
use crate::hooks::{Crumb, Trail, use_now, use_task, use_workbench_status};
use crate::parts;
use crate::routes::Page;
use crate::ui::{
    EmptyState, Icon, Mark, Notice, PageHeading, Skeleton, When, adopt_room, attr, effect, live,
    show_state_in_tab,
};
use crate::workspaces::use_workspace_name;
use leptos::prelude::*;
use vestibule_model::causes::{self, Evidence};
use vestibule_model::duration::humanize;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::run::{Run, RunStatus};
use vestibule_model::time::Timestamp;

/// The page.
#[component]
pub fn RunPage(workspace: WorkspaceId, id: WorkbenchId, number: u64) -> impl IntoView {
    adopt_room();
    let watch = use_workbench_status(&id);
    let workspace_name = use_workspace_name(&workspace);
    let session_page = Page::Session(workspace.clone(), id.clone());
    let page = StoredValue::new((workspace.clone(), id.clone()));
    let newest = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        let run = workbench.as_ref().and_then(|w| w.run.as_ref());
        run.map_or(0, |run| run.number)
    });
    let list_page = Page::Workspace(workspace);
    let session_link = session_page.path();
    Trail::follow(move || {
        let name = watch.workbench.read().as_ref().map(|w| w.name.clone());
        vec![
            Crumb::to(&list_page, workspace_name.get()),
            Crumb::to(&session_page, name.unwrap_or_default()),
            Crumb::here(format!("Attempt {number}")),
        ]
    });
    // It names the tab, and on a phone nothing else names the workbench.
    let heading = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        let of = workbench.as_ref().map(|w| format!(" of {}", w.name));
        format!("Attempt {number}{}", of.unwrap_or_default())
    });
    let run = RwSignal::new(None::<Run>);
    let task = use_task();
    // The workbench's news tell when the attempt has some: they are about the newest one.
    let news = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        let newest = workbench.as_ref().and_then(|w| w.run.as_ref());
        newest
            .filter(|newest| newest.number == number)
            .map(|newest| newest.last_seq)
    });
    effect(move || {
        news.track();
        task.run(api::run(id.clone(), number), move |answer| {
            if run.try_with_untracked(|run| run.as_ref() != Some(&answer)) == Some(true) {
                run.try_set(Some(answer));
            }
        });
    });
    let story = use_story(Memo::new(move |_| run.read().as_ref().map(Subject::of_run)));
    let now = use_now(move || story.is_live());
    let timeline = story.timeline(now);
    let conditions = Memo::new(move |_| {
        let timeline = timeline.read();
        timeline
            .as_ref()
            .map(|t| t.conditions_at(t.end))
            .unwrap_or_default()
    });
    let cause = Memo::new(move |_| {
        let run = run.read();
        let run = run.as_ref()?;
        let stopped = matches!(run.status, RunStatus::Stopped | RunStatus::Stopping);
        causes::find(&Evidence {
            conditions: &conditions.read(),
            stopped_reason: run.cause.as_deref().filter(|_| stopped),
            exit_code: run.exit_code,
            journal: &story.journal.read(),
            ..Evidence::default()
        })
    });
    let desk = Desk::new();
    desk.timeline.set(true);
    let known = Known {
        story,
        workbench: watch.workbench.into(),
        conditions: conditions.into(),
        cause: cause.into(),
        now,
        desk,
    };
    let has_run = Memo::new(move |_| run.read().is_some());
    let mark = Memo::new(move |_| run.read().as_ref().map(how));
    show_state_in_tab(mark.into());
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
                <a class="button" href=session_link><span class="button-label"><Icon name="door" />"Go to the workbench"</span></a>
            </div>
            <Neighbours page=page number=number newest=newest />
            {live(move || if has_run.get() {
                view! {
                    <Summary run=run story=story now=now />
                    <div class="told" data-kind=attr(move || mark.get().map_or("unknown", |(mark, _)| mark.word()))>
                        {live(move || mark.get().map(|(mark, word)| view! {
                            <span class="state" data-kind=mark.word()><Mark kind=mark /><span class="state-word">{word}</span></span>
                        }))}
                        {live(move || cause.get().map(|cause| view! { <Card cause=cause /> }))}
                        {live(move || build.get().map(|page| view! { <BuildLink page=page /> }))}
                    </div>
                    {parts::DETAILS.add((known, Some(number)))}
                }
                    .into_any()
            } else {
                match task.error.get() {
                    Some(ApiError::NotFound) => view! { <Missing /> }.into_any(),
                    Some(error) => view! { <Notice>{error.sentence()}</Notice> }.into_any(),
                    None => view! { <Skeleton lines=6 /> }.into_any(),
                }
            })}
        </div>
    }
    .into_any()
}

/// The attempts before and after this one.
#[component]
fn Neighbours(
    page: StoredValue<(WorkspaceId, WorkbenchId)>,
    number: u64,
    newest: Memo<u64>,
) -> impl IntoView {
    let link = move |number: u64, rel: &'static str, label: &'static str| {
        let (workspace, id) = page.get_value();
        let href = Page::Run(workspace, id, number).path();
        view! { <a href=href rel=rel>{format!("{label} attempt")}</a> }
    };
    // Before an attempt that never was stands the newest.
    let earlier = Memo::new(move |_| {
        let earlier = number.checked_sub(1)?.min(newest.get());
        (earlier > 0).then_some(earlier)
    });
    view! {
        <nav class="neighbours" aria-label="Other attempts">
            {live(move || earlier.get().map(|earlier| link(earlier, "prev", "Earlier")))}
            {live(move || (number < newest.get()).then(|| link(number + 1, "next", "Later")))}
        </nav>
    }
    .into_any()
}

/// There is no such attempt.
#[component]
fn Missing() -> impl IntoView {
    let text = "It was removed, or never was: of every workbench the newest attempts are kept.";
    view! { <EmptyState icon="history" title="No such attempt" text=text /> }.into_any()
}

/// Its times in one line.
#[component]
fn Summary(run: RwSignal<Option<Run>>, story: Story, now: Signal<Timestamp>) -> impl IntoView {
    let lasted = move || {
        let run = run.read();
        let run = run.as_ref()?;
        let end = run.finished_at.unwrap_or_else(|| now.get());
        let verb = if story.is_live() { "for " } else { "lasted " };
        Some([verb, &humanize(end.since(run.started_at))].concat())
    };
    let ready = move || {
        let run = run.read();
        let run = run.as_ref()?;
        let took = run.ready_at?.since(run.started_at);
        Some(format!(", ready after {}", humanize(took)))
    };
    let started = Signal::derive(move || run.read().as_ref().map(|run| run.started_at));
    view! {
        <p class="quiet">"Asked for "<When at=started />", "{live(lasted)}{live(ready)}</p>
    }
    .into_any()
}
