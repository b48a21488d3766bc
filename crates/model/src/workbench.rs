//! A workbench: what is wanted (`spec`) and what was observed (`status`).

use crate::condition::{Condition, ConditionStatus, ConditionType, find};
use crate::ids::{BuildId, RunId, UserId, WorkbenchId, WorkspaceId};
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::phase::{K8sStatus, Phase};
use crate::run::RunStatus;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Default time limit of a start, in seconds.
pub const DEFAULT_START_TIMEOUT_SECONDS: u32 = 300;

/// Desired state of a workbench. Changing it raises the workbench's `generation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WorkbenchSpec {
    /// Environment variables for the app's process.
    pub env: BTreeMap<String, String>,
    /// Names of the workspace's secrets that go into the process's environment.
    pub secrets: Vec<String>,
    /// How long a start may take until it counts as late.
    pub start_timeout_seconds: u32,
    /// How long a run may last; `None`: without limit.
    pub active_deadline_seconds: Option<u32>,
    /// After how long without use a run is stopped; `None`: never.
    pub idle_timeout_seconds: Option<u32>,
}

impl Default for WorkbenchSpec {
    fn default() -> Self {
        Self {
            env: BTreeMap::new(),
            secrets: Vec::new(),
            start_timeout_seconds: DEFAULT_START_TIMEOUT_SECONDS,
            active_deadline_seconds: None,
            idle_timeout_seconds: None,
        }
    }
}

open_enum!(
    /// What a person wants to be the case.
    Desired {
        /// It should run.
        Running = "Running",
        /// It should not run.
        Stopped = "Stopped",
    }
);

/// Observed state of a workbench. Only the reconciler writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct WorkbenchStatus {
    /// The generation of the spec that this status answers.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub observed_generation: u64,
    /// The number of the run that this status is about; 0: none yet.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub run_number: u64,
    /// Where it is in its life.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub phase: Phase,
    /// When the app's process came up.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub start_time: Option<Timestamp>,
    /// When the app first answered its probe in this run.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub ready_time: Option<Timestamp>,
    /// When the run ended.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub completion_time: Option<Timestamp>,
    /// Why it is being stopped or was stopped: see [`crate::reason`].
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub stopped_reason: Option<String>,
    /// The name of the supervised process's record.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub job_name: Option<String>,
    /// The name of the process itself.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub runner_pod_name: Option<String>,
    /// For old clients: one sentence that sums up the conditions.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub message: Option<String>,
    /// For old clients: whether that sentence is bad news.
    #[serde(default, deserialize_with = "lenient::or_default", rename = "is_error")]
    pub is_error: bool,
    /// One condition per type.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub conditions: Vec<Condition>,
}

impl WorkbenchStatus {
    /// Returns the condition of this type, if it is there.
    pub fn condition(&self, kind: &ConditionType) -> Option<&Condition> {
        find(&self.conditions, kind)
    }
}

/// The current run, as it is shown with its workbench.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// The run.
    pub id: RunId,
    /// Counted per workbench, from 1.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub number: u64,
    /// Where it is.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: RunStatus,
    /// When it was asked for.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub started_at: Option<Timestamp>,
    /// Until when the start is to succeed, or `None` while it waits for what it needs.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub start_deadline: Option<Timestamp>,
    /// The newest journal entry's number.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_seq: u64,
    /// The build that it waited for, or waits for.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub build_id: Option<BuildId>,
}

/// A workbench as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workbench {
    /// The workbench.
    pub id: WorkbenchId,
    /// Where it belongs.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The catalogue entry it runs.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub app: String,
    /// Raised with every change of `spec` or `desired`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub generation: u64,
    /// The number of its last change, which only grows; 0: none was told.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_seq: u64,
    /// What is wanted.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub spec: WorkbenchSpec,
    /// Whether it should run.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub desired: Desired,
    /// Whether it is being deleted.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub deleting: bool,
    /// Who asked for it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_by: Option<UserId>,
    /// What people call whoever asked for it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub created_by_name: Option<String>,
    /// When it was asked for.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// When anything of it last changed, wish or status.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub updated_at: Option<Timestamp>,
    /// The one word that sums it up.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub k8s_status: K8sStatus,
    /// What was observed.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: WorkbenchStatus,
    /// The current run, or `None` if it was never started.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub run: Option<RunSummary>,
}

