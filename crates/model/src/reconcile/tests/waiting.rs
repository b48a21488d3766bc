//! Jobs whose process has not started, and processes that are ended from outside.

use super::*;
use ConditionStatus::{False, True};
use ConditionType::{Failed, JobCreated, PodScheduled, PvcReady, Ready, RunnerStarted};

fn waiting(stage: Stage) -> Observed {
    Observed {
        runner: Runner::Waiting {
            job_name: "job".into(),
            stage,
        },
        ..prepared()
    }
}

fn disrupted(how: Exit) -> Observed {
    Observed {
        runner: Runner::Disrupted {
            job_name: "job".into(),
            how,
        },
        ..prepared()
    }
}

fn image_fault(fault: ImageFault) -> Observed {
    waiting(Stage::ImageFault {
        fault,
        since: at(10),
        why: "manifest unknown".into(),
    })
}

#[test]
fn ready_repeats_what_the_job_waits_for_and_each_obstacle_heals() {
    let mut bench = Bench::start_requested();
    for (stage, scheduled, reason) in [
        (Stage::Unscheduled, False, reason::WAITING),
        (
            Stage::Unschedulable("0/1 nodes are available".into()),
            False,
            reason::UNSCHEDULABLE,
        ),
        (
            Stage::Creating(String::new()),
            True,
            reason::CONTAINER_CREATING,
        ),
        (
            Stage::FailedMount("Multi-Attach error".into()),
            True,
            reason::FAILED_MOUNT,
        ),
        (
            Stage::Initializing("1 of 2".into()),
            True,
            reason::POD_INITIALIZING,
        ),
        (
            Stage::Pulling("Pulling image".into()),
            True,
            reason::PULLING,
        ),
        (
            Stage::Misconfigured("secret \"a\" not found".into()),
            True,
            reason::CREATE_CONTAINER_CONFIG_ERROR,
        ),
    ] {
        let result = bench.sees(waiting(stage)).reconcile();
        let scheduled_reason = find(&result.outcome.status.conditions, &PodScheduled)
            .map(|c| (c.status.clone(), c.reason.clone()));
        assert_eq!(scheduled_reason.map(|result| result.0), Some(scheduled));
        result
            .is(Phase::Creating, K8sStatus::Progressing)
            .shows(JobCreated, True, reason::CREATED)
            .shows(Ready, False, reason)
            .shows(Failed, False, reason::NOT_ENDED)
            .does(&[]);
    }
    bench
        .sees(running(Probe::Succeeded))
        .reconcile()
        .is(Phase::Running, K8sStatus::Running);
}

/// Faults, KM4: a start that is refused asks the cluster less and less often.
#[test]
fn refused_creation_is_tried_again_after_growing_pauses() {
    let hindered = Observed {
        creation: Creation::Failed("exceeded quota".into()),
        ..prepared()
    };
    let refused_folder = Observed {
        volume: Volume::Failed("exceeded quota".into()),
        ..Observed::default()
    };
    for seen in [hindered, refused_folder] {
        let mut bench = Bench::start_requested();
        bench.sees(seen);
        for (now, pause) in [(8, 5), (80, 20), (4_000, 60)] {
            let result = bench.at(now).reconcile();
            assert_eq!(
                result.outcome.requeue_after,
                Some(Millis::from_secs(pause)),
                "after {now} s"
            );
        }
    }
}

#[test]
fn time_without_a_machine_is_no_part_of_the_start() {
    let full = || waiting(Stage::Unschedulable("Insufficient cpu".into()));
    let mut bench = Bench::start_requested();
    bench.sees(full()).reconcile();
    bench
        .at(500)
        .reconcile()
        .shows(Ready, False, reason::UNSCHEDULABLE);
    bench
        .sees(waiting(Stage::Creating(String::new())))
        .reconcile()
        .shows(Ready, False, reason::CONTAINER_CREATING);
    bench
        .at(559)
        .reconcile()
        .shows(Ready, False, reason::CONTAINER_CREATING);
    bench
        .at(560)
        .reconcile()
        .shows(Ready, False, reason::START_DEADLINE_EXCEEDED);
}

#[test]
fn invalid_image_name_fails_at_once_and_a_failing_pull_after_the_grace() {
    let cadence = Cadence {
        image_grace: Millis::from_secs(60),
        ..Cadence::default()
    };
    let reconcile_at = |observed: &Observed, seconds| {
        let subject = Bench::start_requested().subject;
        let before = WorkbenchStatus::default();
        Reconciled {
            outcome: reconcile(&subject, &before, observed, &cadence, at(seconds)),
        }
    };
    reconcile_at(&image_fault(ImageFault::InvalidName), 10)
        .is(Phase::Failed, K8sStatus::Failed)
        .shows(Failed, True, reason::INVALID_IMAGE_NAME)
        .shows(RunnerStarted, False, reason::INVALID_IMAGE_NAME)
        .does(&[Action::StopJob]);
    for (fault, reason) in [
        (ImageFault::Pull, reason::ERR_IMAGE_PULL),
        (ImageFault::BackOff, reason::IMAGE_PULL_BACK_OFF),
    ] {
        let result = reconcile_at(&image_fault(fault), 69);
        assert_eq!(
            result.outcome.requeue_after,
            Some(Millis::from_secs(1)),
            "the grace ends sooner than the cadence"
        );
        result
            .is(Phase::Creating, K8sStatus::Progressing)
            .shows(Ready, False, reason)
            .does(&[]);
        reconcile_at(&image_fault(fault), 70)
            .is(Phase::Failed, K8sStatus::Failed)
            .shows(Failed, True, reason)
            .does(&[Action::StopJob]);
    }
}

