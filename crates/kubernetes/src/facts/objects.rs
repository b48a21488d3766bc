//! The parts of Kubernetes' objects that are read. Fields that are absent or unreadable are as if not
//! set.

use serde::Deserialize;
use std::collections::BTreeMap;
use vestibule_model::lenient::{or_default, rows};
use vestibule_model::time::Timestamp;

/// Name of the container in which the app runs. Others are those of a cluster's own, such as proxies.
pub const CONTAINER: &str = "runner";

/// Annotation of a Pod whose end Vestibule has requested.
pub const STOP_REQUESTED: &str = "vestibule.dev/stop-requested";

/// Annotation of a Pod: the number of restarts after crashes after which the run is over.
pub const RESTART_LIMIT: &str = "vestibule.dev/restart-limit";

/// Metadata of an object.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) uid: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) creation_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) deletion_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) annotations: BTreeMap<String, String>,
}

/// Condition of an object.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectCondition {
    #[serde(default, deserialize_with = "or_default", rename = "type")]
    pub(super) kind: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) status: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) reason: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) message: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) last_transition_time: Option<Timestamp>,
}

/// Pod.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Pod {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) metadata: Metadata,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) spec: PodSpec,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) status: PodStatus,
}

/// Spec of a Pod.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodSpec {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) node_name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) restart_policy: String,
    #[serde(default, deserialize_with = "rows")]
    pub(super) containers: Vec<Container>,
    #[serde(default, deserialize_with = "rows")]
    pub(super) init_containers: Vec<Container>,
}

/// Container of a Pod's spec.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Container {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    /// `Always` for an init container that goes on running beside the others.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) restart_policy: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) resources: Resources,
}

/// Resources of a container or claim.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Resources {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) limits: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) requests: BTreeMap<String, String>,
}

/// Status of a Pod.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodStatus {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) phase: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) reason: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) message: String,
    #[serde(default, deserialize_with = "rows")]
    pub(super) conditions: Vec<ObjectCondition>,
    #[serde(default, deserialize_with = "rows")]
    pub(super) container_statuses: Vec<ContainerStatus>,
    #[serde(default, deserialize_with = "rows")]
    pub(super) init_container_statuses: Vec<ContainerStatus>,
}

/// Status of a container.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContainerStatus {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) ready: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) restart_count: u32,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) state: State,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) last_state: State,
}

/// State of a container: at most one of them is set.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct State {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) waiting: Option<Waiting>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) running: Option<Running>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) terminated: Option<Terminated>,
}

/// State of a container that waits.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Waiting {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) reason: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) message: String,
}

/// State of a container that runs.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Running {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) started_at: Option<Timestamp>,
}

/// State of a container that has ended.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Terminated {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) exit_code: Option<i32>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) signal: i32,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) reason: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) message: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) finished_at: Option<Timestamp>,
}

/// PersistentVolumeClaim.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Claim {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) metadata: Metadata,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) spec: ClaimSpec,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) status: ClaimStatus,
}

/// Spec of a claim.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClaimSpec {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) volume_name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) resources: Resources,
}

/// Status of a claim.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct ClaimStatus {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) phase: String,
    #[serde(default, deserialize_with = "rows")]
    pub(super) conditions: Vec<ObjectCondition>,
}

/// Answer of the API server to a refused call.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Refusal {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) code: u16,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) reason: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) message: String,
}

/// Event about an object.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) reason: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) message: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) involved_object: Involved,
    #[serde(default, deserialize_with = "or_default")]
    first_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    last_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    event_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    series: Series,
}

/// Object of an event.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Involved {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) uid: String,
}

/// Repetitions of an event.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Series {
    #[serde(default, deserialize_with = "or_default")]
    last_observed_time: Option<Timestamp>,
}

impl Event {
    /// Returns the events about an object, oldest first. Another object of the same name has another
    /// uid, and events of its own.
    pub(super) fn about<'a>(object: &Metadata, all: &'a [Self]) -> Vec<&'a Self> {
        let is_about =
            |event: &&Self| !object.uid.is_empty() && event.involved_object.uid == object.uid;
        let mut events: Vec<&Self> = all.iter().filter(is_about).collect();
        events.sort_by_key(|event| event.last());
        events
    }

    /// Returns the time of the first one, or `None` if it has none.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.first_timestamp
            .or(self.event_time)
            .or(self.last_timestamp)
    }

    /// Returns the time of the last repetition, or `None` if it has none.
    pub(super) fn last(&self) -> Option<Timestamp> {
        let times = [
            self.series.last_observed_time,
            self.last_timestamp,
            self.event_time,
            self.first_timestamp,
        ];
        times.into_iter().flatten().max()
    }
}

/// Returns the newest event with one of these reasons, or `None`.
pub(super) fn newest<'a>(events: &[&'a Event], reasons: &[&str]) -> Option<&'a Event> {
    let has_reason = |event: &&&Event| reasons.contains(&event.reason.as_str());
    events.iter().rev().find(has_reason).copied()
}

/// Returns the condition of a type, or `None` if it is absent.
pub(super) fn condition<'a>(all: &'a [ObjectCondition], kind: &str) -> Option<&'a ObjectCondition> {
    all.iter().find(|condition| condition.kind == kind)
}

impl ObjectCondition {
    pub(super) fn is_true(&self) -> bool {
        self.status == "True"
    }

    pub(super) fn is_false(&self) -> bool {
        self.status == "False"
    }
}

impl Pod {
    /// Returns the container in which the app runs, from the spec; `None` if there are none.
    pub(super) fn app(&self) -> Option<&Container> {
        let all = &self.spec.containers;
        all.iter().find(|one| one.name == CONTAINER).or(all.first())
    }

    /// Returns the status of the container in which the app runs, or `None` if there is none yet.
    pub(super) fn app_status(&self) -> Option<&ContainerStatus> {
        let name = self.app().map_or(CONTAINER, |container| &container.name);
        let all = &self.status.container_statuses;
        all.iter().find(|status| status.name == name)
    }

    /// Returns `true` if Vestibule has requested its end.
    pub(super) fn is_stop_requested(&self) -> bool {
        self.metadata.annotations.contains_key(STOP_REQUESTED)
    }

    /// Returns the number of restarts after which the run is over, or `None` if the Pod names none.
    pub(super) fn restart_limit(&self) -> Option<u32> {
        self.metadata.annotations.get(RESTART_LIMIT)?.parse().ok()
    }

    pub(super) fn condition(&self, kind: &str) -> Option<&ObjectCondition> {
        condition(&self.status.conditions, kind)
    }

    /// Returns `true` if a container that ended like this is started again in the same Pod.
    pub(super) fn restarts_after(&self, exit_code: Option<i32>) -> bool {
        match self.spec.restart_policy.as_str() {
            "Never" => false,
            "OnFailure" => exit_code != Some(0),
            _ => true,
        }
    }
}
