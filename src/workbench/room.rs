//! The room before the app: what is happening now, how long it has taken, and what can be done.

mod actions;
pub mod told;

use super::details::Known;
use super::page::SessionView;
use super::reading::Stage;
use super::steps::Steps;
use crate::hooks::{Catalogue, use_now};
use crate::parts::{self, PastSteps};
use crate::ui::{Icon, Notice, PageHeading, Skeleton, attr, effect, live};
use crate::workspaces::{FreshnessBar, nowhere};
use actions::Actions;
use leptos::prelude::*;
use told::Told;
use vestibule_model::duration::humanize;
use vestibule_model::poll::Freshness;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::timeline::steps::{self, Step};
use vestibule_model::workbench::Workbench;

/// What the room shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    Nothing,
    Gone,
    Workbench,
}

/// The room.
#[component]
pub fn Room(view: SessionView) -> impl IntoView {
    let show = Memo::new(move |_| {
        let is_lost = view.watch.freshness.get().is_lost();
        match (is_lost, view.watch.workbench.read().is_some()) {
            (true, _) => Show::Gone,
            (false, true) => Show::Workbench,
            (false, false) => Show::Nothing,
        }
    });
    view! {
        <div class="room">
            {live(move || match show.get() {
                Show::Nothing => view! { <Arriving view=view /> }.into_any(),
                Show::Gone => view! { <Gone view=view /> }.into_any(),
                Show::Workbench => view! { <Present view=view /> }.into_any(),
            })}
        </div>
    }
    .into_any()
}

#[component]
fn Arriving(view: SessionView) -> impl IntoView {
    let not_yet = move || {
        let text = "There is no such workbench, or not yet. It is looked for again.";
        view.watch
            .missing
            .get()
            .then(|| view! { <p class="quiet" role="status">{text}</p> })
    };
    view! {
        // Its name comes with the first answer.
        <PageHeading text="Workbench" />
        <Trouble view=view />
        {not_yet}
        <Skeleton lines=6 />
    }
    .into_any()
}

/// Trouble with reaching the server. That a workbench is missing is none.
#[component]
fn Trouble(view: SessionView) -> impl IntoView {
    let freshness = Signal::derive(move || {
        if view.watch.missing.get() {
            Freshness::Loading
        } else {
            view.watch.freshness.get()
        }
    });
    view! { <FreshnessBar freshness=freshness on_retry=Callback::new(move |()| view.watch.retry()) /> }
}

#[component]
fn Gone(view: SessionView) -> impl IntoView {
    let was_deleted = view
        .watch
        .workbench
        .with_untracked(|w| w.as_ref().is_some_and(|w| w.deleting));
    let (title, text) = match view.watch.freshness.get_untracked() {
        Freshness::Forbidden => (
            "You may not see this",
            "An administrator can give you the permission.",
        ),
        _ if was_deleted => ("Deleted", "The workbench and its folder are gone."),
        _ => ("Not found", "There is no such workbench, or not any more."),
    };
    view! {
        <PageHeading text=title.to_owned() />
        {nowhere(title, text)}
    }
    .into_any()
}

