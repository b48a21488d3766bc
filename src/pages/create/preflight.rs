//! The preflight: whether the workbench will start, in the words that the waiting room would use.

use super::draft::FormDraft;
use super::texts;
use crate::api::{self, Abort, ServerFacts};
use crate::effect::Effect;
use crate::pages::shared::use_refusal_in;
use crate::pages::spec::{SecretForm, SecretNames};
use crate::routes::Page;
use crate::store::Store;
use crate::ui::{Button, For, Mark, MarkKind, focus_id};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::access::Permission;
use vestibule_model::app::App;
use vestibule_model::causes::{Cause, Remedy};
use vestibule_model::preflight::{
    self, Finding, FreeCapacity, PreflightInput, Verdict, findings, verdict,
};
use vestibule_model::workbench::{NewWorkbench, WorkbenchSpec};

/// Pause after typing before anything is checked.
const PAUSE_MILLIS: u32 = 300;

/// The catalogue and secrets that the form knows.
#[derive(Clone, Copy)]
pub struct PreflightContext {
    /// The catalogue.
    pub apps: StoredValue<Vec<App>>,
    /// The names of the workspace's secrets.
    pub secrets: SecretNames,
}

/// The workbench as the form has it.
#[derive(Clone, PartialEq)]
struct PreflightRequest {
    name: String,
    app: String,
    spec: WorkbenchSpec,
}

/// The verdict and its reasons.
#[derive(Clone, PartialEq)]
struct Report {
    verdict: Verdict,
    /// `true` if something that is needed was not filled in yet.
    is_incomplete: bool,
    findings: Vec<Finding>,
}

/// The verdict and what can be done about it. It follows the form after a pause and changes nothing that
/// was typed (FIELD 8).
#[component]
pub fn Preflight(draft: FormDraft, place: PreflightContext) -> impl IntoView {
    let request = Memo::new(move |_| PreflightRequest {
        name: draft.name.text(),
        app: draft.app.get().unwrap_or_default(),
        spec: draft.spec.now(),
    });
    // `None` until the server has answered.
    let known = RwSignal::new(None::<ServerFacts>);
    let report = RwSignal::new(judge(&request.get_untracked(), place, None));
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let question = StoredValue::<Option<Abort>, LocalStorage>::new_local(None);
    let store = Store::expect();
    Effect::new(move |_| {
        request.track();
        place.secrets.names.track();
        // A timer that is replaced never fires.
        let later = Timeout::new(PAUSE_MILLIS, move || {
            let Some(request) = request.try_get_untracked() else {
                return;
            };
            show(report, judge(&request, place, known.get_untracked()));
            // The request that is replaced is aborted.
            let abort = Abort::new();
            let signal = abort.signal();
            question.set_value(Some(abort));
            let workspace = place.secrets.workspace.get_value();
            leptos::task::spawn_local(async move {
                let pending = store.begin_command(Request::Check, None);
                let answer = api::preflight(workspace, request.clone().into(), signal).await;
                drop(pending);
                if let Ok(answer) = answer {
                    let is_taken = answer.name_taken_by.is_some();
                    if is_taken && draft.replace_taken(&request.name) {
                        return;
                    }
                    if known.try_set(Some(answer.clone())).is_some() {
                        return;
                    }
                    show(report, judge(&request, place, Some(answer)));
                }
            });
        });
        timer.set_value(Some(later));
    });
    let answer = Memo::new(move |_| {
        let report = report.read();
        match report.is_incomplete && report.findings.is_empty() {
            true => (MarkKind::Pending, texts::INCOMPLETE),
            false => (
                mark(report.verdict),
                report.verdict.sentence(&report.findings),
            ),
        }
    });
    view! {
        <section class="preflight" aria-label=texts::PREFLIGHT>
            <p class="preflight-verdict" role="status">
                {move || {
                    let (kind, sentence) = answer.get();
                    view! { <Mark kind=kind /> <span>{sentence}</span> }
                }}
            </p>
            <ul class="findings">
                <For
                    each=move || report.get().findings
                    key=|f| (f.field.clone(), f.cause.key, f.cause.why.clone(), f.build.clone())
                    children=move |finding| view! { <Found finding=finding place=place /> }
                />
            </ul>
        </section>
    }
}

/// Shows a report unless it is equal to the shown one.
fn show(shown: RwSignal<Report>, report: Report) {
    if shown.try_with_untracked(|shown| *shown != report) == Some(true) {
        shown.set(report);
    }
}

impl From<PreflightRequest> for NewWorkbench {
    fn from(request: PreflightRequest) -> Self {
        Self {
            id: None,
            name: request.name,
            app: request.app,
            spec: request.spec,
            desired: None,
        }
    }
}

