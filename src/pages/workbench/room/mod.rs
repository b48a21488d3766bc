//! The waiting room: the state of a start, its duration, and the actions.

mod actions;
mod app_report;
mod build_progress;
mod clock;
mod log_excerpt;
mod next_run;
mod status_card;
mod steps;

use super::context::WorkbenchContext;
use super::frame_host::frame_host;
use super::overlay::Overlay;
use super::texts;
use crate::effect::Effect;
use crate::lazy::lazy;
use crate::pages::details::Details;
use crate::pages::shared::{FreshnessBar, Rights, WorkbenchStage};
use crate::routes::Page;
use crate::store::{AppCatalogue, Session, use_now};
use crate::ui::{EmptyState, Icon, Notice, PageHeading, Skeleton};
use actions::Actions;
use clock::{Elapsed, StartProgress, TimeLeft};
use leptos::prelude::*;
use next_run::NextRun;
use status_card::StatusCard;
use steps::Steps;
use vestibule_client::poll::Freshness;
use vestibule_model::access::{Permission, Resource};
use vestibule_model::workbench::Workbench;

/// Content of the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Loading,
    Gone,
    Workbench,
}

lazy! { room:
    /// Renders the content of the room while the workbench is known.
    pub fn room_content(_args: ()) -> AnyView {
        view! { <Present /> }.into_any()
    }
}

/// The room.
#[component]
pub fn Room() -> impl IntoView {
    let context = WorkbenchContext::expect();
    let watch = context.workbench.watch;
    let overlay = context.frame.overlay;
    let content = Memo::new(move |before: Option<&Content>| {
        let is_lost = watch.freshness.get().is_lost();
        // An app that already runs opens without the room.
        let has_room = before == Some(&Content::Workbench) || *overlay.read() == Overlay::Room;
        match (is_lost, watch.workbench.read().is_some() && has_room) {
            (true, _) => Content::Gone,
            (false, true) => Content::Workbench,
            (false, false) => Content::Loading,
        }
    });
    view! {
        <div class="room">
            {move || match content.get() {
                Content::Loading => view! { <Loading /> }.into_any(),
                Content::Gone => view! { <Gone /> }.into_any(),
                Content::Workbench => room_content().view_or((), || view! { <Loading /> }.into_any()),
            }}
        </div>
    }
}

/// Before the first answer. The name comes with it.
#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="visually-hidden"><PageHeading text=texts::WORKBENCH /></div>
        <StaleNotice />
        <Skeleton lines=6 />
    }
}

/// The error for which the data is not current.
#[component]
fn StaleNotice() -> impl IntoView {
    let watch = WorkbenchContext::expect().workbench.watch;
    view! { <FreshnessBar freshness=watch.freshness on_retry=move || watch.retry() /> }
}

/// The workbench does not exist, or not for this reader.
#[component]
fn Gone() -> impl IntoView {
    let workbench = WorkbenchContext::expect().workbench;
    let was_known = workbench.watch.workbench.read_untracked().is_some();
    let watch = workbench.watch;
    let id = watch
        .workbench
        .read_untracked()
        .as_ref()
        .map(|one| one.id.clone());
    let is_unseen = id.is_some_and(|id| {
        let resource = Resource::Workbench(workbench.workspace.get_value(), id);
        untrack(|| !Rights::expect().has(Permission::WorkbenchRead, &resource))
    });
    let deleted_by = watch.deleted_by.get_untracked();
    let (title, text) = match watch.freshness.get_untracked() {
        // A workbench without permission is not found, though it was not deleted.
        Freshness::Forbidden => (texts::NO_ACCESS.to_owned(), texts::NO_ACCESS_TEXT),
        _ if is_unseen && deleted_by.is_none() => {
            (texts::NO_ACCESS.to_owned(), texts::NO_ACCESS_TEXT)
        }
        _ if was_known => (deleted(deleted_by), texts::DELETED_TEXT),
        _ => (texts::NOT_FOUND.to_owned(), texts::NOT_FOUND_TEXT),
    };
    let workspace = Page::Workspace(workbench.workspace.get_value()).path();
    view! {
        <EmptyState icon="search" title=title text=text is_page=true>
            <a class="button" data-variant="primary" href=workspace>{texts::GO_TO_WORKSPACE}</a>
        </EmptyState>
    }
}

/// Returns that the workbench was deleted, and by whom if that is known.
fn deleted(by: Option<String>) -> String {
    let me = untrack(|| Session::expect().user_name());
    match by {
        None => texts::DELETED.to_owned(),
        Some(by) if me.as_ref() == Some(&by) => texts::DELETED_BY_YOU.to_owned(),
        Some(by) => texts::deleted_by(&by),
    }
}

#[component]
fn Present() -> impl IntoView {
    let context = WorkbenchContext::expect();
    let workbench = context.workbench;
    let stage = Memo::new(move |_| workbench.stage());
    let now = use_now(move || !stage.get().is_ended());
    // The app comes next.
    Effect::new(move |_| {
        if matches!(stage.get(), WorkbenchStage::Starting { .. }) {
            frame_host().prefetch();
        }
    });
    let no_open = workbench.refusals.open;
    let not_opened = move || no_open.read().is_some() && stage.get() == WorkbenchStage::Running;
    let label = move || match stage.get() {
        WorkbenchStage::Running if no_open.read().is_some() => workbench.summary.read().word,
        // The room is there until the app has opened, however ready the app is behind it.
        WorkbenchStage::Starting { .. } | WorkbenchStage::Running | WorkbenchStage::Unknown => {
            texts::STARTING
        }
        WorkbenchStage::Stopping => texts::STOPPING,
        WorkbenchStage::Deleting => texts::DELETING,
        WorkbenchStage::Ended { .. } => texts::ENDED,
    };
    let has_run = Memo::new(move |_| context.run.journal.run.read().is_some());
    let catalogue = AppCatalogue::expect();
    view! {
        <StaleNotice />
        <section aria-label=label data-kind=move || workbench.summary.read().mark.as_str()>
            <header class="room-head">
                <span class="room-icon">
                    {move || view! { <Icon name=catalogue.icon(&workbench.app.read()) size=24 /> }}
                </span>
                <div>
                    <PageHeading text=workbench.name />
                    <p class="quiet">{move || workbench.app_title(catalogue)}</p>
                </div>
                <Elapsed now=now />
            </header>
            <StartProgress now=now />
            // Above what varies: the card and its log grow while someone points at a button.
            <Actions stage=stage />
            <StatusCard now=now />
            {move || not_opened().then(|| view! { <p class="quiet" role="status">{texts::NOT_OPENED}</p> })}
            {move || context.commands.task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <SettingsChanged />
            <NextRun stage=stage />
            <TimeLeft now=now />
            {move || has_run.get().then(|| view! {
                <Steps now=now />
                <Details facts=context.facts(now) />
            })}
        </section>
    }
}

/// Notice that this start uses older settings than those saved last.
#[component]
fn SettingsChanged() -> impl IntoView {
    let context = WorkbenchContext::expect();
    let is_ahead = Memo::new(move |_| {
        let is_starting = matches!(context.workbench.stage(), WorkbenchStage::Starting { .. });
        let workbench = context.workbench.watch.workbench.read();
        is_starting && workbench.as_ref().is_some_and(Workbench::is_spec_ahead)
    });
    move || {
        is_ahead.get().then(|| {
            view! { <p class="quiet" role="status">{texts::SETTINGS_CHANGED}</p> }
        })
    }
}
