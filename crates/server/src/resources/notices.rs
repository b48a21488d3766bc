//! Transitions that are published as events in the cluster.

use super::Resources;
use std::sync::Arc;
use vestibule_engine::controller::Record;
use vestibule_kubernetes::cluster::Notice;
use vestibule_model::condition::{ConditionStatus, ConditionType, holds};
use vestibule_model::hold;
use vestibule_model::reason;
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
    let is_intended = is_intended_end(&outcome.status);
    for one in &outcome.transitions {
        let (Some(condition), TransitionKind::Status) = (&one.condition, &one.kind) else {
            continue;
        };
        let is_true = one.to == Some(ConditionStatus::True);
        let was_true = one.from == Some(ConditionStatus::True);
        if (is_true || was_true) && !one.reason.is_empty() {
            notices.push(Notice {
                is_warning: match condition {
                    ConditionType::Failed => is_true,
                    _ => !is_true && !is_intended,
                },
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
            is_warning: !is_intended,
            condition: one.kind.as_str().to_owned(),
            reason: one.reason.clone(),
            message: one.message.clone(),
        }));
    }
    notices
}

/// Returns `true` if a run ends, or has ended, as its app or its user wanted.
fn is_intended_end(status: &WorkbenchStatus) -> bool {
    let stopped = status.stopped_reason.as_deref();
    holds(&status.conditions, &ConditionType::Completed)
        || stopped.is_some_and(|why| [reason::USER_STOPPED, reason::IDLE].contains(&why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::observed::{Exit, Observed, Probe, Runner, Secrets, StopRequest, Volume};
    use vestibule_model::reconcile::{Cadence, DesiredRun, Subject, reconcile};
    use vestibule_model::time::{Millis, Timestamp};
    use vestibule_model::workbench::Desired;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn notices_of(before: &mut WorkbenchStatus, seen: &Observed) -> Vec<(bool, String)> {
        notices_with(Desired::Running, before, seen)
    }

    fn notices_with(
        desired: Desired,
        before: &mut WorkbenchStatus,
        seen: &Observed,
    ) -> Vec<(bool, String)> {
        let subject = Subject {
            generation: 1,
            spec_generation: 1,
            desired,
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

    fn running() -> Observed {
        Observed {
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
        }
    }

    fn exited(how: Exit, asked: StopRequest) -> Observed {
        Observed {
            runner: Runner::Exited {
                job_name: "climate-1".to_owned(),
                at: NOW,
                how,
                restarts: 0,
                asked,
                last_line: None,
            },
            ..running()
        }
    }

    /// Faults, KM6.
    #[test]
    fn success_and_a_stop_by_a_user_are_no_warnings() {
        let mut status = WorkbenchStatus::default();
        notices_of(&mut status, &running());
        let mut completed = status.clone();
        let ended = notices_of(&mut completed, &exited(Exit::Code(0), StopRequest::No));
        assert!(!ended.is_empty());
        assert_eq!(ended.iter().find(|one| one.0), None, "{ended:?}");

        let mut ended = notices_with(Desired::Stopped, &mut status, &running());
        let gone = exited(Exit::Signal(15), StopRequest::Gently);
        ended.extend(notices_with(Desired::Stopped, &mut status, &gone));
        assert!(!ended.is_empty());
        assert_eq!(ended.iter().find(|one| one.0), None, "{ended:?}");
    }

    #[test]
    fn failure_is_a_warning() {
        let mut status = WorkbenchStatus::default();
        notices_of(&mut status, &running());
        let ended = notices_of(&mut status, &exited(Exit::Code(1), StopRequest::No));
        assert!(ended.contains(&(true, "SDKError".to_owned())), "{ended:?}");
    }

    #[test]
    fn lost_readiness_is_a_warning() {
        let mut status = WorkbenchStatus::default();
        let mut seen = running();
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