impl Workbench {
    /// Returns `true` if a run has been wished for that the status does not speak of yet.
    pub fn desires_another_run(&self) -> bool {
        self.run
            .as_ref()
            .is_some_and(|run| run.number > self.status.run_number)
    }

    /// Returns until when the start is to succeed, or `None` once the app has answered: what comes
    /// after is no start.
    pub fn start_deadline(&self) -> Option<Timestamp> {
        let run = self.run.as_ref()?;
        run.start_deadline.filter(|_| !self.has_answered())
    }

    /// Returns since when an app that has answered in this run does not, or `None` while it does,
    /// before it first did, and once the run is over.
    pub fn silent_since(&self) -> Option<Timestamp> {
        if !self.has_answered() || self.status.phase.is_terminal() {
            return None;
        }
        let ready = self.status.condition(&ConditionType::Ready)?;
        ready.last_transition_time.filter(|_| !ready.is_true())
    }

    /// Returns `true` if the app has answered in the run that was wished for last.
    pub fn has_answered(&self) -> bool {
        self.status.ready_time.is_some() && !self.desires_another_run()
    }

    /// Returns `true` if the spec is newer than the one of the current run: the next start uses it.
    /// Before the first observation of a run, nothing is known of the spec that it runs with.
    pub fn is_spec_ahead(&self) -> bool {
        self.desired == Desired::Running
            && !self.desires_another_run()
            && !self.status.phase.is_terminal()
            && self.is_observed()
            && self.generation > self.status.observed_generation
    }

    /// Returns whether the current run has been observed at all. Before that its status holds
    /// nothing, and its generation is that of the run before.
    fn is_observed(&self) -> bool {
        let mut conditions = self.status.conditions.iter();
        conditions.any(|condition| condition.status != ConditionStatus::Unobserved)
    }

    /// Returns `true` if `self` is older than what is already shown, and therefore to be dropped:
    /// answers may overtake each other (FIELD 3).
    pub fn is_older_than(&self, shown: &Self) -> bool {
        self.id == shown.id && self.version() < shown.version()
    }

    /// Returns how new this is: the number of the last change that it tells, and the generation.
    pub fn version(&self) -> (u64, u64) {
        let told = self.run.as_ref().map_or(0, |run| run.last_seq);
        (self.last_seq.max(told), self.generation)
    }
}

/// `POST /api/workspaces/{id}/workbenches`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWorkbench {
    /// Chosen by the client, so that sending twice creates once; see [`WorkbenchId::parse`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What people call it; see [`crate::names`].
    pub name: String,
    /// The catalogue entry to run.
    pub app: String,
    /// What is wanted.
    #[serde(default)]
    pub spec: WorkbenchSpec,
    /// Whether to start at once; it is unless this says `Stopped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<String>,
}

/// `PATCH /api/workbenches/{id}`: what is given is changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkbenchPatch {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new spec, whole. It takes effect at the next start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<WorkbenchSpec>,
}

/// `POST /api/workbenches/{id}/ticket`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// The address on the app's own origin that lets the browser in; once, and within a minute.
    pub url: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Workbench {
        serde_json::from_str(text).expect("a workbench is readable")
    }

    #[test]
    fn settings_are_not_judged_before_the_run_is_observed() {
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
    fn field_3_an_older_answer_is_told_from_a_newer_one() {
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
        let told = |ready: &str, reason: &str, number: u64| {
            let holds = if reason == "ProbeSucceeded" {
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
        assert_eq!(told("null", "ProbePending", 1), (true, None));
        assert_eq!(told(answered, "ProbeSucceeded", 1), (false, None));
        assert_eq!(
            told(answered, "CrashLoopBackOff", 1),
            (false, lost.map(str::to_owned))
        );
        assert_eq!(
            told(answered, "NotRunning", 2),
            (true, None),
            "another run is a start again"
        );
    }
}
