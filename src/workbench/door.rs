//! When the app's frame may be there: the rule, pure, apart from the frame itself.

use vestibule_model::condition::ConditionType;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::workbench::{Desired, Workbench};

/// Whether the frame is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// No frame.
    Shut,
    /// The frame of this run is there and to be seen.
    Open {
        /// The run's number: another run is another frame.
        run: u64,
    },
    /// The frame of this run stays, behind a veil: the app has stopped answering, but its process
    /// is up, and what is typed inside must not be lost to one missed probe.
    Veiled {
        /// The run's number.
        run: u64,
    },
}

impl Door {
    /// The run whose frame is there.
    pub fn run(&self) -> Option<u64> {
        match self {
            Self::Shut => None,
            Self::Open { run } | Self::Veiled { run } => Some(*run),
        }
    }

    /// What the door is after news. It opens only on `k8sStatus == Running` of the workbench that
    /// this page is about (FIELD 3).
    pub fn after(&self, news: Option<&Workbench>, page: &WorkbenchId) -> Self {
        let Some(workbench) = news.filter(|workbench| workbench.id == *page) else {
            return Self::Shut;
        };
        if workbench.deleting
            || workbench.desired == Desired::Stopped
            || workbench.desires_another_run()
        {
            return Self::Shut;
        }
        let run = workbench.status.run_number;
        match workbench.k8s_status {
            K8sStatus::Running => Self::Open { run },
            K8sStatus::Progressing if self.run() == Some(run) && is_up(workbench) => {
                Self::Veiled { run }
            }
            _ => Self::Shut,
        }
    }
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
        let after = |k8s: &str| Door::Shut.after(Some(&workbench("wb-this", k8s, 1)), &page());
        assert_eq!(after("Running"), Door::Open { run: 1 });
        for other in [
            "",
            "Progressing",
            "Stopped",
            "Killed",
            "Failed",
            "Complete",
            "Novelty",
        ] {
            assert_eq!(after(other), Door::Shut, "{other}");
        }
        let other = workbench("wb-other", "Running", 1);
        assert_eq!(Door::Shut.after(Some(&other), &page()), Door::Shut);
        assert_eq!(
            Door::Open { run: 1 }.after(Some(&other), &page()),
            Door::Shut
        );
        assert_eq!(Door::Open { run: 1 }.after(None, &page()), Door::Shut);
    }

    #[test]
    fn a_missed_probe_veils_and_an_end_shuts() {
        let open = Door::Open { run: 1 };
        let missed = workbench("wb-this", "Progressing", 1);
        assert_eq!(open.after(Some(&missed), &page()), Door::Veiled { run: 1 });
        assert_eq!(
            open.after(Some(&workbench("wb-this", "Failed", 1)), &page()),
            Door::Shut
        );
        let another_run = workbench("wb-this", "Progressing", 2);
        assert_eq!(open.after(Some(&another_run), &page()), Door::Shut);
        let again = workbench("wb-this", "Running", 2);
        assert_eq!(open.after(Some(&again), &page()), Door::Open { run: 2 });
    }

    #[test]
    fn a_wish_to_stop_shuts_at_once() {
        let mut stopping = workbench("wb-this", "Running", 1);
        stopping.desired = Desired::Stopped;
        assert_eq!(
            Door::Open { run: 1 }.after(Some(&stopping), &page()),
            Door::Shut
        );
        let mut deleting = workbench("wb-this", "Running", 1);
        deleting.deleting = true;
        assert_eq!(
            Door::Open { run: 1 }.after(Some(&deleting), &page()),
            Door::Shut
        );
    }
}
