//! Endings that nobody asked for: each is told apart from the others.

use crate::suite::ground::App;
use crate::suite::lanes::{Lanes, READY, UP};
use crate::suite::scenario::{Do, End, Given, Last, Scenario, USUAL};
use vestibule_model::condition::ConditionType::{Completed, Failed, Ready};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

/// It ended so soon that it may never have been seen up.
const BRIEF: Lanes = Lanes {
    runner_started: "Unknown NotObserved > ?False ContainerCreating > ?True Started > False NotRunning",
    ready: "Unknown NotObserved > ?False ProbePending > False NotRunning",
    ..UP
};

/// It was ready, and then its process was gone: that it does not answer may be seen first.
const OVER: Lanes = Lanes {
    runner_started: "Unknown NotObserved > ?False ContainerCreating > True Started > False NotRunning",
    ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded > ?False ProbeFailed > False NotRunning",
    ..READY
};

pub fn scenarios() -> Vec<Scenario> {
    let mut scenarios = vec![
        Scenario {
            name: "it_completes",
            app: App::Exits(0),
            given: USUAL,
            then: &[],
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
            name: "it_ends_with_1",
            app: App::Exits(1),
            seen: Lanes {
                completed: "Unknown NotObserved > False SDKError",
                failed: "Unknown NotObserved > True SDKError",
                ..BRIEF
            },
            ..exits(reason::SDK_ERROR, 1)
        },
        Scenario {
            name: "it_ends_with_2",
            app: App::Exits(2),
            seen: Lanes {
                completed: "Unknown NotObserved > False PrerequisiteFailed",
                failed: "Unknown NotObserved > True PrerequisiteFailed",
                ..BRIEF
            },
            ..exits(reason::PREREQUISITE_FAILED, 2)
        },
        Scenario {
            name: "it_ends_with_another_code",
            app: App::Exits(7),
            seen: Lanes {
                completed: "Unknown NotObserved > False ExitCode",
                failed: "Unknown NotObserved > True ExitCode",
                ..BRIEF
            },
            ..exits(reason::EXIT_CODE, 7)
        },
        Scenario {
            name: "it_was_ended_from_outside",
            app: App::Exits(143),
            given: USUAL,
            then: &[],
            seen: Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > ?True Started > False Terminated",
                ready: "Unknown NotObserved > ?False ProbePending > False Terminated",
                ..UP
            },
            never: &[Ready, Completed, Failed],
            end: End::As(Last {
                exit_code: Some(143),
                ..Last::ended(Phase::Stopped, K8sStatus::Stopped, reason::TERMINATED)
            }),
        },
        Scenario {
            name: "it_crashes_again_and_again",
            app: App::Crashes,
            seen: Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > ?True Started > False CrashLoopBackOff > ?False ContainerCreating > ?True Started > ?False CrashLoopBackOff > ?False ContainerCreating > ?True Started > ?False CrashLoopBackOff > ?False ContainerCreating > ?True Started > False NotRunning",
                ready: "Unknown NotObserved > ?False ProbePending > False CrashLoopBackOff > ?False ProbePending > ?False CrashLoopBackOff > ?False ProbePending > ?False CrashLoopBackOff > ?False ProbePending > False NotRunning",
                completed: "Unknown NotObserved > False CrashLoopBackOff",
                failed: "Unknown NotObserved > True CrashLoopBackOff",
                ..UP
            },
            ..exits(reason::CRASH_LOOP_BACK_OFF, 7)
        },
        Scenario {
            name: "it_uses_more_memory_than_it_may",
            app: App::Swells,
            given: USUAL,
            then: &[],
            seen: Lanes {
                completed: "Unknown NotObserved > False OOMKilled",
                failed: "Unknown NotObserved > True OOMKilled",
                ..BRIEF
            },
            never: &[Ready, Completed],
            end: End::As(Last {
                exit_code: Some(137),
                ..Last::ended(Phase::Failed, K8sStatus::Killed, reason::OOM_KILLED)
            }),
        },
        Scenario {
            name: "it_is_evicted",
            app: App::Serves,
            given: USUAL,
            then: &[Do::Until(Ready, reason::PROBE_SUCCEEDED), Do::RunShort],
            seen: Lanes {
                completed: "Unknown NotObserved > False Evicted",
                failed: "Unknown NotObserved > True Evicted",
                ..OVER
            },
            never: &[Completed],
            end: End::As(Last::ended(
                Phase::Failed,
                K8sStatus::Killed,
                reason::EVICTED,
            )),
        },
        Scenario {
            name: "a_crash_after_ready_that_is_final",
            app: App::Serves,
            given: USUAL,
            then: &[Do::Until(Ready, reason::PROBE_SUCCEEDED), Do::Kill],
            seen: Lanes {
                completed: "Unknown NotObserved > False ExitCode",
                failed: "Unknown NotObserved > True ExitCode",
                ..OVER
            },
            never: &[Completed],
            end: End::As(Last {
                exit_code: Some(137),
                ..Last::ended(Phase::Failed, K8sStatus::Failed, reason::EXIT_CODE)
            }),
        },
    ];
    scenarios.extend(limits());
    scenarios
}

/// Limits of its life that it passes.
fn limits() -> [Scenario; 2] {
    [
        Scenario {
            name: "its_active_deadline_passes",
            app: App::Deaf,
            given: Given {
                active_ms: Some(1000),
                ..USUAL
            },
            then: &[],
            seen: Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > True Started > False NotRunning",
                ready: "Unknown NotObserved > ?False ProbePending > False Stopping > False NotRunning",
                completed: "Unknown NotObserved > False Timeout",
                failed: "Unknown NotObserved > True Timeout",
                ..UP
            },
            never: &[Ready, Completed],
            end: End::As(Last::ended(
                Phase::Failed,
                K8sStatus::Killed,
                reason::TIMEOUT,
            )),
        },
        Scenario {
            name: "nobody_uses_it",
            app: App::Serves,
            given: Given {
                idle_ms: Some(500),
                ..USUAL
            },
            then: &[],
            seen: Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > True Started > False Idle",
                ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded > False Stopping > False Idle",
                ..READY
            },
            never: &[Completed, Failed],
            end: End::As(Last::ended(
                Phase::Stopped,
                K8sStatus::Stopped,
                reason::IDLE,
            )),
        },
    ]
}

/// It fails with this code and for this cause, and was never ready.
fn exits(cause: &'static str, code: i32) -> Scenario {
    Scenario {
        name: "",
        app: App::Exits(code),
        given: USUAL,
        then: &[],
        seen: BRIEF,
        never: &[Ready, Completed],
        end: End::As(Last {
            exit_code: Some(code),
            ..Last::ended(Phase::Failed, K8sStatus::Failed, cause)
        }),
    }
}
