//! The workbench's page: the waiting room, then the app once it runs.

use super::context::WorkbenchContext;
use super::details_panel::DetailsPanel;
use super::edit_dialog::{EditDialog, prefetch_dialogs};
use super::enter::use_enter;
use super::frames::Frames;
use super::idle_notice::IdleNotice;
use super::overlay::Overlay;
use super::overlay_card::OverlayCard;
use super::room::Room;
use super::secret_dialog::SecretDialog;
use super::share_dialog::ShareDialog;
use super::tabs::{RenameDialog, TabPanels, TabStrip};
use super::texts;
use super::toolbar::Toolbar;
use crate::effect::Effect;
use crate::pages::shared::ConfirmDialog;
use crate::pages::shared::{Confirmation, Destructive, use_workspace_name};
use crate::routes::Page;
use crate::store::{Breadcrumbs, Crumb, Store};
use crate::ui::{Announcer, MarkKind, Toasts, show_state_in_tab};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_client::frames::FrameKey;
use vestibule_client::poll::Freshness;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// Duration of the room's fade; `--room-fade` in the style sheet is the same.
const FADE_MILLIS: u32 = 180;

/// The workbench's page.
#[component]
pub fn WorkbenchPage(workspace: WorkspaceId, id: WorkbenchId) -> impl IntoView {
    let context = WorkbenchContext::provide(workspace.clone(), &id);
    let overlay = context.frame.overlay;
    let shared = id.clone();
    let is_entering = use_enter(context, id.clone());
    show_breadcrumbs(context, workspace.clone());
    announce_state(context);
    show_tab_state(context);
    end_restart_inside(context);
    let is_room_there = keep_room_until_faded(overlay);
    // A room that fades is out of reach: from then on the toolbar names the page.
    let is_split = Memo::new(move |_| {
        !context.tabs.is_app_selected() && context.tabs.beside.is_on() && !overlay.read().is_page()
    });
    context.tabs.beside.reserve_room(is_split);
    let is_app_shown = Memo::new(move |_| context.tabs.is_app_selected() || is_split.get());
    show_frame(context, id, is_entering, is_app_shown);
    let is_toolbar_there = Memo::new(move |_| {
        !is_app_shown.get() || !overlay.read().is_page() || !is_room_there.get()
    });
    let is_leaving = Memo::new(move |_| !overlay.read().is_page());
    let confirmation = confirmation(context, &workspace);
    view! {
        <TabStrip />
        <div class="workbench">
            <div
                class="app-toolbar"
                on:pointerenter=|_| prefetch_dialogs()
                on:focusin=|_| prefetch_dialogs()
                data-state=move || if is_toolbar_there.get() { "there" } else { "gone" }
                data-opening=move || (overlay.get() == Overlay::Opening && is_app_shown.get()).then_some("")
            >
                {move || is_toolbar_there.get().then(|| view! { <Toolbar /> })}
            </div>
            <div class="stage">
                {move || match overlay.get() {
                    Overlay::Blocked(reason) if is_app_shown.get() => Some(view! { <OverlayCard reason=reason /> }),
                    _ => None,
                }}
                <TabPanels is_split=is_split />
            </div>
            // The session may end, and the page with it, in the moment in which the frame goes.
            {move || is_room_there.try_get().unwrap_or(false).then(|| view! {
                <div
                    class="room-layer"
                    data-state=move || is_leaving.get().then_some("leaving")
                    hidden=move || !is_app_shown.get()
                    inert=is_leaving
                >
                    <Room />
                </div>
            })}
            <IdleNotice />
            <DetailsPanel />
            <SecretDialog context=context workspace=workspace.clone() />
            <EditDialog context=context workspace=workspace.clone() />
            <ShareDialog context=context workspace=workspace id=shared />
            <RenameDialog tabs=context.tabs />
            <ConfirmDialog confirmation=confirmation />
        </div>
    }
}

