//! A build: a queued background job that prepares an app's environment.

pub mod queue;
mod words;

pub use words::{BuildReason, BuildStatus, StepStatus};

use crate::expectation::Expectation;
use crate::ids::{BuildId, UserId, WorkspaceId};
use crate::lenient::{self, is_none, or_none};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Number of ended builds that are kept per workspace.
pub const KEPT: u32 = 50;

/// A build as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Build {
    /// Identifier.
    pub id: BuildId,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The workspace again, by the name that older clients know.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub project_id: Option<WorkspaceId>,
    /// Catalogue entry of the app.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub app: String,
    /// Title of the app.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub app_title: String,
    /// Values of the parameters that its steps use.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub parameters: BTreeMap<String, String>,
    /// Status.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: BuildStatus,
    /// Reason of the end, or `None`.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub reason: Option<BuildReason>,
    /// Time of the request.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// Start of the first step.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub started_at: Option<Timestamp>,
    /// Time at which the cancellation was requested. The build continues until its steps have
    /// ended.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub cancel_requested_at: Option<Timestamp>,
    /// Time of the end.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub finished_at: Option<Timestamp>,
    /// The current step as a sentence: "Step 2 of 3: pip install jupyterlab".
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub step: Option<String>,
    /// Every step, in order.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub steps: Vec<BuildStep>,
    /// The error and its remedy.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub error: Option<String>,
    /// Identifier of the requesting user.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub requested_by: Option<UserId>,
    /// Display name of the requesting user.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub requested_by_name: Option<String>,
    /// The build that this one retries.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub retry_of: Option<BuildId>,
    /// `true` if the reader has acknowledged the end.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub acknowledged: bool,
    /// Position in the queue, from 1; `None` unless it waits there.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub queue_position: Option<u32>,
    /// Number of bytes of output so far.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub log_bytes: u64,
    /// Usual length of this app's builds, or `None` until there were enough of them.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub expectation: Option<Expectation>,
}

/// A step of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct BuildStep {
    /// Title: "pip install jupyterlab".
    #[serde(deserialize_with = "lenient::or_default")]
    pub title: String,
    /// Status.
    #[serde(deserialize_with = "lenient::or_default")]
    pub status: StepStatus,
    /// Time of the start.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub started_at: Option<Timestamp>,
    /// Time of the end.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub finished_at: Option<Timestamp>,
    /// Exit code, or `None` if the step did not end with one.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub exit_code: Option<i32>,
}

/// Response of `GET /api/builds`: a page of builds, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BuildList {
    /// The readable builds.
    #[serde(deserialize_with = "lenient::rows")]
    pub builds: Vec<Build>,
    /// Cursor of the next page, or `None` on the last page.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub next_cursor: Option<String>,
}

/// Body of `POST /api/builds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewBuild {
    /// Catalogue entry of the app.
    pub app: String,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Identifier chosen by the client, so that a repeated request creates one build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<BuildId>,
}

/// Body of `POST /api/acknowledgements`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// Keys `build:<id>` and `run:<id>`. Keys of removed builds and runs are ignored.
    pub keys: Vec<String>,
}

impl Build {
    /// Returns `true` if the build is queued or running.
    pub fn is_open(&self) -> bool {
        matches!(self.status, BuildStatus::Pending | BuildStatus::Running)
    }

    /// Returns `true` if a requested cancellation has not taken effect yet.
    pub fn is_cancelling(&self) -> bool {
        self.is_open() && self.cancel_requested_at.is_some()
    }

    /// Returns `true` if another build retries this one, or prepares the same app again later.
    pub fn is_followed_by(&self, other: &Self) -> bool {
        let is_same = self.workspace_id == other.workspace_id && self.app == other.app;
        other.retry_of.as_ref() == Some(&self.id) || (is_same && other.created_at > self.created_at)
    }

    /// Returns `true` if this build ended without success and the other one has succeeded since.
    pub fn is_redone_by(&self, other: &Self) -> bool {
        matches!(self.status, BuildStatus::Failed | BuildStatus::Cancelled)
            && other.status == BuildStatus::Succeeded
            && self.is_followed_by(other)
    }

    /// Returns the key for acknowledgements and lists of jobs.
    pub fn key(&self) -> String {
        key(&self.id)
    }
}