/// Judges what is known. An empty name or parameter is no problem before the form is sent.
fn judge(
    request: &PreflightRequest,
    place: PreflightContext,
    known: Option<ServerFacts>,
) -> Report {
    untrack(|| {
        place.apps.with_value(|apps| {
            let secrets = place.secrets.names.read();
            let (free_capacity, twin, failed_build) = match &known {
                None => (FreeCapacity::Unknown, None, None),
                Some(ServerFacts {
                    full,
                    failed_build,
                    name_taken_by,
                }) => (
                    full.as_deref()
                        .map_or(FreeCapacity::Free, FreeCapacity::Full),
                    name_taken_by.as_ref(),
                    failed_build.as_ref(),
                ),
            };
            let input = PreflightInput {
                name: &request.name,
                app: &request.app,
                spec: &request.spec,
                catalogue: Some(apps),
                build: None,
                failed_build,
                secrets: secrets.as_deref(),
                other_names: twin.map(std::slice::from_ref).unwrap_or_default(),
                free_capacity,
            };
            let mut findings = findings(&input);
            let count = findings.len();
            findings.retain(|found| !is_empty(request, &found.field));
            Report {
                is_incomplete: findings.len() < count,
                verdict: verdict(&input, &findings),
                findings,
            }
        })
    })
}

/// Returns `true` if nothing was typed into a field.
fn is_empty(request: &PreflightRequest, field: &str) -> bool {
    let parameters = request.spec.parameters.as_ref();
    match field.strip_prefix("spec.parameters.") {
        Some(name) => parameters
            .and_then(|values| values.get(name))
            .is_none_or(String::is_empty),
        None => field == "name" && request.name.is_empty(),
    }
}

fn mark(verdict: Verdict) -> MarkKind {
    match verdict {
        Verdict::Starts => MarkKind::Completed,
        Verdict::MayFail | Verdict::StartsLater => MarkKind::Waiting,
        Verdict::Fails | Verdict::Refused => MarkKind::Failed,
        Verdict::Unknown => MarkKind::Unknown,
    }
}

#[component]
fn Found(finding: Finding, place: PreflightContext) -> impl IntoView {
    let Finding {
        effect,
        cause,
        build,
        ..
    } = finding;
    let build = build.map(|(workspace, build)| Page::Build(workspace, build).path());
    let kind = match effect {
        preflight::Effect::Refused | preflight::Effect::Fails => MarkKind::Failed,
        preflight::Effect::MayFail | preflight::Effect::Waits => MarkKind::Waiting,
        preflight::Effect::Harmless => MarkKind::Pending,
    };
    let remedy = remedy(&cause, place);
    view! {
        <li class="finding">
            <Mark kind=kind />
            <div class="finding-text">
                <p>{cause.what} " " <code class="reason">{cause.reason}</code></p>
                {(!cause.why.is_empty()).then(|| view! { <p class="quiet">{cause.why}</p> })}
                <p class="quiet">{cause.who.words()} ". " {cause.advice}</p>
                {build.map(|path| view! { <BuildLink path=path /> })}
                {remedy}
            </div>
        </li>
    }
}

/// The link opens another tab, so that what is typed stays (FIELD 8).
#[component]
fn BuildLink(path: String) -> impl IntoView {
    view! {
        <p class="quiet">
            <a href=path target="_blank" rel="noopener noreferrer">{texts::SEE_BUILD}</a>
        </p>
    }
}

/// Returns what can be done from here: add a secret, or choose another name.
fn remedy(cause: &Cause, place: PreflightContext) -> Option<AnyView> {
    let label = cause.action.label();
    match &cause.action {
        Remedy::OpenSecret { name } => {
            let name = name.clone().unwrap_or_default();
            let open = RwSignal::new(false);
            let workspace = place.secrets.workspace.get_value();
            let refused = use_refusal_in(Permission::SecretWrite, &workspace);
            let close = Callback::new(move |_: String| {
                open.try_set(false);
            });
            let form = move || {
                if open.get() {
                    let secrets = place.secrets;
                    view! { <SecretForm names=secrets name=name.clone() done=close /> }.into_any()
                } else {
                    let press = Callback::new(move |()| open.set(true));
                    view! { <Button refused on_press=press>{label}</Button> }.into_any()
                }
            };
            Some(form.into_any())
        }
        Remedy::Rename => {
            let press = Callback::new(|()| {
                focus_id("workbench-name");
            });
            Some(view! { <div><Button on_press=press>{label}</Button></div> }.into_any())
        }
        _ => None,
    }
}
