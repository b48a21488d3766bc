//! Row of the table: what it is filtered, sorted and searched by.

use crate::state::State;
use vestibule_model::condition::ConditionType;
use vestibule_model::fold::fold;
use vestibule_model::ids::{UserId, WorkbenchId};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::Workbench;

/// Row of the table: the parts of a workbench that decide whether and where it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// The workbench.
    pub id: WorkbenchId,
    /// Name.
    pub name: String,
    /// Identifier of its owner.
    pub owner: Option<UserId>,
    /// State.
    pub state: State,
    /// Time since which it is in its state, as far as that was observed.
    pub since: Option<Timestamp>,
    /// Case-folded name for sorting.
    pub(super) folded_name: String,
    /// Case-folded title for sorting.
    pub(super) folded_title: String,
    /// Case-folded text for searching.
    pub(super) folded: String,
}

impl TableRow {
    /// Returns the row of a workbench. `title` is the app's title, and `owner` the shown name of
    /// the owner, both searchable.
    pub fn of(workbench: &Workbench, title: &str, owner: &str) -> Self {
        let message = workbench.status.message.as_deref().unwrap_or_default();
        let owner_name = workbench.created_by_name.as_deref().unwrap_or_default();
        let searched = [
            &workbench.name,
            &workbench.app,
            title,
            owner,
            owner_name,
            message,
        ];
        Self {
            id: workbench.id.clone(),
            folded_name: fold(&workbench.name),
            folded_title: fold(title),
            folded: fold(&searched.join("\n")),
            name: workbench.name.clone(),
            owner: workbench.created_by.clone(),
            state: State::of(workbench),
            since: since(workbench),
        }
    }
}

/// Returns the start of the current state: the end of the run, the change of `Ready`, or the
/// command to start.
pub fn since(workbench: &Workbench) -> Option<Timestamp> {
    let status = &workbench.status;
    let started = workbench.run.as_ref().and_then(|run| run.started_at);
    let changed = |kind: ConditionType| status.condition(&kind)?.last_transition_time;
    match &workbench.k8s_status {
        K8sStatus::Running => changed(ConditionType::Ready).or(status.start_time),
        K8sStatus::Failed | K8sStatus::Killed => {
            status.completion_time.or(changed(ConditionType::Failed))
        }
        K8sStatus::Complete => status.completion_time.or(changed(ConditionType::Completed)),
        K8sStatus::Stopped => status.completion_time.or(workbench.created_at),
        // If readiness was lost, that began the state; else the start did.
        K8sStatus::Progressing => changed(ConditionType::Ready)
            .filter(|at| started.is_some_and(|started| *at > started))
            .filter(|_| status.phase == Phase::Running)
            .or(started),
        K8sStatus::Unknown(_) => None,
    }
}
