//! What one can do from the room, by stage.

use crate::ui::{Button, Icon, Look, live};
use crate::workbench::door::Door;
use crate::workbench::frame::Entry;
use crate::workbench::page::SessionView;
use crate::workbench::reading::Stage;
use crate::workbench::wishes::Wish;
use leptos::prelude::*;
use vestibule_model::reason;

/// The actions.
#[component]
pub fn Actions(view: SessionView, stage: Memo<Stage>) -> impl IntoView {
    view! {
        <div class="actions">
            <ForFrame view=view />
            {live(move || match stage.get() {
                Stage::Starting { late } => view! { <ForStart view=view late=late /> }.into_any(),
                Stage::Running | Stage::Unknown => view! { <Stop view=view /> <Delete view=view /> }.into_any(),
                Stage::Stopping => view! { <Delete view=view /> }.into_any(),
                Stage::Ended { .. } => {
                    view! {
                        <Button
                            look=Look::Primary
                            busy=view.wishes.task.busy
                            on_press=view.wishes.make(Wish::Start)
                        >
                            <Icon name="play" />
                            {live(move || if view.reading.read().reason == reason::NEVER_STARTED { "Start" } else { "Start again" })}
                        </Button>
                        <Delete view=view />
                    }
                        .into_any()
                }
                Stage::Deleting => ().into_any(),
            })}
        </div>
    }
    .into_any()
}

/// While it starts. Once it is late the choice is the person's, and the first one is patience.
#[component]
fn ForStart(view: SessionView, late: bool) -> impl IntoView {
    let patience = late.then(|| {
        view! {
            <Button look=Look::Primary busy=view.wishes.task.busy on_press=view.wishes.make(Wish::Extend)>
                "Keep waiting"
            </Button>
            <Button busy=view.wishes.task.busy on_press=Callback::new(move |()| view.restart())>"Retry"</Button>
        }
    });
    view! {
        {patience}
        <Stop view=view />
        <Delete view=view />
    }
    .into_any()
}

/// When it runs and one is not let in.
#[component]
fn ForFrame(view: SessionView) -> impl IntoView {
    let is_stuck = Memo::new(move |_| {
        matches!(view.door.get(), Door::Open { .. })
            && matches!(view.entry.get(), Entry::Slow | Entry::Trouble { .. })
    });
    let is_slow = Memo::new(move |_| view.entry.get() == Entry::Slow);
    view! {
        {live(move || {
            is_stuck
                .get()
                .then(|| {
                    view! {
                        <Button look=Look::Primary on_press=Callback::new(move |()| view.attempt.update(|n| *n += 1))>
                            "Try again"
                        </Button>
                        {live(move || is_slow.get().then(|| view! {
                            <Button on_press=Callback::new(move |()| view.entry.set(Entry::Inside))>"Show it as it is"</Button>
                        }))}
                        {live(move || view.app_url.get().map(|href| view! {
                            <a class="button" href=href target="_blank" rel="noopener noreferrer">
                                <span class="button-label"><Icon name="external" />"Open in a new tab"</span>
                            </a>
                        }))}
                    }
                })
        })}
    }
    .into_any()
}

#[component]
fn Stop(view: SessionView) -> impl IntoView {
    view! {
        <Button busy=view.wishes.task.busy on_press=view.wishes.make(Wish::Stop)>
            <Icon name="stop" />
            "Stop"
        </Button>
    }
}

#[component]
fn Delete(view: SessionView) -> impl IntoView {
    view! {
        <Button look=Look::Quiet on_press=Callback::new(move |()| view.deleting.set(true))>
            <Icon name="trash" />
            "Delete"
        </Button>
    }
}
