//! Everything about a run for those who want to know: the timeline, the output, the conditions, the
//! attempts, and all of it to copy.

use super::attempts::Attempts;
use super::conditions::Conditions;
use super::desk::Desk;
use super::log_tail::LogTail;
use super::message::Whereabouts;
use super::story::Story;
use super::timeline::TimelineView;
use crate::api::{self, clock};
use crate::hooks::Session;
use crate::ui::{CopyButton, Look, Text, attr, live};
use leptos::prelude::*;
use vestibule_model::causes::Cause;
use vestibule_model::condition::Condition;
use vestibule_model::diagnostics::{Report, bundle};
use vestibule_model::run::Run;
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::Workbench;

/// What there is to know.
#[derive(Clone, Copy)]
pub struct Known {
    /// The run and its journal.
    pub story: Story,
    /// The workbench.
    pub workbench: Signal<Option<Workbench>>,
    /// The conditions of the run.
    pub conditions: Signal<Vec<Condition>>,
    /// Why it is as it is.
    pub cause: Signal<Option<Cause>>,
    /// The server's time.
    pub now: Signal<Timestamp>,
    /// What is unfolded.
    pub desk: Desk,
}

/// All of it, folded away until it is wanted.
#[component]
pub fn Details(
    known: Known,
    /// The attempt that a page is about, if it is about one.
    #[prop(optional_no_strip)]
    attempt: Option<u64>,
) -> impl IntoView {
    let Known { story, desk, .. } = known;
    let is_live = Memo::new(move |_| story.is_live());
    let run = Memo::new(move |_| {
        let subject = story.subject.read();
        subject.as_ref().map(|s| (s.times.id.clone(), s.number))
    });
    let of = Memo::new(move |_| {
        let workbench = known.workbench.read();
        workbench
            .as_ref()
            .map(|w| (w.workspace_id.clone(), w.id.clone()))
    });
    let news = Signal::derive(move || (run.get().map_or(0, |(_, number)| number), is_live.get()));
    let toggled = move |event: web_sys::Event| {
        let details = event_target::<web_sys::HtmlDetailsElement>(&event);
        desk.timeline.try_set(details.open());
    };
    view! {
        <div class="details">
            <details class="fold" prop:open=attr(move || desk.timeline.get()) on:toggle=toggled>
                <summary>"Timeline"</summary>
                {live(move || desk.timeline.get().then(|| view! { <TimelineView story=story now=known.now /> }))}
            </details>
            <LogTail run=Signal::derive(move || run.get().map(|(id, _)| id)) live_run=is_live open=desk.log />
            <Conditions conditions=known.conditions />
            {live(move || of.get().map(|(workspace, id)| view! {
                <Attempts workspace=workspace id=id news=news current=attempt />
            }))}
            <div class="fold-actions">
                <CopyButton look=Look::Quiet label="Copy diagnostics" text=diagnostics(known) />
            </div>
        </div>
    }
    .into_any()
}

/// The bundle. What cannot be fetched for it is left out.
fn diagnostics(known: Known) -> Callback<(), Text> {
    let session = Session::get();
    Callback::new(move |()| {
        let subject = known.story.subject.get_untracked();
        let workbench = known.workbench.get_untracked();
        let journal = known.story.journal.get_untracked();
        let conditions = known.conditions.get_untracked();
        let cause = known.cause.get_untracked();
        let config = session.config.get_untracked();
        Box::pin(async move {
            let Some(mut workbench) = workbench else {
                return String::new();
            };
            let (mut log, mut run) = (None, None::<Run>);
            if let Some(subject) = subject {
                log = api::run_log(subject.times.id).await.ok();
                run = api::run(workbench.id.clone(), subject.number).await.ok();
            }
            workbench.status.conditions = conditions;
            let whereabouts = Whereabouts::of(session, &workbench).await;
            let browser = window().navigator().user_agent().unwrap_or_default();
            let server = config.map(|config| config.version).unwrap_or_default();
            bundle(&Report {
                workbench: &workbench,
                place: whereabouts.place(),
                run: run.as_ref(),
                journal: &journal,
                cause: cause.as_ref(),
                log: log.as_ref(),
                versions: &[
                    ("Server", &server),
                    ("Console", env!("CARGO_PKG_VERSION")),
                    ("Browser", &browser),
                ],
                now: clock::now(),
            })
        }) as Text
    })
}
