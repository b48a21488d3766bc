//! The card that says what is happening, or why it ended. While all goes well it is one sentence.

use super::app_report::AppReport;
use super::build_progress::BuildProgress;
use super::log_excerpt::LogExcerpt;
use crate::pages::details::{BuildLink, CauseCard};
use crate::pages::shared::{StateMark, WorkbenchStage};
use crate::pages::workbench::context::WorkbenchContext;
use crate::pages::workbench::frame::Entry;
use crate::pages::workbench::texts;
use crate::routes::Page;
use crate::store::Session;
use leptos::prelude::*;
use vestibule_model::causes::Cause;
use vestibule_model::ids::{BuildId, WorkspaceId};
use vestibule_model::reason;
use vestibule_model::time::Timestamp;

/// The card.
#[component]
pub fn StatusCard(now: Signal<Timestamp>) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let workbench = context.workbench;
    let cause = Memo::new(move |_| context.notable_cause());
    let line = Memo::new(move |_| status_line(context));
    let build = Memo::new(move |_| awaited_build(context));
    let shows_log = Memo::new(move |_| {
        // The log says why it failed or is late; for a build, the build's log.
        let is_trouble = matches!(
            workbench.stage(),
            WorkbenchStage::Ended { badly: true } | WorkbenchStage::Starting { late: true, .. }
        );
        is_trouble && build.read().is_none()
    });
    let code = move || Some(line.get().code).filter(|code| !code.is_empty());
    view! {
        <div class="status-card" data-kind=move || workbench.summary.read().mark.as_str()>
            <StateMark summary=workbench.summary k8s_status=workbench.k8s_status />
            {move || match cause.get() {
                Some(cause) => {
                    let headline = stopped_by(context, &cause);
                    view! { <CauseCard cause=cause headline=headline /> }.into_any()
                }
                None => view! {
                    <p class="card-what">{move || line.get().text}</p>
                    {move || code().map(|code| view! { <code class="reason">{code}</code> })}
                }
                .into_any(),
            }}
            <AppReport now=now />
            {move || shows_log.get().then(|| view! { <LogExcerpt /> })}
            {move || build.get().map(|(workspace, id)| view! {
                <BuildProgress id=id.clone() now=now />
                <BuildLink page=Page::Build(workspace, id) />
            })}
        </div>
    }
}

/// Returns who stopped the workbench, if a person did and the name is known.
fn stopped_by(context: WorkbenchContext, cause: &Cause) -> Option<String> {
    let say = match cause.key {
        "user-stopped" => texts::stopped_by,
        "stop-forced" => texts::stopped_forcibly_by,
        _ => return None,
    };
    let workbench = context.workbench.watch.workbench.read();
    let name = workbench.as_ref()?.stopped_by_name.as_deref()?;
    let is_reader = Session::expect().user_name().as_deref() == Some(name);
    Some(say(Some(name).filter(|_| !is_reader)))
}

/// Returns the build that the start waits for, or failed with.
fn awaited_build(context: WorkbenchContext) -> Option<(WorkspaceId, BuildId)> {
    let workbench = context.workbench.watch.workbench.read();
    let workbench = workbench.as_ref()?;
    let build = workbench.run.as_ref()?.build_id.clone()?;
    let reasons = [reason::BUILD_QUEUED, reason::BUILDING, reason::BUILD_FAILED];
    let mut conditions = workbench.status.conditions.iter();
    let is_awaited = conditions.any(|condition| reasons.contains(&&*condition.reason));
    is_awaited.then(|| (workbench.workspace_id.clone(), build))
}

/// Returns the sentences of the card, so that the steps do not repeat them: a step's message may be
/// both in one.
pub fn card_sentences(context: WorkbenchContext) -> [String; 3] {
    match context.notable_cause() {
        Some(cause) => {
            let both = format!("{} {}", cause.headline(), cause.why);
            [cause.headline(), cause.why, both]
        }
        None => [
            status_line(context).text,
            context.workbench.summary.get().detail,
            String::new(),
        ],
    }
}

/// Content of the card without a cause.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct StatusLine {
    text: String,
    code: String,
}

fn status_line(context: WorkbenchContext) -> StatusLine {
    let plain = |text: &str| StatusLine {
        text: text.to_owned(),
        ..StatusLine::default()
    };
    let summary = context.workbench.summary.get();
    if context.frame.state.read().is_open() && summary.stage == WorkbenchStage::Running {
        return match context.frame.entry.get() {
            Entry::Slow => plain(texts::OPENING_SLOWLY),
            _ => plain(texts::OPENING),
        };
    }
    StatusLine {
        code: match summary.detail.as_str() {
            "" => summary.reason,
            detail => format!("{}: {detail}", summary.reason),
        },
        text: summary.sentence,
    }
}