#[component]
fn Present(view: SessionView) -> impl IntoView {
    let stage = Memo::new(move |_| view.reading.read().stage);
    let now = use_now(move || !matches!(stage.get(), Stage::Ended { .. }));
    let app = Memo::new(move |_| {
        view.watch
            .workbench
            .read()
            .as_ref()
            .map_or_else(String::new, |w| w.app.clone())
    });
    let catalogue = Catalogue::get();
    let label = move || match stage.get() {
        // The room is there until the door has opened, however ready the app is behind it.
        Stage::Starting { .. } | Stage::Running | Stage::Unknown => "Starting",
        Stage::Stopping => "Stopping",
        Stage::Deleting => "Deleting",
        Stage::Ended { .. } => "Ended",
    };
    let past = parts::PAST_STEPS.follow();
    let steps = Memo::new(move |_| steps(view, past.get()));
    let said = Memo::new(move |_| told::said(view));
    let has_run = Memo::new(move |_| view.story.subject.read().is_some());
    effect(move || {
        if (stage.get() == Stage::Ended { badly: true }) {
            view.desk.timeline.set(true);
            view.desk.log.set(true);
        }
    });
    view! {
        <Trouble view=view />
        <section aria-label=attr(label) data-kind=attr(move || view.reading.read().mark.word())>
            <header class="room-head">
                <span class="room-icon">{live(move || view! { <Icon name=catalogue.icon(&app.read()) size=24 /> })}</span>
                <div>
                    <PageHeading text=view.name />
                    <p class="quiet">{live(move || catalogue.title(&app.read()))}</p>
                </div>
                <Elapsed view=view now=now app=app />
            </header>
            <Told view=view />
            <Actions view=view stage=stage />
            {live(move || view.wishes.task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
            <NewerSettings view=view />
            <TimeLeft view=view now=now />
            <Steps steps=steps now=now said=said />
            {live(move || has_run.get().then(|| parts::DETAILS.add((known(view, now), None))))}
        </section>
    }
    .into_any()
}

/// That what was saved last is not what starts.
#[component]
fn NewerSettings(view: SessionView) -> impl IntoView {
    let is_ahead = Memo::new(move |_| {
        let is_starting = matches!(view.reading.read().stage, Stage::Starting { .. });
        let workbench = view.watch.workbench.read();
        is_starting && workbench.as_ref().is_some_and(Workbench::is_spec_ahead)
    });
    let text = "The settings were changed since. This start keeps the older ones; the next one uses the new.";
    view! { {live(move || is_ahead.get().then(|| view! { <p class="quiet" role="status">{text}</p> }))} }
        .into_any()
}

/// What there is to know of it.
pub fn known(view: SessionView, now: Signal<Timestamp>) -> Known {
    let conditions = move || {
        let workbench = view.watch.workbench.read();
        let told = workbench.as_ref().filter(|w| !w.desires_another_run());
        told.map(|w| w.status.conditions.clone())
            .unwrap_or_default()
    };
    Known {
        story: view.story,
        workbench: view.watch.workbench.into(),
        conditions: Signal::derive(conditions),
        cause: view.cause.into(),
        now,
        desk: view.desk,
    }
}

/// The steps, as far as they were observed. Those of a run that has ended are told by its journal:
/// what had been done once is not forgotten.
fn steps(view: SessionView, past: Option<PastSteps>) -> Vec<Step> {
    let workbench = view.watch.workbench.read();
    let Some(workbench) = workbench.as_ref() else {
        return Vec::new();
    };
    let subject = view.story.subject.read();
    let Some(subject) = subject.as_ref() else {
        return Vec::new();
    };
    let begin = subject.times.started_at;
    if workbench.desires_another_run() {
        return steps::steps(&[], begin, None, false);
    }
    let journal = view.story.journal.read();
    match (subject.times.finished_at, past) {
        (Some(end), Some(past)) if !journal.is_empty() => past(&subject.times, &journal, end),
        (finished, _) => {
            let status = &workbench.status;
            steps::steps(
                &status.conditions,
                begin,
                status.ready_time,
                finished.is_some(),
            )
        }
    }
}

/// How long it has taken so far, and how long it usually takes; once it has ended, how long it
/// lasted.
#[component]
fn Elapsed(view: SessionView, now: Signal<Timestamp>, app: Memo<String>) -> impl IntoView {
    let since = Memo::new(move |_| {
        let workbench = view.watch.workbench.read();
        let started = workbench
            .as_ref()
            .and_then(|w| w.run.as_ref())
            .and_then(|run| run.started_at);
        let ended = workbench.as_ref().and_then(|w| w.status.completion_time);
        let is_over = matches!(view.reading.read().stage, Stage::Ended { .. });
        let lost = workbench.as_ref().and_then(Workbench::silent_since);
        lost.or(started)
            .map(|since| (since, ended.filter(|_| is_over)))
    });
    let text = move || {
        since
            .get()
            .map(|(started, ended)| humanize(ended.unwrap_or_else(|| now.get()).since(started)))
    };
    let catalogue = Catalogue::get();
    let expected = Memo::new(move |_| {
        let stage = view.reading.read().stage;
        let is_start = matches!(stage, Stage::Starting { again: false, .. });
        catalogue.expectation(&app.read()).filter(|_| is_start)
    });
    let pace = Memo::new(move |_| {
        let (started, _) = since.get()?;
        Some(expected.get()?.pace(now.get().since(started)).words())
    });
    view! {
        <div class="room-times">
            <p class="elapsed">{live(text)}</p>
            {live(move || expected.get().map(|expected| view! {
                <p class="quiet">{expected.sentence()}</p>
                <p class="pace">{live(move || pace.get())}</p>
            }))}
        </div>
    }
    .into_any()
}

/// Until when the start is expected to succeed; the server's word, the same after a reload.
#[component]
fn TimeLeft(view: SessionView, now: Signal<Timestamp>) -> impl IntoView {
    let deadline = Memo::new(move |_| {
        let workbench = view.watch.workbench.read();
        let is_starting = matches!(view.reading.read().stage, Stage::Starting { .. });
        workbench
            .as_ref()
            .and_then(Workbench::start_deadline)
            .filter(|_| is_starting)
    });
    let text = move || {
        let left = deadline.get()?.since(now.get());
        Some(if left > Millis(0) {
            format!("{} left for this start", humanize(left))
        } else {
            format!(
                "{} over the time set for this start",
                humanize(Millis(-left.0))
            )
        })
    };
    view! { <p class="time-left">{text}</p> }.into_any()
}
