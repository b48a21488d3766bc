//! The thin bar above the running app: name, state, and the quiet actions.

use super::context::WorkbenchContext;
use super::focus;
use super::overlay::Overlay;
use super::texts;
use crate::pages::shared::{Destructive, StateMark};
use crate::store::Store;
use crate::ui::{Button, ButtonVariant, Icon, Mark, MarkKind, PageHeading};
use leptos::prelude::*;
use vestibule_client::poll::Freshness;
use vestibule_model::workbench::Workbench;

/// Identifier of the actions that a narrow window shows in a popover.
const MORE: &str = "toolbar-more";

/// The bar.
#[component]
pub fn Toolbar() -> impl IntoView {
    let context = WorkbenchContext::expect();
    let WorkbenchContext {
        workbench,
        frame,
        commands,
        ui,
        ..
    } = context;
    let stream = Store::expect().freshness;
    let stale = Memo::new(move |_| match workbench.watch.freshness.get() {
        Freshness::Offline { .. } => {
            Some((texts::OFFLINE, texts::THIS_COMPUTER_OFFLINE.to_owned()))
        }
        freshness => {
            let staleness = freshness.staleness(stream.get());
            staleness.map(|(cause, _)| (cause.as_str(), cause.sentence()))
        }
    });
    let is_doubtful =
        Memo::new(move |_| frame.doubt.read().is_some() && frame.overlay.get() == Overlay::None);
    let is_ahead = Memo::new(move |_| {
        let workbench = workbench.watch.workbench.read();
        workbench.as_ref().is_some_and(Workbench::is_spec_ahead)
    });
    // With a tab selected, the bar is also there after the end of a run.
    let has_ended = Memo::new(move |_| workbench.summary.read().stage.is_ended());
    let refusals = workbench.refusals;
    let busy = commands.task.busy;
    let covered = Signal::derive(move || {
        let is_covered = frame.overlay.get() != Overlay::None;
        is_covered.then(|| texts::COVERED.to_owned())
    });
    view! {
        <div class="app-toolbar-name">
            <PageHeading text=workbench.name quiet=true />
            <StateMark summary=workbench.summary k8s_status=workbench.k8s_status />
            {move || stale.get().map(|(word, sentence)| view! {
                <span class="app-toolbar-stale" role="status" title=sentence>{word}</span>
            })}
        </div>
        <div class="app-toolbar-actions">
            {move || is_doubtful.get().then(|| view! {
                <Button variant=ButtonVariant::Quiet label=texts::MAY_NOT_WORK_LABEL on_press=move || ui.is_panel_open.set(true)>
                    <span class="app-toolbar-news"><Mark kind=MarkKind::Waiting /><span class="wide-only">{texts::MAY_NOT_WORK}</span></span>
                </Button>
            })}
            {move || is_ahead.get().then(|| view! {
                <Button variant=ButtonVariant::Quiet label=texts::NEW_SETTINGS_LABEL on_press=move || ui.is_panel_open.set(true)>
                    <span class="app-toolbar-news"><Mark kind=MarkKind::Waiting /><span class="wide-only">{texts::NEW_SETTINGS}</span></span>
                </Button>
            })}
            <ToolbarButton icon="history" label=texts::DETAILS on_press=move || ui.is_panel_open.update(|open| *open = !*open) />
            <Show
                when=move || has_ended.get()
                fallback=move || view! {
                    <ToolbarButton icon="restart" label=texts::RESTART busy=busy refused=refusals.restart() on_press=move || commands.restart() />
                    <ToolbarButton icon="stop" label=texts::STOP busy=busy refused=refusals.stop on_press=move || commands.stop() />
                }
            >
                <ToolbarButton icon="play" label=texts::START_WORKBENCH busy=busy refused=refusals.start on_press=move || commands.start() />
            </Show>
            <button
                type="button"
                class="button app-toolbar-more"
                data-variant="quiet"
                popovertarget=MORE
                aria-label=texts::MORE
                title=texts::MORE
            >
                <Icon name="more" />
            </button>
            // Beside the others where there is room, and else a popover: a bin is not for thumbs in passing.
            <div class="app-toolbar-rest" id=MORE popover="auto">
                {move || workbench.app_url.get().map(|href| view! {
                    <a
                        class="button"
                        data-variant="quiet"
                        href=href
                        target="_blank"
                        rel="noopener noreferrer"
                        aria-label=texts::OPEN_IN_NEW_TAB
                        title=texts::OPEN_IN_NEW_TAB
                    >
                        <Icon name="external" /><span class="wide-only">{texts::OPEN_IN_NEW_TAB}</span>
                    </a>
                })}
                <ToolbarButton icon="frame" label=texts::FULL_SCREEN refused=covered on_press=|| focus::fill_screen() />
                <ToolbarButton icon="person" label=texts::SHARE refused=refusals.share on_press=move || ui.is_sharing.set(true) />
                <span class="apart">
                    <ToolbarButton icon="trash" label=texts::DELETE refused=refusals.delete on_press=move || commands.confirm(Destructive::Delete) />
                </span>
            </div>
        </div>
    }
}

/// Button with an icon, and beside it its label where there is room.
#[component]
fn ToolbarButton(
    icon: &'static str,
    label: &'static str,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] refused: Signal<Option<String>>,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <Button variant=ButtonVariant::Quiet label=label busy=busy refused=refused on_press=on_press>
            <Icon name=icon /><span class="wide-only">{label}</span>
        </Button>
    }
}
