//! A workbench: the desired state (`spec`) and the observed state (`status`).

pub use crate::spec::{DEFAULT_START_TIMEOUT_SECONDS, SpecPatch, WorkbenchSpec};

use crate::condition::{Condition, ConditionStatus, ConditionType, find, holds};
use crate::ids::{BuildId, RunId, UserId, WorkbenchId, WorkspaceId};
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::phase::{K8sStatus, Phase};
use crate::run::RunStatus;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

open_enum!(
    /// Desired state.
    Desired {
        /// The workbench should run.
        Running = "Running",
        /// The workbench should not run.
        Stopped = "Stopped",
    }
);

/// Observed state of a workbench. Only the reconciler writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkbenchStatus {
    /// The generation of the spec that this status answers.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub observed_generation: u64,
    /// Number of the described run; 0: none yet.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub run_number: u64,
    /// Phase.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub phase: Phase,
    /// Start of the app's process.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub start_time: Option<Timestamp>,
    /// Time of the app's first response to its probe in this run.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub ready_time: Option<Timestamp>,
    /// End of the run.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub completion_time: Option<Timestamp>,
    /// Reason of a stop: see [`crate::reason`].
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub stopped_reason: Option<String>,
    /// Time at which the run is stopped for idleness unless it is used before; `None` while that is
    /// not near.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub idle_stop_at: Option<Timestamp>,
    /// Name of the supervised process's record.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub job_name: Option<String>,
    /// Name of the process.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub runner_pod_name: Option<String>,
    /// For old clients: one sentence that summarizes the conditions.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub message: Option<String>,
    /// For old clients: whether that sentence is bad news.
    #[serde(default, deserialize_with = "lenient::or_default", rename = "is_error")]
    pub is_error: bool,
    /// Conditions, at most one per type.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub conditions: Vec<Condition>,
}

impl WorkbenchStatus {
    /// Returns the condition of this type, or `None` if it is absent.
    pub fn condition(&self, kind: &ConditionType) -> Option<&Condition> {
        find(&self.conditions, kind)
    }

    /// Returns `true` if the run of this number has, or had, a process or a Pod.
    pub fn has_job(&self, number: u64) -> bool {
        self.run_number == number && holds(&self.conditions, &ConditionType::JobCreated)
    }
}

/// Summary of the current run, part of its workbench.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// Identifier.
    pub id: RunId,
    /// Number, from 1 for each workbench.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub number: u64,
    /// Status.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: RunStatus,
    /// Time of the request.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub started_at: Option<Timestamp>,
    /// Deadline of the start, or `None` while it waits.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub start_deadline: Option<Timestamp>,
    /// Number of the newest journal entry.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_seq: u64,
    /// The build that it waits or waited for.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub build_id: Option<BuildId>,
}

/// A workbench as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Workbench {
    /// Identifier.
    pub id: WorkbenchId,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Catalogue entry of the app.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub app: String,
    /// Generation, raised by every change of `spec` or `desired`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub generation: u64,
    /// Number of its last change, which only grows; 0: unknown.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_seq: u64,
    /// Desired settings.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub spec: WorkbenchSpec,
    /// Desired state.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub desired: Desired,
    /// `true` if it is being deleted.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub deleting: bool,
    /// Display name of the user who deletes it; `None` while it is not being deleted.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub deleted_by_name: Option<String>,
    /// Display name of the user who stopped the current run; `None` if no user did.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub stopped_by_name: Option<String>,
    /// `true` if the current run is being ended for a restart. The next run begins by itself.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub restarting: bool,
    /// Identifier of the user who created it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_by: Option<UserId>,
    /// Display name of the user who created it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub created_by_name: Option<String>,
    /// Time of its creation.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// Time of its last change, by a command or an observation.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub updated_at: Option<Timestamp>,
    /// The `k8sStatus`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub k8s_status: K8sStatus,
    /// Observed state.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: WorkbenchStatus,
    /// The current run, or `None` if it was never started.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub run: Option<RunSummary>,
}

