//! The question before a build is ended: what that does, and what it leaves.

use super::words::title;
use crate::api;
use crate::hooks::use_async_action;
use crate::ui::{Button, Dialog, Look, Notice, live};
use leptos::prelude::*;
use vestibule_model::activity::Request;
use vestibule_model::build::{Build, BuildStatus};

/// Which build is asked about.
#[derive(Clone, Copy)]
pub struct Asked {
    build: RwSignal<Option<Build>>,
    open: RwSignal<bool>,
}

impl Asked {
    /// Nothing is asked.
    pub fn new() -> Self {
        Self {
            build: RwSignal::new(None),
            open: RwSignal::new(false),
        }
    }

    /// Asks about a build.
    pub fn about(self, build: Option<Build>) {
        self.build.set(build);
        self.open.set(true);
    }
}

/// The dialog.
#[component]
pub fn CancelDialog(asked: Asked, done: Callback<()>) -> impl IntoView {
    let name = move || asked.build.read().as_ref().map(title).unwrap_or_default();
    let heading = Signal::derive(move || format!("Cancel the build of {}?", name()));
    view! {
        <Dialog open=asked.open title=heading>
            <Question asked=asked done=done />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Question(asked: Asked, done: Callback<()>) -> impl IntoView {
    let Asked { build, open } = asked;
    let task = use_async_action(Request::CancelBuild);
    let text = build.with_untracked(|build| match build.as_ref().map(|build| &build.status) {
        Some(BuildStatus::Pending) => "It leaves the queue, and nothing is built.",
        _ => {
            "The step under way is stopped, with everything that it has started, and what was built so far is removed. The log is kept."
        }
    });
    let keep = Callback::new(move |()| open.set(false));
    let cancel = Callback::new(move |()| {
        let Some(id) = build.with_untracked(|build| build.as_ref().map(|build| build.id.clone()))
        else {
            return;
        };
        task.run(api::cancel_build(id), move |_| {
            open.try_set(false);
            done.run(());
        });
    });
    view! {
        <p>{text}</p>
        <p class="quiet">"Workbenches that wait for it do not start. They can be started again, which asks for a new build."</p>
        {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
        <div class="dialog-actions">
            <Button autofocus=true on_press=keep>"Keep building"</Button>
            <Button look=Look::Danger busy=task.busy on_press=cancel>"Cancel build"</Button>
        </div>
    }
    .into_any()
}
