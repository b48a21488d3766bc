//! Transitions that are published as events in the cluster.

use super::Resources;
use std::sync::Arc;
use vestibule_engine::controller::Record;
use vestibule_kubernetes::cluster::Notice;
use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::hold;
use vestibule_model::reconcile::Outcome;
use vestibule_model::transition::TransitionKind;
use vestibule_model::workbench::WorkbenchStatus;

impl Resources {
    /// Publishes the transitions of a stored outcome. An event that is lost is no loss: the journal and the
    /// conditions have everything.
    pub(super) fn publish(self: &Arc<Self>, record: &Record, outcome: &Outcome) {
        let notices = notices(&record.status, outcome);
        if notices.is_empty() || self.engine.is_observing_only() {
            return;
        }
        let resources = Arc::clone(self);
        let target = &record.target;
        let (workspace, id) = (target.workspace_id.clone(), target.id.clone());
        self.spawn(async move {
            let published = resources.cluster().publish(&workspace, &id, &notices);
            if let Err(error) = published.await {
                tracing::debug!(workbench = %id, %error, "failed to publish an event");
            }
        });
    }
}

/// Returns the transitions worth an event: what has become true, what is true no more, and what a start
/// begins to wait for.
fn notices(before: &WorkbenchStatus, outcome: &Outcome) -> Vec<Notice> {
    let mut notices = Vec::new();
    for one in &outcome.transitions {
        let (Some(condition), TransitionKind::Status) = (&one.condition, &one.kind) else {
            continue;
        };
        let is_true = one.to == Some(ConditionStatus::True);
        let was_true = one.from == Some(ConditionStatus::True);
        if (is_true || was_true) && !one.reason.is_empty() {
            notices.push(Notice {
                is_warning: (*condition == ConditionType::Failed) == is_true,
                condition: condition.as_str().to_owned(),
                reason: one.reason.clone(),
                message: one.message.clone(),
            });
        }
    }
    let now = &outcome.status;
    let is_same_run = before.run_number == now.run_number;
    let known = hold::reason(before).filter(|_| is_same_run);
    if let Some(reason) = hold::reason(now).filter(|reason| known != Some(*reason)) {
        let mut held = now.conditions.iter().filter(|one| one.reason == reason);
        notices.extend(held.next().map(|one| Notice {
            is_warning: true,
            condition: one.kind.as_str().to_owned(),
            reason: one.reason.clone(),
            message: one.message.clone(),
        }));
    }
    notices
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::observed::{Observed, Probe, Runner, Secrets, Volume};
    use vestibule_model::reconcile::{Cadence, DesiredRun, Subject, reconcile};
    use vestibule_model::time::{Millis, Timestamp};
    use vestibule_model::workbench::Desired;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn notices_of(before: &mut WorkbenchStatus, seen: &Observed) -> Vec<(bool, String)> {
        let subject = Subject {
            generation: 1,
            spec_generation: 1,
            desired: Desired::Running,
            deleting: false,
            run: Some(DesiredRun {
                number: 1,
                generation: 1,
                asked_at: NOW,
                start_deadline: NOW + Millis::from_secs(300),
                active_deadline: None,
                idle_timeout: None,
            }),
        };
        let outcome = reconcile(&subject, before, seen, &Cadence::default(), NOW);
        let notices_of = notices(before, &outcome);
        *before = outcome.status;
        notices_of
            .into_iter()
            .map(|one| (one.is_warning, one.reason))
            .collect()
    }

    #[test]
    fn obstacle_is_told_once_and_its_end_too() {
        let mut status = WorkbenchStatus::default();
        let missing = Observed {
            volume: Volume::Bound,
            secrets: Secrets::Missing(vec!["API_KEY".to_owned()]),
            ..Observed::default()
        };
        let first = notices_of(&mut status, &missing);
        assert!(
            first.contains(&(true, "SecretNotFound".to_owned())),
            "{first:?}"
        );
        assert_eq!(notices_of(&mut status, &missing), []);
        let found = Observed {
            secrets: Secrets::Found,
            ..missing
        };
        let next = notices_of(&mut status, &found);
        assert!(next.iter().any(|(is_warning, _)| !is_warning), "{next:?}");
    }

    #[test]
    fn lost_readiness_is_a_warning() {
        let mut status = WorkbenchStatus::default();
        let mut seen = Observed {
            volume: Volume::Bound,
            runner: Runner::Running {
                job_name: "climate-1".to_owned(),
                pod_name: "climate-1".to_owned(),
                started_at: NOW,
                restarted: None,
                note: None,
            },
            probe: Probe::Succeeded,
            ..Observed::default()
        };
        let ready = notices_of(&mut status, &seen);
        assert!(
            ready.contains(&(false, "SessionRunning".to_owned())),
            "{ready:?}"
        );
        seen.probe = Probe::Failed("no answer".to_owned());
        let lost = notices_of(&mut status, &seen);
        assert!(lost.contains(&(true, "ProbeFailed".to_owned())), "{lost:?}");
    }
}