/// Returns the key of a build in lists of jobs.
pub fn key(id: &BuildId) -> String {
    ["build:", id.as_str()].concat()
}

/// Formats a step: "Step 2 of 3: pip install jupyterlab".
pub fn step_sentence(index: usize, steps: &[BuildStep]) -> String {
    let (number, count) = ((index + 1).to_string(), steps.len().to_string());
    let title = steps.get(index).map_or("", |step| step.title.as_str());
    ["Step ", &number, " of ", &count, ": ", title].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIELD 25: "An out-of-order poll revives a finished build"; an unreadable row must not affect
    /// the others.
    #[test]
    fn unreadable_fields_and_rows_do_not_affect_the_rest() {
        let text = r#"{"builds":[
            {"id":"bld-1","workspaceId":"ws-1","app":"lab","status":"hibernating","reason":"Novelty",
             "createdAt":"soon","steps":[{"title":"a","status":"pondering"},7,{}],"step":"",
             "cancelRequestedAt":"now","acknowledged":null,"queuePosition":-1,"logBytes":"many","expectation":{}},
            {"id":7},
            {"id":"bld-2","workspaceId":"ws-1"}],"nextCursor":""}"#;
        let list: BuildList = serde_json::from_str(text).expect("readable");
        let ids: Vec<_> = list.builds.iter().map(|build| build.id.as_str()).collect();
        assert_eq!(ids, ["bld-1", "bld-2"]);
        let odd = &list.builds[0];
        assert_eq!(odd.status, BuildStatus::Unknown("hibernating".to_owned()));
        assert_eq!(
            odd.reason.as_ref().map(BuildReason::as_str),
            Some("Novelty")
        );
        assert_eq!((odd.step.as_deref(), odd.steps.len()), (None, 2));
        assert_eq!((odd.created_at, odd.queue_position), (None, None));
        assert!(!odd.is_open() && !odd.acknowledged && odd.log_bytes == 0);
        assert_eq!(odd.cancel_requested_at, None);
        assert_eq!(list.next_cursor, None);
        let empty: BuildList = serde_json::from_str(r#"{"builds":[]}"#).expect("readable");
        assert_eq!(empty, BuildList::default());
        let other = serde_json::from_str::<BuildList>(r#"{"error":"sign in first"}"#);
        assert!(other.is_err(), "that is no word about builds");
    }

    #[test]
    fn build_is_being_cancelled_from_the_request_to_the_end() {
        let build = |text: &str| -> Build {
            let whole = [r#"{"id":"bld-1","workspaceId":"ws-1","#, text, "}"].concat();
            serde_json::from_str(&whole).expect("readable")
        };
        let requested_at = r#""cancelRequestedAt":"2026-01-02T03:04:07Z""#;
        let with = |status: &str| build(&format!(r#""status":"{status}",{requested_at}"#));
        assert!(with("running").is_cancelling());
        for status in ["cancelled", "succeeded", "failed", "hibernating"] {
            assert!(!with(status).is_cancelling(), "{status}");
        }
        // An older server does not send the time.
        assert!(!build(r#""status":"running""#).is_cancelling());
        assert!(!build(r#""status":"running","cancelRequestedAt":null"#).is_cancelling());
    }

    #[test]
    fn written_builds_are_read_unchanged() {
        let text = r#"{"id":"bld-1","workspaceId":"ws-1","projectId":"ws-1","app":"lab",
            "appTitle":"Lab","status":"running","createdAt":"2026-01-02T03:04:05.006Z",
            "startedAt":"2026-01-02T03:04:06Z","cancelRequestedAt":"2026-01-02T03:04:07Z",
            "step":"Step 1 of 2: pip install lab",
            "steps":[{"title":"pip install lab","status":"running","startedAt":"2026-01-02T03:04:06Z"},
                {"title":"check","status":"pending"}],
            "requestedBy":"u-1","requestedByName":"Ada","acknowledged":false,"logBytes":12}"#;
        let build: Build = serde_json::from_str(text).expect("readable");
        assert!(build.is_open() && build.is_cancelling());
        assert_eq!(build.key(), "build:bld-1");
        assert_eq!(Some(step_sentence(0, &build.steps)), build.step);
        let written = serde_json::to_value(&build).expect("writable");
        let expected: serde_json::Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(written, expected);
    }
}
