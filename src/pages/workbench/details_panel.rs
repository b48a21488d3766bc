//! The details beside the running app. The app stays usable.

use super::context::WorkbenchContext;
use super::focus;
use super::frame::FrameFinding;
use super::resize_handle::{ResizeHandle, reserve};
use super::texts;
use crate::effect::Effect;
use crate::lazy::lazy;
use crate::pages::details::{CauseCard, Details};
use crate::store::use_now;
use crate::ui::{Button, ButtonVariant, Icon};
use leptos::html;
use leptos::prelude::*;
use vestibule_model::causes::{Level, Remedy};

/// Width of the panel when it is first opened, in pixels.
const WIDTH: i32 = 480;
/// The narrowest panel.
const NARROWEST: i32 = 320;

lazy! { workbench_dialogs:
    /// Details beside the running app, of this width.
    pub fn details_panel(args: (WorkbenchContext, RwSignal<i32>)) -> AnyView {
        let (context, width) = args;
        view! { <Panel context width /> }.into_any()
    }
}

/// The panel. Its content is rendered while it is open.
#[component]
pub fn DetailsPanel() -> impl IntoView {
    let context = WorkbenchContext::expect();
    let open = context.ui.is_panel_open;
    let width = RwSignal::new(WIDTH);
    // The room shows the same details, and more.
    let is_room = Memo::new(move |_| {
        context.tabs.is_app_selected() && context.frame.overlay.read().is_page()
    });
    let is_shown = Memo::new(move |_| open.get() && !is_room.get());
    Effect::new(move |_| {
        if is_room.get() {
            open.set(false);
        }
    });
    // The app's frame makes room for the panel: frames live above the pages.
    Effect::new(move |_| {
        let reserved = if is_shown.get() { width.get() } else { 0 };
        reserve("--panel", reserved);
    });
    on_cleanup(|| reserve("--panel", 0));
    move || {
        is_shown
            .get()
            .then(|| details_panel().view((context, width)))
    }
}

/// The open panel.
#[component]
fn Panel(context: WorkbenchContext, width: RwSignal<i32>) -> impl IntoView {
    let node = NodeRef::<html::Aside>::new();
    let opener = document().active_element();
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            // Refused only where the element cannot take the focus, and then nothing is lost.
            let _ = node.focus();
        }
    });
    // The log first, unless the reader has chosen the timeline.
    if !context.ui.panel.timeline.get_untracked() {
        context.ui.panel.log.set(true);
    }
    let opener = StoredValue::new_local(opener);
    let close = move || {
        context.ui.is_panel_open.set(false);
        focus::back_to(opener.try_get_value().flatten());
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        // A dialog or menu within the panel closes first.
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            close();
        }
    };
    view! {
        <aside
            class="details-panel"
            aria-label=texts::DETAILS
            tabindex="-1"
            node_ref=node
            style:--panel-width=move || format!("{}px", width.get())
            on:keydown=keys
        >
            <ResizeHandle width=width label=texts::RESIZE narrowest=NARROWEST />
            <div class="details-panel-body">
                <header class="details-panel-head">
                    <h2 class="dialog-title">{context.workbench.name}</h2>
                    <span class="details-panel-actions">
                        <Button variant=ButtonVariant::Quiet on_press=move || edit(context)>{texts::EDIT_SETTINGS}</Button>
                        <Button variant=ButtonVariant::Quiet label=texts::CLOSE on_press=close>
                            <Icon name="close" />
                        </Button>
                    </span>
                </header>
                <Notices context=context />
                <Details facts=context.facts(use_now(move || context.run.journal.is_live())) />
            </div>
        </aside>
    }
}

/// Facts about the running app.
#[component]
fn Notices(context: WorkbenchContext) -> impl IntoView {
    let cause = context.run.cause;
    let notice = Memo::new(move |_| cause.get().filter(|c| c.level != Level::Progressing));
    let restart = move || {
        context.ui.is_panel_open.set(false);
        context.commands.restart();
    };
    view! {
        {move || notice.get().map(|cause| {
            let can_restart = cause.action == Remedy::StartAgain;
            view! {
                <div class="status-card" data-kind="waiting">
                    <CauseCard cause=cause />
                    {can_restart.then(|| view! {
                        <Button variant=ButtonVariant::Primary busy=context.commands.task.busy on_press=restart>
                            {texts::RESTART_NOW}
                        </Button>
                    })}
                </div>
            }
        })}
        {move || context.frame.doubt.get().map(doubt)}
    }
}

/// Parts of the app that may not work, with the remedy.
fn doubt(doubt: FrameFinding) -> impl IntoView {
    view! {
        <div class="status-card" data-kind="waiting">
            <p class="card-what">{doubt.sentence}</p>
            <p class="quiet">{doubt.advice}</p>
            <code class="reason">{format!("{} {}", doubt.why, doubt.evidence)}</code>
        </div>
    }
}

/// Opens the settings in place of the panel.
fn edit(context: WorkbenchContext) {
    context.ui.is_panel_open.set(false);
    context.ui.edit("");
}
