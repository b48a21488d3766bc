//! A build: a queued background job that prepares an app's environment.

pub mod queue;
mod words;

pub use words::{BuildReason, BuildStatus, StepStatus};

use crate::expectation::Expectation;
use crate::ids::{BuildId, UserId, WorkspaceId};
use crate::lenient::{self, is_none, or_none};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Number of ended builds that are kept per workspace.
pub const KEPT: u32 = 50;

/// A build as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Build {
    /// The build.
    pub id: BuildId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The workspace again, by the name older clients know.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub project_id: Option<WorkspaceId>,
    /// The catalogue entry that is built.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub app: String,
    /// What people call that app.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub app_title: String,
    /// Where it is.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: BuildStatus,
    /// Why it ended as it did, or `None` where there is nothing to be said.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub reason: Option<BuildReason>,
    /// When it was asked for.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// When its first step began.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub started_at: Option<Timestamp>,
    /// When its end was asked for while it was under way. It goes on until its steps have let go.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub cancel_requested_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub finished_at: Option<Timestamp>,
    /// The step under way, as a sentence: "Step 2 of 3: pip install jupyterlab".
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub step: Option<String>,
    /// Every step, in order.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub steps: Vec<BuildStep>,
    /// What went wrong, and what to do.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub error: Option<String>,
    /// Who asked for it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub requested_by: Option<UserId>,
    /// What people call whoever asked for it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub requested_by_name: Option<String>,
    /// The build that this one tries again.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub retry_of: Option<BuildId>,
    /// Whether the person who asks has taken note of how it ended.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub acknowledged: bool,
    /// Its place in the queue, 1 being the next; only while it waits there.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub queue_position: Option<u32>,
    /// How many bytes of output there have been.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub log_bytes: u64,
    /// How long builds of this app usually take, or `None` until there were enough of them.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub expectation: Option<Expectation>,
}

/// A step of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BuildStep {
    /// What it does, in a few words: "pip install jupyterlab".
    #[serde(deserialize_with = "lenient::or_default")]
    pub title: String,
    /// Where it is.
    #[serde(deserialize_with = "lenient::or_default")]
    pub status: StepStatus,
    /// When it began.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub finished_at: Option<Timestamp>,
    /// With what exit code, where there was one.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub exit_code: Option<i32>,
}

/// `GET /api/builds`: a page of builds, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildList {
    /// The builds that could be read.
    #[serde(deserialize_with = "lenient::rows")]
    pub builds: Vec<Build>,
    /// Where the next page begins; none on the last page.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub next_cursor: Option<String>,
}

/// `POST /api/builds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewBuild {
    /// The catalogue entry.
    pub app: String,
    /// For which workspace.
    pub workspace_id: WorkspaceId,
    /// Chosen by the client, so that sending twice asks once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<BuildId>,
}

/// `POST /api/acknowledgements`: what its sender has taken note of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// `build:<id>` and `run:<id>`. Those of things that are gone are passed over.
    pub keys: Vec<String>,
}

impl Build {
    /// Returns `true` if it waits or is under way.
    pub fn is_open(&self) -> bool {
        matches!(self.status, BuildStatus::Pending | BuildStatus::Running)
    }

    /// Returns `true` if it is to end, and has not yet.
    pub fn is_cancelling(&self) -> bool {
        self.is_open() && self.cancel_requested_at.is_some()
    }

    /// Returns `true` if another one tries the same again, by whatever way.
    pub fn is_followed_by(&self, other: &Self) -> bool {
        let is_same = self.workspace_id == other.workspace_id && self.app == other.app;
        other.retry_of.as_ref() == Some(&self.id) || (is_same && other.created_at > self.created_at)
    }

    /// Returns `true` if this one was of no avail, and another has done since what it was to do.
    pub fn is_redone_by(&self, other: &Self) -> bool {
        matches!(self.status, BuildStatus::Failed | BuildStatus::Cancelled)
            && other.status == BuildStatus::Succeeded
            && self.is_followed_by(other)
    }

    /// Returns the key under which it is acknowledged and shown among other jobs.
    pub fn key(&self) -> String {
        key(&self.id)
    }
}

/// Returns the key of a build among other jobs.
pub fn key(id: &BuildId) -> String {
    ["build:", id.as_str()].concat()
}

/// "Step 2 of 3: pip install jupyterlab".
pub fn step_sentence(index: usize, steps: &[BuildStep]) -> String {
    let (number, count) = ((index + 1).to_string(), steps.len().to_string());
    let title = steps.get(index).map_or("", |step| step.title.as_str());
    ["Step ", &number, " of ", &count, ": ", title].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIELD 25: "An out-of-order poll revives a finished build"; a row that cannot be read must
    /// not take the others with it.
    #[test]
    fn whatever_a_server_sends_the_rest_is_read() {
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
    fn it_is_being_cancelled_from_the_wish_to_the_end() {
        let build = |text: &str| -> Build {
            let whole = [r#"{"id":"bld-1","workspaceId":"ws-1","#, text, "}"].concat();
            serde_json::from_str(&whole).expect("readable")
        };
        let wish = r#""cancelRequestedAt":"2026-01-02T03:04:07Z""#;
        let with = |status: &str| build(&format!(r#""status":"{status}",{wish}"#));
        assert!(with("running").is_cancelling());
        for status in ["cancelled", "succeeded", "failed", "hibernating"] {
            assert!(!with(status).is_cancelling(), "{status}");
        }
        // An older server does not tell.
        assert!(!build(r#""status":"running""#).is_cancelling());
        assert!(!build(r#""status":"running","cancelRequestedAt":null"#).is_cancelling());
    }

    #[test]
    fn it_is_written_as_it_is_read() {
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