impl Workbench {
    /// Returns `true` if the status does not describe the requested run yet.
    pub fn desires_another_run(&self) -> bool {
        self.run
            .as_ref()
            .is_some_and(|run| run.number > self.status.run_number)
    }

    /// Returns the deadline of the start, or `None` once the app has responded.
    pub fn start_deadline(&self) -> Option<Timestamp> {
        let run = self.run.as_ref()?;
        run.start_deadline.filter(|_| !self.has_answered())
    }

    /// Returns since when a once ready app has not responded, or `None` while it responds, before
    /// its first response, and once the run is over.
    pub fn silent_since(&self) -> Option<Timestamp> {
        if !self.has_answered() || self.status.phase.is_terminal() {
            return None;
        }
        let ready = self.status.condition(&ConditionType::Ready)?;
        ready.last_transition_time.filter(|_| !ready.is_true())
    }

    /// Returns `true` if the app has responded in the requested run.
    pub fn has_answered(&self) -> bool {
        self.status.ready_time.is_some() && !self.desires_another_run()
    }

    /// Returns `true` if the spec is newer than that of the current run: the next start uses it.
    /// Before the first observation of a run, the spec of the run is not known.
    pub fn is_spec_ahead(&self) -> bool {
        self.desired == Desired::Running
            && !self.desires_another_run()
            && !self.status.phase.is_terminal()
            && self.is_observed()
            && self.generation > self.status.observed_generation
    }

    /// Returns `true` if the current run was observed. Before that its status is empty, and its
    /// generation is that of the previous run.
    fn is_observed(&self) -> bool {
        let mut conditions = self.status.conditions.iter();
        conditions.any(|condition| condition.status != ConditionStatus::Unobserved)
    }

    /// Returns `true` if `self` is older than the shown version, and must be dropped: responses may
    /// overtake each other (FIELD 3).
    pub fn is_older_than(&self, shown: &Self) -> bool {
        self.id == shown.id && self.version() < shown.version()
    }

    /// Returns the version: the number of the last change, and the generation.
    pub fn version(&self) -> (u64, u64) {
        let reported = self.run.as_ref().map_or(0, |run| run.last_seq);
        (self.last_seq.max(reported), self.generation)
    }
}

/// Body of `POST /api/workspaces/{id}/workbenches`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWorkbench {
    /// Identifier chosen by the client, so that a repeated request creates one workbench; see
    /// [`WorkbenchId::parse`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Name; see [`crate::validation`].
    pub name: String,
    /// Catalogue entry of the app.
    pub app: String,
    /// Desired settings.
    #[serde(default)]
    pub spec: WorkbenchSpec,
    /// Initial desired state: it starts at once, unless this is `Stopped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<String>,
}

/// Body of `PATCH /api/workbenches/{id}`; absent fields are not changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkbenchPatch {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Changes to the spec. They take effect at the next start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<SpecPatch>,
}

