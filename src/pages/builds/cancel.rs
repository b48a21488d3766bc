//! Confirmation before a build is cancelled.

use super::texts;
use super::words::title;
use crate::api;
use crate::store::{Store, use_tracked_task};
use crate::ui::{Button, ButtonVariant, Dialog, Notice};
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::build::{Build, BuildStatus};

/// The build that the dialog is about.
#[derive(Clone, Copy)]
pub struct CancelState {
    build: RwSignal<Option<Build>>,
    open: RwSignal<bool>,
}

impl CancelState {
    /// Creates the state with a closed dialog.
    pub fn new() -> Self {
        Self {
            build: RwSignal::new(None),
            open: RwSignal::new(false),
        }
    }

    /// Opens the dialog about a build.
    pub fn about(self, build: Option<Build>) {
        self.build.set(build);
        self.open.set(true);
    }
}

/// The dialog.
#[component]
pub fn CancelDialog(requested: CancelState) -> impl IntoView {
    let name = move || {
        requested
            .build
            .read()
            .as_ref()
            .map(title)
            .unwrap_or_default()
    };
    let heading = Signal::derive(move || texts::cancel_question(&name()));
    view! {
        <Dialog open=requested.open title=heading>
            <Question requested=requested />
        </Dialog>
    }
}

#[component]
fn Question(requested: CancelState) -> impl IntoView {
    let CancelState { build, open } = requested;
    let store = Store::expect();
    let task = use_tracked_task(Request::CancelBuild);
    let text = build.with_untracked(|build| match build.as_ref().map(|build| &build.status) {
        Some(BuildStatus::Pending) => texts::CANCEL_QUEUED,
        _ => texts::CANCEL_RUNNING,
    });
    let keep = move || open.set(false);
    let cancel = move || {
        let Some(id) = build.with_untracked(|build| build.as_ref().map(|build| build.id.clone()))
        else {
            return;
        };
        task.run(api::cancel_build(id), move |build| {
            store.put_build(build);
            open.try_set(false);
        });
    };
    view! {
        <p>{text}</p>
        <p class="quiet">{texts::CANCEL_WAITING}</p>
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <div class="dialog-actions">
            <Button autofocus=true on_press=keep>{texts::KEEP_BUILDING}</Button>
            <Button variant=ButtonVariant::Danger busy=task.busy on_press=cancel>{texts::CANCEL_BUILD}</Button>
        </div>
    }
}
