//! Preflight check: the obstacles to a start before a workbench is created, with the same causes
//! and keys as during a start.

mod build;
mod report;
#[cfg(test)]
mod tests;

pub use build::{Build, FailedBuild};
pub use report::{Preflight, ReportedFinding, StartContext};

use crate::app::App;
use crate::causes::{Cause, for_reason};
use crate::ids::{BuildId, WorkspaceId};
use crate::parameter::resolve;
use crate::reason;
use crate::size;
use crate::sorting;
use crate::validation::{check_name, check_spec, is_same_name, secret_name_problem};
use crate::workbench::WorkbenchSpec;

/// Requested workbench and the known facts about its surroundings. Unknown facts are not guessed.
#[derive(Debug, Clone, Copy)]
pub struct PreflightInput<'a> {
    /// Name as typed.
    pub name: &'a str,
    /// Name of the app; empty while none is chosen.
    pub app: &'a str,
    /// The spec.
    pub spec: &'a WorkbenchSpec,
    /// The catalogue, or `None` while it is not known.
    pub catalogue: Option<&'a [App]>,
    /// State of the app's build, or `None` while that is not known.
    pub build: Option<&'a Build>,
    /// The last failed build, or `None` if there is none or it is not known.
    pub failed_build: Option<&'a FailedBuild>,
    /// Names of the workspace's secrets, or `None` while they are not known or if the user may not
    /// see them.
    pub secrets: Option<&'a [String]>,
    /// Names of the workspace's other workbenches.
    pub other_names: &'a [String],
    /// Capacity for a process.
    pub free_capacity: FreeCapacity<'a>,
}

/// Capacity for another workbench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeCapacity<'a> {
    /// Unknown capacity.
    Unknown,
    /// Available.
    Free,
    /// No capacity, with the reason.
    Full(&'a str),
}

/// Finding: an obstacle to the start, or a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The field, as the server names fields: `name`, `app`, `spec.env.PATH`.
    pub field: String,
    /// Effect on the start.
    pub effect: Effect,
    /// The cause, the responsible person and the remedy.
    pub cause: Cause,
    /// The related build, with its workspace.
    pub build: Option<(WorkspaceId, BuildId)>,
}

/// Effect of a finding; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The server will refuse the request.
    Refused,
    /// The start will fail.
    Fails,
    /// The start retries what failed the last time, and may fail again.
    MayFail,
    /// The start will wait until someone acts.
    Waits,
    /// The start is not affected.
    Harmless,
}

/// Verdict on a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No obstacle.
    Starts,
    /// The start waits for someone to act first.
    StartsLater,
    /// The start fails.
    Fails,
    /// The start may fail, as it did the last time.
    MayFail,
    /// The server refuses the request.
    Refused,
    /// Required facts are not known yet.
    Unknown,
}

impl Effect {
    /// Returns the wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Fails => "fails",
            Self::MayFail => "mayFail",
            Self::Waits => "waits",
            Self::Harmless => "harmless",
        }
    }
}

impl Verdict {
    /// Returns the wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::StartsLater => "startsLater",
            Self::Fails => "fails",
            Self::MayFail => "mayFail",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// Returns a sentence for the head of the findings.
    pub fn sentence(self, findings: &[Finding]) -> &'static str {
        match self {
            Self::Starts if findings.is_empty() => "Ready to start.",
            Self::Starts => "This will start. Good to know:",
            Self::StartsLater => {
                "You can create it now. It starts once what it waits for is there."
            }
            Self::Fails => "You can create it now, but its start will fail.",
            Self::MayFail => {
                let is_again = |one: &Finding| one.cause.reason == reason::BUILD_FAILED;
                if findings.iter().any(is_again) {
                    "You can create it now, but its start may fail again."
                } else {
                    "You can create it now, but its start may fail."
                }
            }
            Self::Refused => "It can't be created like this.",
            Self::Unknown => "Checking whether it will start…",
        }
    }
}

/// Returns all findings, the worst first; among equals in the order of the form.
pub fn findings(input: &PreflightInput<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    name(input, &mut all);
    app(input, &mut all);
    spec(input.spec, &mut all);
    secrets(input, &mut all);
    if let FreeCapacity::Full(why) = input.free_capacity {
        all.push(finding("app", Effect::Waits, reason::UNSCHEDULABLE, why));
    }
    sorting::sort_by_key(&mut all, |a| a.effect);
    all
}

/// Returns the verdict from the findings and the unknown facts.
pub fn verdict(input: &PreflightInput<'_>, findings: &[Finding]) -> Verdict {
    let worst = findings.iter().map(|finding| finding.effect).min();
    let lacks_secrets = !input.spec.secrets.is_empty() && input.secrets.is_none();
    match worst {
        Some(Effect::Refused) => Verdict::Refused,
        Some(Effect::Fails) => Verdict::Fails,
        Some(Effect::MayFail) => Verdict::MayFail,
        _ if input.catalogue.is_none() || lacks_secrets => Verdict::Unknown,
        Some(Effect::Waits) => Verdict::StartsLater,
        Some(Effect::Harmless) | None => Verdict::Starts,
    }
}

