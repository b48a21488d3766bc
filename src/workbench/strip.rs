//! The thin strip above the running app: name, state, and the quiet actions.

use super::cover::Cover;
use super::focus;
use super::loss::Loss;
use super::page::SessionView;
use super::state_mark::StateMark;
use crate::ui::{Button, Icon, Look, Mark, MarkKind, PageHeading, live};
use leptos::prelude::*;
use vestibule_model::poll::Freshness;
use vestibule_model::workbench::Workbench;

/// The strip.
#[component]
pub fn Strip(view: SessionView) -> impl IntoView {
    let stale = Memo::new(move |_| match view.watch.freshness.get() {
        Freshness::Stale { trouble, .. } => Some((trouble.word(), trouble.sentence())),
        Freshness::Offline { .. } => Some(("Offline", "This computer is offline.".to_owned())),
        _ => None,
    });
    let is_doubtful =
        Memo::new(move |_| view.doubt.read().is_some() && view.cover.get() == Cover::Nothing);
    let is_ahead = Memo::new(move |_| {
        let workbench = view.watch.workbench.read();
        workbench.as_ref().is_some_and(Workbench::is_spec_ahead)
    });
    view! {
        <div class="strip-name">
            <PageHeading text=view.name quiet=true />
            <StateMark reading=view.reading k8s_status=view.k8s_status />
            {live(move || stale.get().map(|(word, sentence)| view! { <span class="strip-stale" role="status" title=sentence>{word}</span> }))}
        </div>
        <div class="strip-actions">
            {live(move || is_doubtful.get().then(|| view! {
                <Button look=Look::Quiet label="Something in the app may not work here" on_press=Callback::new(move |()| view.desk.drawer.set(true))>
                    <span class="strip-news"><Mark kind=MarkKind::Waiting /><span class="wide-only">"May not work fully"</span></span>
                </Button>
            }))}
            {live(move || is_ahead.get().then(|| view! {
                <Button look=Look::Quiet label="New settings at next start: those saved since this one" on_press=Callback::new(move |()| view.desk.drawer.set(true))>
                    <span class="strip-news"><Mark kind=MarkKind::Waiting /><span class="wide-only">"New settings at next start"</span></span>
                </Button>
            }))}
            {live(move || view.app_url.get().map(|href| view! {
                <a class="button" data-look="quiet" href=href target="_blank" rel="noopener noreferrer" aria-label="Open in a new tab" title="Open in a new tab">
                    <Icon name="external" /><span class="wide-only">"Open in a new tab"</span>
                </a>
            }))}
            <Button
                look=Look::Quiet
                label="Full screen"
                disabled=Signal::derive(move || view.cover.get() != Cover::Nothing)
                on_press=Callback::new(|()| focus::fill_screen())
            >
                <Icon name="frame" /><span class="wide-only">"Full screen"</span>
            </Button>
            <Button look=Look::Quiet label="Details" on_press=Callback::new(move |()| view.desk.drawer.set(true))>
                <Icon name="history" /><span class="wide-only">"Details"</span>
            </Button>
            <Button look=Look::Quiet label="Restart" busy=view.wishes.task.busy on_press=Callback::new(move |()| view.restart())>
                <Icon name="restart" /><span class="wide-only">"Restart"</span>
            </Button>
            <Button look=Look::Quiet label="Stop" busy=view.wishes.task.busy on_press=Callback::new(move |()| view.stop())>
                <Icon name="stop" /><span class="wide-only">"Stop"</span>
            </Button>
            <Button look=Look::Quiet label="Delete" on_press=Callback::new(move |()| view.ask(Loss::Delete))>
                <Icon name="trash" /><span class="wide-only">"Delete"</span>
            </Button>
        </div>
    }
    .into_any()
}
