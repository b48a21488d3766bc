//! Starts: the good one, and what can stand in its way.

use crate::suite::ground::App;
use crate::suite::lanes::{Lanes, READY, UNKNOWN, UP};
use crate::suite::scenario::{Do, End, Given, Last, Scenario, USUAL};
use vestibule_model::condition::ConditionType::{
    Completed, Failed, JobCreated, PodScheduled, PvcReady, Ready, RunnerStarted, SecretsReady,
};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "it_starts_and_answers",
            app: App::Serves,
            given: USUAL,
            then: &[],
            seen: READY,
            never: &[Completed, Failed],
            end: End::As(Last::up(K8sStatus::Running)),
        },
        Scenario {
            name: "a_missing_secret_that_appears",
            app: App::Serves,
            given: Given {
                secrets: &["TOKEN"],
                ..USUAL
            },
            then: &[
                Do::Until(SecretsReady, reason::SECRET_MISSING),
                Do::Until(PvcReady, reason::BOUND),
                Do::GiveSecret("TOKEN"),
            ],
            seen: Lanes {
                secrets_ready: "False SecretMissing > True SecretsFound",
                ..READY
            },
            never: &[Completed, Failed],
            end: End::As(Last::up(K8sStatus::Running)),
        },
        Scenario {
            name: "a_missing_secret_that_stays_missing",
            app: App::Serves,
            given: Given {
                secrets: &["TOKEN"],
                start_ms: 300,
                ..USUAL
            },
            then: &[
                Do::Until(PvcReady, reason::BOUND),
                Do::Until(SecretsReady, reason::SECRET_MISSING),
            ],
            seen: Lanes {
                secrets_ready: "False SecretMissing",
                job_created: UNKNOWN,
                pod_scheduled: UNKNOWN,
                runner_started: UNKNOWN,
                ready: UNKNOWN,
                ..UP
            },
            never: &[JobCreated, PodScheduled, RunnerStarted, Ready],
            end: End::As(Last {
                phase: Phase::Pending,
                ..Last::up(K8sStatus::Progressing)
            }),
        },
        Scenario {
            name: "no_room_until_another_stops",
            app: App::Serves,
            given: Given {
                room: Some(1),
                another: true,
                ..USUAL
            },
            then: &[
                Do::Until(PodScheduled, reason::UNSCHEDULABLE),
                Do::Until(PvcReady, reason::BOUND),
                Do::StopTheOther,
            ],
            seen: Lanes {
                pod_scheduled: "False Unschedulable > True Scheduled",
                ..READY
            },
            never: &[Completed, Failed],
            end: End::As(Last::up(K8sStatus::Running)),
        },
        Scenario {
            name: "never_ready_is_late_and_lives",
            app: App::Deaf,
            given: Given {
                start_ms: 1500,
                ..USUAL
            },
            then: &[Do::Until(Ready, reason::START_DEADLINE_EXCEEDED)],
            seen: Lanes {
                ready: "Unknown NotObserved > ?False ProbePending > False StartDeadlineExceeded",
                ..UP
            },
            never: &[Ready, Completed, Failed],
            end: End::As(Last::up(K8sStatus::Progressing)),
        },
        Scenario {
            name: "never_ready_and_allowed_more_time",
            app: App::Deaf,
            given: Given {
                start_ms: 1500,
                ..USUAL
            },
            then: &[
                Do::Until(Ready, reason::START_DEADLINE_EXCEEDED),
                Do::Extend,
                Do::Until(Ready, reason::PROBE_PENDING),
            ],
            seen: Lanes {
                ready: "Unknown NotObserved > ?False ProbePending > False StartDeadlineExceeded > False ProbePending",
                ..UP
            },
            never: &[Ready, Completed, Failed],
            end: End::As(Last::up(K8sStatus::Progressing)),
        },
        Scenario {
            name: "late_and_allowed_more_time_and_ready_then",
            app: App::Late,
            given: Given {
                start_ms: 1500,
                ..USUAL
            },
            then: &[
                Do::Until(Ready, reason::START_DEADLINE_EXCEEDED),
                Do::Extend,
                Do::Until(Ready, reason::PROBE_PENDING),
                Do::Until(RunnerStarted, reason::STARTED),
                Do::LetGo,
            ],
            seen: Lanes {
                ready: "Unknown NotObserved > ?False ProbePending > False StartDeadlineExceeded > False ProbePending > True ProbeSucceeded",
                ..UP
            },
            never: &[Completed, Failed],
            end: End::As(Last::up(K8sStatus::Running)),
        },
        cannot_start(
            "its_program_is_not_there",
            App::ProgramMissing,
            reason::ERR_IMAGE_PULL,
            Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > False ErrImagePull",
                ready: "Unknown NotObserved > ?False ProbePending > False NotRunning",
                completed: "Unknown NotObserved > False ErrImagePull",
                failed: "Unknown NotObserved > True ErrImagePull",
                ..UP
            },
        ),
        cannot_start(
            "its_program_cannot_be_started",
            App::NoProgram,
            reason::START_ERROR,
            Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > False StartError",
                ready: "Unknown NotObserved > ?False ProbePending > False NotRunning",
                completed: "Unknown NotObserved > False StartError",
                failed: "Unknown NotObserved > True StartError",
                ..UP
            },
        ),
        cannot_start(
            "its_app_is_not_in_the_catalogue",
            App::Unknown,
            reason::INVALID_IMAGE_NAME,
            Lanes {
                job_created: UNKNOWN,
                pod_scheduled: UNKNOWN,
                runner_started: "False InvalidImageName",
                ready: "False NotRunning",
                completed: "False InvalidImageName",
                failed: "True InvalidImageName",
                pvc_ready: "False VolumePending",
                ..UP
            },
        ),
    ]
}

/// It never has a process.
fn cannot_start(name: &'static str, app: App, cause: &'static str, seen: Lanes) -> Scenario {
    Scenario {
        name,
        app,
        given: USUAL,
        then: &[],
        seen,
        never: &[RunnerStarted, Ready, Completed],
        end: End::As(Last::ended(Phase::Failed, K8sStatus::Failed, cause)),
    }
}
