//! A person stops it, in every phase, or deletes it: it is told as that and as nothing else.

use crate::suite::ground::App;
use crate::suite::lanes::{Lanes, READY, UNKNOWN, UP};
use crate::suite::scenario::{Do, End, Given, Last, Scenario, USUAL};
use vestibule_model::condition::ConditionType::{
    Completed, Failed, JobCreated, PodScheduled, PvcReady, Ready, RunnerStarted, SecretsReady,
};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

const STOPPED: End = End::As(Last::ended(
    Phase::Stopped,
    K8sStatus::Stopped,
    reason::USER_STOPPED,
));

/// It was ready, and was stopped.
const OVER: Lanes = Lanes {
    runner_started: "Unknown NotObserved > ?False ContainerCreating > True Started > False UserStopped",
    ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded > False Stopping > False UserStopped",
    ..READY
};

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "a_stop_while_pending",
            app: App::Serves,
            given: Given {
                secrets: &["TOKEN"],
                ..USUAL
            },
            then: &[
                Do::Until(SecretsReady, reason::SECRET_MISSING),
                Do::Until(PvcReady, reason::BOUND),
                Do::Stop,
                Do::Until(Ready, reason::USER_STOPPED),
                // What it waited for changes nothing any more.
                Do::GiveSecret("TOKEN"),
            ],
            seen: Lanes {
                secrets_ready: "False SecretMissing",
                job_created: UNKNOWN,
                pod_scheduled: UNKNOWN,
                runner_started: "Unknown NotObserved > False UserStopped",
                ready: "Unknown NotObserved > False UserStopped",
                ..UP
            },
            never: &[
                JobCreated,
                PodScheduled,
                RunnerStarted,
                Ready,
                Completed,
                Failed,
            ],
            end: STOPPED,
        },
        Scenario {
            name: "a_stop_while_there_is_no_room",
            app: App::Serves,
            given: Given {
                room: Some(1),
                another: true,
                ..USUAL
            },
            then: &[
                Do::Until(PodScheduled, reason::UNSCHEDULABLE),
                Do::Until(PvcReady, reason::BOUND),
                Do::Stop,
                Do::Until(Ready, reason::USER_STOPPED),
                // The room that is there now is not for this one any more.
                Do::StopTheOther,
            ],
            seen: Lanes {
                job_created: UNKNOWN,
                pod_scheduled: "False Unschedulable",
                runner_started: "Unknown NotObserved > False UserStopped",
                ready: "Unknown NotObserved > False UserStopped",
                ..UP
            },
            never: &[
                JobCreated,
                PodScheduled,
                RunnerStarted,
                Ready,
                Completed,
                Failed,
            ],
            end: STOPPED,
        },
        Scenario {
            name: "a_stop_while_it_does_not_answer_yet",
            app: App::Deaf,
            given: USUAL,
            then: &[Do::Until(RunnerStarted, reason::STARTED), Do::Stop],
            seen: Lanes {
                ready: "Unknown NotObserved > ?False ProbePending > False Stopping > False UserStopped",
                ..OVER
            },
            never: &[Ready, Completed, Failed],
            end: STOPPED,
        },
        Scenario {
            name: "a_stop_while_it_is_late",
            app: App::Deaf,
            given: Given {
                start_ms: 1500,
                ..USUAL
            },
            then: &[
                Do::Until(Ready, reason::START_DEADLINE_EXCEEDED),
                Do::Until(RunnerStarted, reason::STARTED),
                Do::Stop,
            ],
            seen: Lanes {
                ready: "Unknown NotObserved > ?False ProbePending > False StartDeadlineExceeded > False Stopping > False UserStopped",
                ..OVER
            },
            never: &[Ready, Completed, Failed],
            end: STOPPED,
        },
        Scenario {
            name: "a_stop_while_ready",
            app: App::Serves,
            given: USUAL,
            then: &[Do::Until(Ready, reason::PROBE_SUCCEEDED), Do::Stop],
            seen: OVER,
            never: &[Completed, Failed],
            end: STOPPED,
        },
        Scenario {
            name: "a_stop_while_its_probe_is_dead",
            app: App::Stubborn,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::Hold,
                Do::Until(Ready, reason::PROBE_FAILED),
                Do::Stop,
            ],
            seen: Lanes {
                ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded > False ProbeFailed > False Stopping > False UserStopped",
                ..OVER
            },
            never: &[Completed, Failed],
            end: STOPPED,
        },
        Scenario {
            name: "a_stop_between_two_tries",
            app: App::Returns,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::Kill,
                Do::Until(Ready, reason::CRASH_LOOP_BACK_OFF),
                Do::Stop,
            ],
            seen: Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > True Started > False CrashLoopBackOff > ?False ContainerCreating > ?True Started > False UserStopped",
                ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded > ?False ProbeFailed > False CrashLoopBackOff > ?False ProbePending > False Stopping > False UserStopped",
                ..READY
            },
            never: &[Completed, Failed],
            end: STOPPED,
        },
        Scenario {
            name: "a_stop_that_has_to_be_forced",
            app: App::Stubborn,
            given: USUAL,
            then: &[Do::Until(Ready, reason::PROBE_SUCCEEDED), Do::Stop],
            seen: OVER,
            never: &[Completed, Failed],
            end: STOPPED,
        },
        Scenario {
            name: "a_stop_while_it_is_being_stopped",
            app: App::Stubborn,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::Stop,
                Do::UntilPhase(Phase::Stopping),
                Do::Stop,
            ],
            seen: OVER,
            never: &[Completed, Failed],
            end: STOPPED,
        },
        Scenario {
            name: "a_stop_after_it_has_completed",
            app: App::Exits(0),
            given: USUAL,
            then: &[Do::UntilPhase(Phase::Completed), Do::Stop],
            seen: Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > ?True Started > False Success",
                ready: "Unknown NotObserved > ?False ProbePending > False Success",
                completed: "Unknown NotObserved > True Success",
                failed: "Unknown NotObserved > False Success",
                ..UP
            },
            never: &[Ready, Failed],
            end: End::As(Last {
                exit_code: Some(0),
                ..Last::ended(Phase::Completed, K8sStatus::Complete, reason::SUCCESS)
            }),
        },
        Scenario {
            name: "a_stop_after_it_has_failed",
            app: App::Exits(7),
            given: USUAL,
            then: &[Do::UntilPhase(Phase::Failed), Do::Stop],
            seen: Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > ?True Started > False NotRunning",
                ready: "Unknown NotObserved > ?False ProbePending > False NotRunning",
                completed: "Unknown NotObserved > False ExitCode",
                failed: "Unknown NotObserved > True ExitCode",
                ..UP
            },
            never: &[Ready, Completed],
            end: End::As(Last {
                exit_code: Some(7),
                ..Last::ended(Phase::Failed, K8sStatus::Failed, reason::EXIT_CODE)
            }),
        },
        Scenario {
            name: "a_stop_of_what_is_stopped",
            app: App::Serves,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::Stop,
                Do::UntilPhase(Phase::Stopped),
                Do::Stop,
            ],
            seen: OVER,
            never: &[Completed, Failed],
            end: STOPPED,
        },
        Scenario {
            name: "a_deletion_while_ready",
            app: App::Serves,
            given: USUAL,
            then: &[Do::Until(Ready, reason::PROBE_SUCCEEDED), Do::Delete],
            seen: READY,
            never: &[],
            end: End::Gone,
        },
        Scenario {
            name: "a_deletion_while_it_is_being_stopped",
            app: App::Stubborn,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::Stop,
                Do::UntilPhase(Phase::Stopping),
                Do::Delete,
            ],
            seen: READY,
            never: &[],
            end: End::Gone,
        },
    ]
}
