//! Details of a run: log, timeline, conditions, attempts, and
//! diagnostics to copy. Shared by the session page and the page of a run.

mod attempts;
mod cause_card;
mod conditions;
mod diagnostics;
mod fact_table;
mod journal;
mod log_fold;
mod panel_state;
pub mod texts;
mod timeline;

use crate::lazy::lazy;
use crate::ui::{ButtonVariant, CopyButton};
use attempts::Attempts;
pub use attempts::run_status;
pub use cause_card::{BuildLink, CauseCard, with_code};
use conditions::Conditions;
pub use diagnostics::diagnostics;
pub use journal::{RunJournal, RunRef, use_run_journal};
use leptos::prelude::*;
use log_fold::LogFold;
pub use panel_state::PanelState;
use timeline::TimelineView;
use vestibule_model::condition::Condition;
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::Workbench;

/// Data of the details.
#[derive(Clone, Copy)]
pub struct RunFacts {
    /// The run with its journal.
    pub journal: RunJournal,
    /// The workbench.
    pub workbench: Signal<Option<Workbench>>,
    /// Conditions of the run.
    pub conditions: Signal<Vec<Condition>>,
    /// The server's time.
    pub now: Signal<Timestamp>,
    /// Unfolded parts.
    pub panel: PanelState,
}

lazy! { timeline:
    /// Renders the timeline of a run; the second argument is the server's time.
    pub fn timeline_view(args: (RunJournal, Signal<Timestamp>)) -> AnyView {
        let (journal, now) = args;
        view! { <TimelineView journal now /> }.into_any()
    }
}

/// Log, timeline, conditions and attempts of a run, each folded until it is wanted. The code of log
/// and timeline is fetched when they are unfolded.
#[component]
pub fn Details(
    facts: RunFacts,
    /// Number of the run that the page is about, if it is about one.
    #[prop(optional_no_strip)]
    attempt: Option<u64>,
) -> impl IntoView {
    let RunFacts { journal, panel, .. } = facts;
    let is_live = Memo::new(move |_| journal.is_live());
    let number = Memo::new(move |_| journal.run.read().as_ref().map_or(0, |run| run.number));
    let run_id = Memo::new(move |_| journal.run_id());
    let workbench_id = Memo::new(move |_| {
        let workbench = facts.workbench.read();
        let workbench = workbench.as_ref()?;
        Some((workbench.workspace_id.clone(), workbench.id.clone()))
    });
    let runs_changed = Signal::derive(move || (number.get(), is_live.get()));
    let toggled = move |event: web_sys::Event| {
        let details = event_target::<web_sys::HtmlDetailsElement>(&event);
        panel.timeline.try_set(details.open());
    };
    let prefetch_timeline = || timeline_view().prefetch();
    view! {
        <div class="details">
            <LogFold run=run_id is_live=is_live open=panel.log />
            <details class="fold" prop:open=panel.timeline on:toggle=toggled>
                <summary on:pointerenter=move |_| prefetch_timeline() on:focus=move |_| prefetch_timeline()>
                    {texts::TIMELINE}
                </summary>
                {move || panel.timeline.get().then(|| timeline_view().view((journal, facts.now)))}
            </details>
            <Conditions conditions=facts.conditions />
            {move || workbench_id.get().map(|(workspace, id)| view! {
                <Attempts workspace=workspace id=id changed=runs_changed current=attempt />
            })}
            <div class="fold-actions">
                <CopyButton variant=ButtonVariant::Quiet label=texts::COPY_DIAGNOSTICS text=diagnostics(journal, false) />
            </div>
        </div>
    }
}