#[test]
fn what_is_left_of_a_failed_image_is_removed() {
    let mut bench = Bench::start_requested();
    bench.sees(image_fault(ImageFault::Pull)).at(20).reconcile();
    let again = bench.reconcile().does(&[Action::StopJob]);
    assert!(again.outcome.requeue_after.is_some());
    let done = bench.sees(prepared()).reconcile().does(&[]);
    done.is(Phase::Failed, K8sStatus::Failed)
        .shows(Failed, True, reason::ERR_IMAGE_PULL);
}

#[test]
fn disruption_shows_at_once_and_the_run_says_why_also_without_a_trace() {
    let words = || "Node a is drained.".to_owned();
    for (how, first, reason, phase, k8s) in [
        (
            Exit::Evicted(words()),
            reason::EVICTED,
            reason::EVICTED,
            Phase::Failed,
            K8sStatus::Killed,
        ),
        (
            Exit::Preempted(words()),
            reason::PREEMPTED,
            reason::PREEMPTED,
            Phase::Failed,
            K8sStatus::Killed,
        ),
        (
            Exit::NodeLost(words()),
            reason::NODE_LOST,
            reason::NODE_LOST,
            Phase::Failed,
            K8sStatus::Killed,
        ),
        (
            Exit::Deleted(words()),
            reason::TERMINATING,
            reason::TERMINATED,
            Phase::Stopped,
            K8sStatus::Stopped,
        ),
    ] {
        let mut bench = Bench::ready();
        bench
            .sees(disrupted(how))
            .reconcile()
            .is(Phase::Running, K8sStatus::Progressing)
            .shows(Ready, False, first);
        let end = bench.sees(prepared()).reconcile().is(phase, k8s);
        let cause = find(&end.outcome.status.conditions, &Failed);
        assert_eq!(
            cause.map(|c| (c.reason.as_str(), c.message.as_str())),
            Some((reason, "Node a is drained."))
        );
    }
}

#[test]
fn stop_ends_a_job_that_waits_and_one_that_is_disrupted() {
    for observed in [
        waiting(Stage::Unscheduled),
        disrupted(Exit::Evicted(String::new())),
    ] {
        let mut bench = Bench::start_requested();
        bench.sees(observed).reconcile();
        bench
            .stop()
            .reconcile()
            .is(Phase::Stopping, K8sStatus::Progressing)
            .does(&[Action::StopJob]);
        bench
            .sees(prepared())
            .reconcile()
            .is(Phase::Stopped, K8sStatus::Stopped)
            .shows(Ready, False, reason::SESSION_STOPPED);
    }
}

#[test]
fn refused_creation_is_told_in_its_words_retried_and_heals() {
    let quota = "exceeded quota: team, requested: pods=1, used: pods=5, limited: pods=5";
    for (creation, reason) in [
        (Creation::Failed(quota.into()), reason::CREATION_FAILED),
        (
            Creation::Denied("label \"cost-centre\" is missing".into()),
            reason::ADMISSION_DENIED,
        ),
    ] {
        let mut bench = Bench::start_requested();
        let refused = Observed {
            creation,
            ..prepared()
        };
        let result = bench.sees(refused).reconcile();
        assert_eq!(
            result.outcome.requeue_after,
            Some(Cadence::default().capacity)
        );
        result
            .is(Phase::Pending, K8sStatus::Progressing)
            .shows(JobCreated, False, reason)
            .shows(Ready, False, reason)
            .shows(PodScheduled, False, reason::WAITING)
            .does(&[Action::StartJob]);
        bench.at(1_000).reconcile().shows(Ready, False, reason);
        bench
            .sees(waiting(Stage::Creating(String::new())))
            .reconcile()
            .shows(JobCreated, True, reason::CREATED)
            .shows(Ready, False, reason::CONTAINER_CREATING);
    }
}

#[test]
fn folder_that_is_created_with_the_job_does_not_hold_it_up() {
    let with = |volume| Observed {
        volume,
        ..nothing()
    };
    for (volume, status, reason, action) in [
        (
            Volume::Pending("Waiting for storage.".into()),
            False,
            reason::PROVISIONING,
            Action::EnsureVolume,
        ),
        (
            Volume::Lost("Its volume is gone.".into()),
            False,
            reason::VOLUME_LOST,
            Action::EnsureVolume,
        ),
        (
            Volume::WithJob,
            False,
            reason::WAIT_FOR_FIRST_CONSUMER,
            Action::StartJob,
        ),
        (
            Volume::Resizing("It grows to 10Gi.".into()),
            True,
            reason::RESIZING,
            Action::StartJob,
        ),
    ] {
        Bench::start_requested()
            .sees(with(volume))
            .reconcile()
            .shows(PvcReady, status, reason)
            .does(&[action]);
    }
}