/// Returns the state of the confirmation dialog. A deletion leads back to the workspace.
fn confirmation(context: WorkbenchContext, workspace: &WorkspaceId) -> Confirmation {
    let commands = context.commands;
    let task = commands.task;
    let navigate = use_navigate();
    let toasts = Toasts::expect();
    let workspace_page = Page::Workspace(workspace.clone()).path();
    Confirmation {
        open: commands.confirming,
        action: commands.confirmed,
        name: context.workbench.name.into(),
        busy: task.busy.into(),
        error: Signal::derive(move || task.error.get().map(|error| error.sentence())),
        yes: Callback::new(move |action| {
            let navigate = navigate.clone();
            let workspace_page = workspace_page.clone();
            let deleted = texts::deleted(&context.workbench.name.read_untracked());
            commands.perform(action, move || {
                if action == Destructive::Delete {
                    commands.confirming.try_set(false);
                    toasts.show(deleted);
                    navigate(&workspace_page, Default::default());
                } else {
                    commands.confirmation_done();
                }
            });
        }),
    }
}

/// Shows the frame that belongs to this page, for as long as the page is there.
fn show_frame(
    context: WorkbenchContext,
    id: WorkbenchId,
    is_entering: RwSignal<bool>,
    is_app_shown: Memo<bool>,
) {
    let frames = Frames::expect();
    let hidden = id.clone();
    on_cleanup(move || frames.hide(&hidden));
    let run = Memo::new(move |_| context.frame.state.read().run());
    Effect::new(move |_| match run.get() {
        // The app is about to take the place of the whole page.
        Some(_) if is_entering.get() => {}
        Some(_) if !is_app_shown.get() => frames.hide(&id),
        Some(run) => frames.show(FrameKey {
            workbench: id.clone(),
            run,
        }),
        // Before the first answer nothing is known to have ended.
        None if context.workbench.watch.workbench.read_untracked().is_none() => frames.hide(&id),
        None => frames.end_workbench(&id),
    });
}

fn show_breadcrumbs(context: WorkbenchContext, workspace: WorkspaceId) {
    let workspace_name = use_workspace_name(&workspace);
    let list = Page::Workspace(workspace);
    let name = context.workbench.name;
    Breadcrumbs::show(move || {
        vec![
            Crumb::to(&list, workspace_name.get()),
            Crumb::here(name.get()),
        ]
    });
}

/// Announces each change of state once, but not the clock.
fn announce_state(context: WorkbenchContext) {
    let announcer = Announcer::expect();
    let workbench = context.workbench;
    let text = Memo::new(move |_| {
        let is_known = workbench.watch.workbench.read().is_some();
        let summary = workbench.summary.read();
        is_known
            .then(|| texts::announcement(&workbench.name.read(), summary.word, &summary.sentence))
    });
    Effect::new(move |_| {
        if let Some(text) = text.get() {
            announcer.say(text);
        }
    });
}

fn show_tab_state(context: WorkbenchContext) {
    let workbench = context.workbench;
    let stream = Store::expect().freshness;
    show_state_in_tab(Signal::derive(move || {
        let freshness = workbench.watch.freshness.get();
        // A workbench that does not exist has no state.
        let is_known = workbench.watch.workbench.read().is_some() && !freshness.is_lost();
        is_known.then(|| match freshness {
            // The last known state says nothing about the present.
            Freshness::Offline { .. } => (MarkKind::Unknown, texts::OFFLINE),
            _ if freshness.staleness(stream.get()).is_some() => (MarkKind::Unknown, texts::STALE),
            _ => {
                let summary = workbench.summary.read();
                (summary.mark, summary.word)
            }
        })
    }));
}

/// Ends a restart once its app can be used, or once a card explains why not.
fn end_restart_inside(context: WorkbenchContext) {
    Effect::new(move |_| {
        let is_inside = !context.frame.overlay.read().is_page();
        if is_inside && context.commands.is_next_run() {
            context.commands.restarting.set(None);
        }
    });
}

/// Keeps the room for the length of its fade. A blank page does not fade.
fn keep_room_until_faded(overlay: Memo<Overlay>) -> RwSignal<bool> {
    let is_there = RwSignal::new(untrack(|| overlay.read().is_page()));
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    Effect::new(move |before: Option<Overlay>| {
        let now = overlay.get();
        if now.is_page() {
            timer.set_value(None);
            is_there.set(true);
        } else if before == Some(Overlay::Room) {
            timer.set_value(Some(Timeout::new(FADE_MILLIS, move || {
                is_there.try_set(false);
            })));
        } else if before.is_none_or(|before| before == Overlay::Blank) {
            is_there.set(false);
        }
        now
    });
    is_there
}

#[cfg(all(test, target_arch = "wasm32"))]
#[path = "page_tests.rs"]
mod tests;
