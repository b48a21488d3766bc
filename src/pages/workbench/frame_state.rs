//! State of an app's frame, derived from the workbench's status.

use crate::pages::shared::Rights;
use crate::store::WorkbenchWatch;
use leptos::prelude::*;
use vestibule_model::access::{Permission, Resource};
use vestibule_model::condition::ConditionType;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::workbench::{Desired, Workbench};

/// State of a workbench's frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameState {
    /// No frame.
    None,
    /// The frame of this run exists and may be used.
    Open {
        /// The run's number; another run is another frame.
        run: u64,
    },
    /// The frame of this run is kept but covered: the app has stopped responding while its process
    /// is up, and one missed probe must not lose what was typed.
    Covered {
        /// The run's number.
        run: u64,
    },
}

impl FrameState {
    /// Returns the run whose frame exists.
    pub fn run(&self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Open { run } | Self::Covered { run } => Some(*run),
        }
    }

    /// Returns `true` if the frame may be used.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Returns the state after an update. A frame opens only on `k8sStatus == Running` of the
    /// workbench that it belongs to (FIELD 3).
    pub fn after(&self, update: Option<&Workbench>, id: &WorkbenchId) -> Self {
        let Some(workbench) = update.filter(|workbench| workbench.id == *id) else {
            return Self::None;
        };
        if workbench.deleting
            || workbench.desired == Desired::Stopped
            || workbench.desires_another_run()
        {
            return Self::None;
        }
        let run = workbench.status.run_number;
        match workbench.k8s_status {
            K8sStatus::Running => Self::Open { run },
            K8sStatus::Progressing if self.run() == Some(run) && is_up(workbench) => {
                Self::Covered { run }
            }
            _ => Self::None,
        }
    }
}

/// Follows the frame state of a workbench. `kept_run` is the run whose frame exists already, for
/// example from an earlier visit to the page.
pub fn use_frame_state(
    watch: WorkbenchWatch,
    id: WorkbenchId,
    kept_run: Option<u64>,
) -> Memo<FrameState> {
    let initial = kept_run.map_or(FrameState::None, |run| FrameState::Open { run });
    let is_lost = Memo::new(move |_| watch.freshness.get().is_lost());
    let rights = Rights::expect();
    // A user who loses the permission loses the app at once: the gateway ends the app's connections, and what
    // the frame has loaded goes with it.
    let may_open = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        workbench.as_ref().is_none_or(|workbench| {
            let (workspace, id) = (workbench.workspace_id.clone(), workbench.id.clone());
            let resource = Resource::Workbench(workspace, id);
            rights.has(Permission::WorkbenchOpen, &resource)
        })
    });
    Memo::new(move |before: Option<&FrameState>| {
        let workbench = watch.workbench.read();
        let is_out = is_lost.get() || !may_open.get();
        let update = workbench.as_ref().filter(|_| !is_out);
        before.unwrap_or(&initial).after(update, &id)
    })
}

fn is_up(workbench: &Workbench) -> bool {
    workbench.status.phase == Phase::Running
        && workbench
            .status
            .condition(&ConditionType::RunnerStarted)
            .is_some_and(|condition| condition.is_true())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn workbench(id: &str, k8s_status: &str, run: u64) -> Workbench {
        serde_json::from_value(json!({
            "id": id, "workspaceId": "ws-1", "desired": "Running", "k8sStatus": k8s_status,
            "status": {"phase": "Running", "runNumber": run,
                       "conditions": [{"type": "RunnerStarted", "status": "True"}]},
            "run": {"id": "run-1", "number": run}
        }))
        .expect("readable")
    }

    fn page() -> WorkbenchId {
        WorkbenchId::new("wb-this")
    }

    #[test]
    fn field_3_only_running_of_this_workbench_opens() {
        let after =
            |k8s: &str| FrameState::None.after(Some(&workbench("wb-this", k8s, 1)), &page());
        assert_eq!(after("Running"), FrameState::Open { run: 1 });
        for other in [
            "",
            "Progressing",
            "Stopped",
            "Killed",
            "Failed",
            "Complete",
            "Novelty",
        ] {
            assert_eq!(after(other), FrameState::None, "{other}");
        }
        let other = workbench("wb-other", "Running", 1);
        let open = FrameState::Open { run: 1 };
        assert_eq!(
            FrameState::None.after(Some(&other), &page()),
            FrameState::None
        );
        assert_eq!(open.after(Some(&other), &page()), FrameState::None);
        assert_eq!(open.after(None, &page()), FrameState::None);
    }

    #[test]
    fn a_missed_probe_covers_and_an_end_removes_the_frame() {
        let open = FrameState::Open { run: 1 };
        let after = |k8s: &str, run| open.after(Some(&workbench("wb-this", k8s, run)), &page());
        assert_eq!(after("Progressing", 1), FrameState::Covered { run: 1 });
        assert_eq!(after("Failed", 1), FrameState::None);
        assert_eq!(after("Progressing", 2), FrameState::None);
        assert_eq!(after("Running", 2), FrameState::Open { run: 2 });
    }

    #[test]
    fn a_requested_stop_removes_the_frame_at_once() {
        let open = FrameState::Open { run: 1 };
        let mut stopping = workbench("wb-this", "Running", 1);
        stopping.desired = Desired::Stopped;
        assert_eq!(open.after(Some(&stopping), &page()), FrameState::None);
        let mut deleting = workbench("wb-this", "Running", 1);
        deleting.deleting = true;
        assert_eq!(open.after(Some(&deleting), &page()), FrameState::None);
    }
}