/// Response of `POST /api/workbenches/{id}/ticket`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// Address on the app's own origin that lets the browser in; valid once, within a minute.
    pub url: String,
    /// `true` if the app's frame may read the clipboard.
    #[serde(default)]
    pub reads_clipboard: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Workbench {
        serde_json::from_str(text).expect("a workbench is readable")
    }

    /// Reliability review, finding 16: each restart said for a moment that the settings were changed.
    #[test]
    fn spec_is_not_compared_before_the_run_is_observed() {
        let ahead = |conditions: &str| {
            read(&format!(
                r#"{{"id":"wb-1","workspaceId":"ws-1","desired":"Running","generation":2,
                    "k8sStatus":"Progressing","run":{{"id":"run-1","number":1}},
                    "status":{{"runNumber":1,"phase":"Pending","observedGeneration":1,
                               "conditions":[{conditions}]}}}}"#
            ))
            .is_spec_ahead()
        };
        assert!(!ahead(""));
        assert!(!ahead(r#"{"type":"PVCReady","status":"Unknown"}"#));
        assert!(ahead(r#"{"type":"PVCReady","status":"True"}"#));
    }

    #[test]
    fn field_7_absent_empty_null_and_unknown_words_are_read() {
        let rest = r#""id":"wb-7k2m9x4q","workspaceId":"ws-a""#;
        for more in [
            "",
            r#","k8sStatus":"","status":null,"run":"""#,
            r#","k8sStatus":null,"status":{},"run":null"#,
        ] {
            let workbench = read(&format!("{{{rest}{more}}}"));
            assert_eq!(
                workbench.k8s_status,
                K8sStatus::Unknown(String::new()),
                "{more}"
            );
            assert_eq!(
                (workbench.run, workbench.status.conditions.len()),
                (None, 0)
            );
        }
        let workbench = read(&format!(
            r#"{{{rest},"k8sStatus":"Hibernated","status":{{"phase":"Napping","conditions":[
                {{"type":"Snoring","status":"Maybe"}},7,{{"type":"Ready","status":"True","lastTransitionTime":""}}]}}}}"#
        ));
        assert_eq!(
            workbench.k8s_status,
            K8sStatus::Unknown("Hibernated".into())
        );
        assert_eq!(workbench.status.conditions.len(), 2);
        let ready = workbench
            .status
            .condition(&ConditionType::Ready)
            .expect("kept");
        assert!(ready.is_true() && ready.last_transition_time.is_none());
    }

    #[test]
    fn field_3_older_responses_are_recognized() {
        let shown = read(
            r#"{"id":"wb-aaaa","workspaceId":"ws-a","generation":2,"run":{"id":"run-1","lastSeq":9}}"#,
        );
        let older = read(
            r#"{"id":"wb-aaaa","workspaceId":"ws-a","generation":2,"run":{"id":"run-1","lastSeq":8}}"#,
        );
        let other = read(r#"{"id":"wb-bbbb","workspaceId":"ws-a","generation":1}"#);
        assert!(older.is_older_than(&shown) && !shown.is_older_than(&older));
        assert!(!shown.is_older_than(&shown) && !other.is_older_than(&shown));
        let renamed = Workbench {
            last_seq: 10,
            ..shown.clone()
        };
        assert!(shown.is_older_than(&renamed), "its journal tells no names");
        let anew = read(r#"{"id":"wb-aaaa","workspaceId":"ws-a","generation":1,"lastSeq":11}"#);
        assert!(
            renamed.is_older_than(&anew),
            "removed, and made again under its name"
        );
    }

    #[test]
    fn once_the_app_has_answered_nothing_is_late_for_its_start() {
        let reported = |ready: &str, reason: &str, number: u64| {
            let holds = if reason == "SessionRunning" {
                "True"
            } else {
                "False"
            };
            let workbench = read(&format!(
                r#"{{"id":"wb-aaaa","workspaceId":"ws-a","k8sStatus":"Progressing",
                "run":{{"id":"run-1","number":{number},"startDeadline":"2026-11-21T10:05:00Z"}},
                "status":{{"phase":"Running","runNumber":1,"readyTime":{ready},"conditions":[
                    {{"type":"Ready","status":"{holds}","reason":"{reason}","message":"",
                      "lastTransitionTime":"2026-11-21T11:00:00Z"}}]}}}}"#
            ));
            let silent = workbench.silent_since().map(|at| at.to_string());
            (workbench.start_deadline().is_some(), silent)
        };
        let (answered, lost) = (r#""2026-11-21T10:00:12Z""#, Some("2026-11-21T11:00:00Z"));
        assert_eq!(reported("null", "ProbePending", 1), (true, None));
        assert_eq!(reported(answered, "SessionRunning", 1), (false, None));
        assert_eq!(
            reported(answered, "CrashLoopBackOff", 1),
            (false, lost.map(str::to_owned))
        );
        assert_eq!(
            reported(answered, "NotRunning", 2),
            (true, None),
            "another run is a start again"
        );
    }
}