fn finding(field: &str, effect: Effect, reason: &str, message: &str) -> Finding {
    Finding {
        field: field.to_owned(),
        effect,
        cause: for_reason(reason, message),
        build: None,
    }
}

fn name(input: &PreflightInput<'_>, all: &mut Vec<Finding>) {
    let name = match check_name("name", input.name) {
        Ok(name) => name,
        Err(error) => {
            all.push(finding(
                "name",
                Effect::Refused,
                "NameUnfit",
                &error.message,
            ));
            return;
        }
    };
    let twin = input
        .other_names
        .iter()
        .find(|other| is_same_name(other, &name));
    if let Some(twin) = twin {
        let message = ["\u{201c}", twin.trim(), "\u{201d} already exists."].concat();
        all.push(finding("name", Effect::Harmless, "NameTaken", &message));
    }
}

fn app(input: &PreflightInput<'_>, all: &mut Vec<Finding>) {
    if input.app.is_empty() {
        let message = "Choose an app.";
        all.push(finding("app", Effect::Refused, "SettingsUnfit", message));
        return;
    }
    let Some(catalogue) = input.catalogue else {
        return;
    };
    let Some(app) = catalogue.iter().find(|app| app.name == input.app) else {
        let message = reason::sentence(reason::APP_NOT_FOUND);
        all.push(finding(
            "app",
            Effect::Refused,
            reason::APP_NOT_FOUND,
            message,
        ));
        return;
    };
    parameters(app, input.spec, all);
    if let Some(error) = size::problem(&app.sizes, input.spec.size.as_deref(), None) {
        let unfit = "SettingsUnfit";
        all.push(finding(
            &error.field,
            Effect::Refused,
            unfit,
            &error.message,
        ));
    }
    if !app.available {
        let given = app.unavailable_reason.as_deref().filter(|s| !s.is_empty());
        let word = app.unavailable_cause.as_deref();
        let word = word.unwrap_or(reason::PROGRAM_NOT_FOUND);
        let message = given.unwrap_or(reason::sentence(word));
        all.push(finding("app", Effect::Fails, word, message));
        return;
    }
    if let Some(sentence) = &app.sandbox_hides {
        all.push(finding("app", Effect::MayFail, "HiddenBySandbox", sentence));
    }
    if app.needs_build && !app.built {
        // A failed build of another app is irrelevant.
        let failed = input.failed_build.filter(|build| build.app == app.name);
        all.push(match (input.build, failed) {
            (Some(Build::Running), _) => finding("app", Effect::Harmless, reason::BUILDING, ""),
            (Some(Build::Queued), _) => finding("app", Effect::Harmless, reason::BUILD_QUEUED, ""),
            (_, Some(failed)) => failed_before(failed),
            _ => finding("app", Effect::Harmless, "BuildDue", ""),
        });
    }
}

/// Returns the card's cause in the past tense: the start builds the app again.
fn failed_before(build: &FailedBuild) -> Finding {
    let mut found = finding("app", Effect::MayFail, reason::BUILD_FAILED, &build.why);
    found.cause.what = "The app's last build failed.";
    found.build = build.workspace_id.clone().zip(build.id.clone());
    if found.build.is_none() {
        found.cause.why = "It was built for a workspace that you don't have access to.".to_owned();
    }
    found
}

fn parameters(app: &App, spec: &WorkbenchSpec, all: &mut Vec<Finding>) {
    let requested = spec.parameters.clone().unwrap_or_default();
    let errors = resolve(&app.parameters, &requested, &requested).err();
    for error in errors.into_iter().flatten() {
        let field = &error.field;
        all.push(finding(
            field,
            Effect::Refused,
            "SettingsUnfit",
            &error.message,
        ));
    }
}

fn spec(spec: &WorkbenchSpec, all: &mut Vec<Finding>) {
    for error in check_spec(spec) {
        let variable = error.field.strip_prefix("spec.env.");
        let (word, message) = match variable {
            Some(name) => ("EnvironmentUnfit", [name, ": ", &error.message].concat()),
            None if error.field == "spec.env" => ("EnvironmentUnfit", error.message),
            None => ("SettingsUnfit", error.message),
        };
        all.push(finding(&error.field, Effect::Refused, word, &message));
    }
}

/// Returns one finding for each missing secret, so that each can be added by one button.
fn secrets(input: &PreflightInput<'_>, all: &mut Vec<Finding>) {
    let Some(present) = input.secrets else {
        return;
    };
    let mut reported: Vec<&String> = Vec::new();
    for name in &input.spec.secrets {
        // An invalid name is refused and cannot be added.
        let is_unfit = secret_name_problem(name).is_some();
        if present.contains(name) || reported.contains(&name) || is_unfit {
            continue;
        }
        reported.push(name);
        let message = ["Missing in this workspace: ", name, "."].concat();
        all.push(finding(
            "spec.secrets",
            Effect::Waits,
            reason::SECRET_NOT_FOUND,
            &message,
        ));
    }
}
