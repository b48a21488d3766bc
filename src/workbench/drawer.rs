//! The details beside the running app. The app stays where it is and as it is.

use super::cover::Cover;
use super::details::Known;
use super::frame::Finding;
use super::page::SessionView;
use super::room::known;
use super::room::told::Card;
use crate::hooks::use_now;
use crate::parts;
use crate::ui::{Button, Icon, Look, Modal, effect, live};
use leptos::prelude::*;
use vestibule_model::causes::{Action, Level};

/// The drawer; what is in it is made when it opens.
#[component]
pub fn Drawer(view: SessionView) -> impl IntoView {
    let open = view.desk.drawer;
    effect(move || {
        if open.get() {
            view.desk.timeline.set(true);
        }
    });
    // Where the app has gone, its room tells the same, and more.
    effect(move || {
        if view.cover.get() == Cover::Room {
            open.set(false);
        }
    });
    view! {
        <Modal open=open label="Details" class="drawer">
            <Content view=view />
        </Modal>
    }
    .into_any()
}

#[component]
fn Content(view: SessionView) -> impl IntoView {
    let now = use_now(move || view.story.is_live());
    let known: Known = known(view, now);
    let notice = Memo::new(move |_| view.cause.get().filter(|c| c.level != Level::Progressing));
    view! {
        <div class="drawer-body">
            <header class="drawer-head">
                <h2 class="dialog-title">{live(move || view.name.get())}</h2>
                <span class="drawer-actions">
                <Button look=Look::Quiet on_press=Callback::new(move |()| edit(view))>"Edit settings"</Button>
                <Button look=Look::Quiet label="Close" on_press=Callback::new(move |()| view.desk.drawer.set(false))>
                    <Icon name="close" />
                </Button>
                </span>
            </header>
            {live(move || notice.get().map(|cause| view! {
                <div class="told" data-kind="waiting">
                    {
                        let again = again(view, cause.action == Action::StartAgain);
                        view! { <Card cause=cause /> {again} }
                    }
                </div>
            }))}
            {live(move || view.doubt.get().map(doubt))}
            {parts::DETAILS.add((known, None))}
        </div>
    }
    .into_any()
}

/// What may not work inside, and what to do about it.
fn doubt(doubt: Finding) -> AnyView {
    view! {
        <div class="told" data-kind="waiting">
            <p class="told-what">{doubt.sentence}</p>
            <p class="quiet">{doubt.advice}</p>
            <code class="reason">{[doubt.why, doubt.evidence].join(" ")}</code>
        </div>
    }
    .into_any()
}

/// What can be done from here about what there is to tell: a new start uses newer settings.
fn again(view: SessionView, helps: bool) -> Option<AnyView> {
    let press = Callback::new(move |()| {
        view.desk.drawer.set(false);
        view.restart();
    });
    helps.then(|| {
        view! { <Button look=Look::Primary busy=view.wishes.task.busy on_press=press>"Restart now"</Button> }
            .into_any()
    })
}

/// One thing at a time: what is typed should not stand over a timeline.
fn edit(view: SessionView) {
    view.desk.drawer.set(false);
    view.desk.editing.set(true);
}
