//! What one can do from the room. The cause names the first thing to do; the stage the others.

use super::told::told_cause;
use crate::hooks::follow;
use crate::parts;
use crate::routes::Page;
use crate::ui::{Button, Icon, Look, effect, live};
use crate::workbench::door::Door;
use crate::workbench::focus;
use crate::workbench::frame::Entry;
use crate::workbench::loss::Loss;
use crate::workbench::page::SessionView;
use crate::workbench::reading::Stage;
use crate::workbench::wishes::Wish;
use leptos::prelude::*;
use vestibule_model::causes::Action;

/// The actions.
#[component]
pub fn Actions(view: SessionView, stage: Memo<Stage>) -> impl IntoView {
    let first = Memo::new(move |_| {
        let is_idle = !matches!(view.door.get(), Door::Open { .. }) && !view.restarting.get();
        told_cause(view)
            .map(|cause| (cause.is_for_administrator_too(), cause.action))
            .filter(|_| is_idle)
    });
    // What was pressed may go with what it did: nobody is thrown back to the top of the page.
    let is_pressed = StoredValue::new(false);
    effect(move || {
        stage.track();
        first.track();
        view.desk.secret.track();
        view.desk.editing.track();
        if is_pressed.get_value() {
            focus::keep();
        }
    });
    view! {
        <div class="actions" on:click=move |_| is_pressed.set_value(true)>
            <ForFrame view=view />
            {live(move || first.get().and_then(|(_, action)| primary(view, action, stage.get())))}
            {live(move || others(view, stage.get(), first.get()))}
        </div>
    }
    .into_any()
}

/// The one thing that the cause asks for; none where that is to wait, or stands there anyway.
fn primary(view: SessionView, action: Action, stage: Stage) -> Option<AnyView> {
    let label = action.label();
    let button = |on_press: Callback<()>| {
        view! { <Button look=Look::Primary busy=view.wishes.task.busy on_press=on_press>{label}</Button> }
            .into_any()
    };
    let has_ended = matches!(stage, Stage::Ended { .. });
    Some(match action {
        Action::OpenSecret { name } => {
            button(Callback::new(move |()| view.desk.open_secret(name.clone())))
        }
        Action::KeepWaiting => button(view.wishes.make(Wish::Extend)),
        Action::OpenLog => button(Callback::new(move |()| view.desk.show_log())),
        Action::Edit | Action::EditEnvironment | Action::Rename => {
            button(Callback::new(move |()| view.desk.editing.set(true)))
        }
        Action::NewWorkbench => {
            let workspace = view
                .watch
                .workbench
                .read_untracked()
                .as_ref()?
                .workspace_id
                .clone();
            let href = Page::NewWorkbench(workspace).path();
            view! { <a class="button" data-look=Look::Primary.word() href=href>{label}</a> }
                .into_any()
        }
        Action::CopyForAdministrator => {
            parts::MESSAGE.show_after(view, || message_to_come(Look::Primary))
        }
        Action::StartAgain if !has_ended => button(Callback::new(move |()| view.restart())),
        Action::OpenInNewTab => new_tab(view, Look::Primary),
        Action::StartAgain | Action::Stop | Action::Wait => return None,
    })
}

/// Keeps the place of the button that copies a message, while that is fetched.
fn message_to_come(look: Look) -> AnyView {
    let label = Action::CopyForAdministrator.label();
    view! { <Button look=look busy=true>{label}</Button> }.into_any()
}

