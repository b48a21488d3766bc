//! The room before the app: what is happening now, how long it has taken, and what can be done.

mod actions;

use super::door::Door;
use super::frame::Entry;
use super::log_tail::LogTail;
use super::page::SessionView;
use super::reading::Stage;
use super::state_mark::StateMark;
use super::steps::Steps;
use crate::hooks::{Catalogue, use_now};
use crate::routes::Page;
use crate::ui::{EmptyState, Icon, MarkKind, Notice, PageHeading, Skeleton, attr, live};
use crate::workspaces::FreshnessBar;
use actions::Actions;
use leptos::prelude::*;
use vestibule_model::duration::humanize;
use vestibule_model::poll::Freshness;
use vestibule_model::time::{Millis, Timestamp};

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
        let freshness = view.watch.freshness.get();
        let is_gone = matches!(freshness, Freshness::Gone | Freshness::Forbidden);
        match (is_gone, view.watch.workbench.read().is_some()) {
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
        <EmptyState icon="search" title=title text=text>
            <a class="button" data-look="primary" href=Page::Workspaces.path()>"Go to the workspaces"</a>
        </EmptyState>
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
    let run = Memo::new(move |_| {
        let workbench = view.watch.workbench.read();
        workbench
            .as_ref()
            .and_then(|w| w.run.as_ref())
            .map(|run| (run.id.clone(), run.last_seq))
    });
    let has_failed = Signal::derive(move || stage.get() == Stage::Ended { badly: true });
    view! {
        <Trouble view=view />
        <section aria-label=attr(label) data-kind=attr(move || view.reading.read().mark.word())>
            <header class="room-head">
                <span class="room-icon">{live(move || view! { <Icon name=catalogue.icon(&app.read()) size=24 /> })}</span>
                <div>
                    <PageHeading text=view.name />
                    <p class="quiet">{live(move || catalogue.title(&app.read()))}</p>
                </div>
                <Elapsed view=view now=now />
            </header>
            <Now view=view />
            <Actions view=view stage=stage />
            {live(move || view.wishes.task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
            <TimeLeft view=view now=now />
            <Steps workbench=view.watch.workbench now=now />
            <LogTail run=run unfolded=has_failed />
        </section>
    }
    .into_any()
}

/// What is happening now, or why it ended; where one cannot get in although it runs, why.
#[component]
fn Now(view: SessionView) -> impl IntoView {
    let said = Memo::new(move |_| {
        let reading = view.reading.get();
        match (view.door.get(), view.entry.get()) {
            (Door::Open { .. }, Entry::Trouble { sentence, code }) => {
                (Some(MarkKind::Waiting), sentence, code)
            }
            (Door::Open { .. }, Entry::Slow) => (
                None,
                "The app runs, and takes long to open.".to_owned(),
                String::new(),
            ),
            (Door::Open { .. }, _) => (
                None,
                "The app is ready; opening it.".to_owned(),
                String::new(),
            ),
            _ if view.restarting.get() => (
                None,
                "It is stopped first, then started again.".to_owned(),
                reading.reason,
            ),
            _ => (None, reading.sentence, reading.reason),
        }
    });
    view! {
        <div class="now" data-kind=attr(move || said.get().0.unwrap_or(view.reading.read().mark).word())>
            <StateMark reading=view.reading k8s_status=view.k8s_status />
            <p class="now-sentence">{live(move || said.get().1)}</p>
            {live(move || Some(said.get().2).filter(|code| !code.is_empty()).map(|code| view! { <code class="reason">{code}</code> }))}
        </div>
    }
    .into_any()
}

/// How long it has taken so far; once it has ended, how long it lasted.
#[component]
fn Elapsed(view: SessionView, now: Signal<Timestamp>) -> impl IntoView {
    let since = Memo::new(move |_| {
        let workbench = view.watch.workbench.read();
        let started = workbench
            .as_ref()
            .and_then(|w| w.run.as_ref())
            .and_then(|run| run.started_at);
        let ended = workbench.as_ref().and_then(|w| w.status.completion_time);
        let is_over = matches!(view.reading.read().stage, Stage::Ended { .. });
        started.map(|started| (started, ended.filter(|_| is_over)))
    });
    let text = move || {
        since
            .get()
            .map(|(started, ended)| humanize(ended.unwrap_or_else(|| now.get()).since(started)))
    };
    view! { <p class="elapsed">{text}</p> }.into_any()
}

/// Until when the start is expected to succeed; the server's word, the same after a reload.
#[component]
fn TimeLeft(view: SessionView, now: Signal<Timestamp>) -> impl IntoView {
    let deadline = Memo::new(move |_| {
        let workbench = view.watch.workbench.read();
        let is_starting = matches!(view.reading.read().stage, Stage::Starting { .. });
        workbench
            .as_ref()
            .and_then(|w| w.run.as_ref())
            .and_then(|run| run.start_deadline)
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