/// What the stage allows beside that.
fn others(view: SessionView, stage: Stage, first: Option<(bool, Action)>) -> AnyView {
    let (is_for_others_too, first) = first.unzip();
    match stage {
        Stage::Starting { late, again } => {
            let patience = Some(view.wishes.make(Wish::Extend));
            let patience = patience.filter(|_| late && first != Some(Action::KeepWaiting));
            let patience = patience.map(|on_press| {
                view! { <Button busy=view.wishes.task.busy on_press=on_press>"Keep waiting"</Button> }
            });
            let retry = late.then(|| {
                view! {
                    <Button busy=view.wishes.task.busy on_press=Callback::new(move |()| view.restart())>"Retry"</Button>
                }
            });
            view! {
                {patience}
                {retry}
                <Stop view=view label=if late || again { "Stop" } else { "Cancel" } />
                <span class="actions">
                    <Edit view=view label="Edit and retry" />
                    <Delete view=view />
                </span>
            }
            .into_any()
        }
        Stage::Running | Stage::Unknown => {
            view! { <Stop view=view label="Stop" /> <Delete view=view /> }.into_any()
        }
        Stage::Stopping => view! { <Delete view=view /> }.into_any(),
        Stage::Ended { .. } => {
            let is_new = view
                .watch
                .workbench
                .read()
                .as_ref()
                .is_some_and(|w| w.run.is_none());
            // Settings do not change the app.
            let can_help = first != Some(Action::NewWorkbench);
            let is_first = first.is_none_or(|first| first == Action::StartAgain);
            view! {
                <Button
                    look=if is_first { Look::Primary } else { Look::Plain }
                    busy=view.wishes.task.busy
                    on_press=view.wishes.make(Wish::Start)
                >
                    <Icon name="play" />
                    {if is_new { "Start" } else { "Start again" }}
                </Button>
                {(is_for_others_too == Some(true)).then(|| {
                    parts::MESSAGE.show_after(view, || message_to_come(Look::Plain))
                })}
                <span class="actions">
                    {can_help.then(|| view! { <Edit view=view label=if is_new { "Edit settings" } else { "Edit and retry" } /> })}
                    <Delete view=view />
                </span>
            }
            .into_any()
        }
        Stage::Deleting => ().into_any(),
    }
}

/// When it runs and takes long to open. What cannot be opened at all is told by the veil.
#[component]
fn ForFrame(view: SessionView) -> impl IntoView {
    let is_slow = Memo::new(move |_| {
        follow(&view.entry);
        let is_slow = *view.entry.read_untracked() == Entry::Slow;
        is_slow && matches!(view.door.get(), Door::Open { .. })
    });
    view! {
        {live(move || {
            is_slow
                .get()
                .then(|| {
                    view! {
                        <Button look=Look::Primary on_press=Callback::new(move |()| view.attempt.update(|n| *n += 1))>
                            "Try again"
                        </Button>
                        <Button on_press=Callback::new(move |()| view.entry.set(Entry::Inside))>"Show it as it is"</Button>
                        {new_tab(view, Look::Plain)}
                    }
                })
        })}
    }
    .into_any()
}

fn new_tab(view: SessionView, look: Look) -> AnyView {
    let link = move |href: String| {
        view! {
            <a class="button" data-look=look.word() href=href target="_blank" rel="noopener noreferrer">
                <span class="button-label"><Icon name="external" />"Open in a new tab"</span>
            </a>
        }
    };
    view! { {live(move || view.app_url.get().map(link))} }.into_any()
}

/// Stopping. To cancel a start is the same, by the name that it has before there is anything to stop.
#[component]
fn Stop(view: SessionView, label: &'static str) -> impl IntoView {
    view! {
        <Button busy=view.wishes.task.busy on_press=Callback::new(move |()| view.stop())>
            <Icon name="stop" />
            {label}
        </Button>
    }
}

#[component]
fn Edit(view: SessionView, label: &'static str) -> impl IntoView {
    view! {
        <Button look=Look::Quiet on_press=Callback::new(move |()| view.desk.editing.set(true))>{label}</Button>
    }
}

#[component]
fn Delete(view: SessionView) -> impl IntoView {
    view! {
        <Button look=Look::Quiet on_press=Callback::new(move |()| view.ask(Loss::Delete))>
            <Icon name="trash" />
            "Delete"
        </Button>
    }
}
