//! Ends without a command.

use crate::suite::ground::App;
use crate::suite::lanes::{Lanes, briefly_up, created, ready, up};
use crate::suite::scenario::{Do, End, Given, Last, Scenario, USUAL, until_ready};
use vestibule_model::condition::ConditionType::{Ready, RunnerStarted};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

/// Returns the lanes of a process that was ready and then gone: a failed probe may be seen first.
fn crashed() -> Lanes {
    ready().then(Ready, &["?False ProbeFailed"])
}

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            seen: briefly_up().completes(),
            end: End::completed(),
            ..Scenario::of("it_completes", App::Exits(0))
        },
        exits("it_ends_with_1", 1, reason::SDK_ERROR),
        exits("it_ends_with_2", 2, reason::PREREQUISITE_FAILED),
        exits("it_ends_with_another_code", 7, reason::EXIT_CODE),
        Scenario {
            seen: briefly_up().left(reason::TERMINATED),
            end: End::As(Last {
                exit_code: Some(143),
                ..Last::ended(Phase::Stopped, K8sStatus::Stopped, reason::TERMINATED)
            }),
            ..Scenario::of("it_was_ended_from_outside", App::Exits(143))
        },
        Scenario {
            seen: crash_loop().fails(reason::CRASH_LOOP_BACK_OFF),
            end: End::failed(reason::CRASH_LOOP_BACK_OFF, 7),
            ..Scenario::of("it_crashes_again_and_again", App::Crashes)
        },
        Scenario {
            seen: briefly_up().fails(reason::OOM_KILLED),
            end: End::As(Last {
                exit_code: Some(137),
                ..Last::ended(Phase::Failed, K8sStatus::Killed, reason::OOM_KILLED)
            }),
            ..Scenario::of("it_uses_more_memory_than_it_may", App::Swells)
        },
        Scenario {
            then: vec![until_ready(), Do::RunShort],
            // A cluster reports the eviction before the process is gone.
            seen: crashed()
                .then(Ready, &["?False Evicted"])
                .fails(reason::EVICTED),
            end: End::ended(Phase::Failed, K8sStatus::Killed, reason::EVICTED),
            ..Scenario::of("it_is_evicted", App::Serves)
        },
        Scenario {
            then: vec![until_ready(), Do::Kill],
            seen: crashed().fails(reason::EXIT_CODE),
            end: End::failed(reason::EXIT_CODE, 137),
            ..Scenario::of("a_crash_after_ready_that_is_final", App::Serves)
        },
        Scenario {
            given: Given {
                active_ms: Some(1000),
                ..USUAL
            },
            seen: up()
                .then(Ready, &["?False Stopping"])
                .fails(reason::TIMEOUT),
            end: End::ended(Phase::Failed, K8sStatus::Killed, reason::TIMEOUT),
            ..Scenario::of("its_active_deadline_passes", App::Deaf)
        },
        Scenario {
            given: Given {
                idle_ms: Some(500),
                ..USUAL
            },
            seen: ready().stops(reason::IDLE),
            end: End::ended(Phase::Stopped, K8sStatus::Stopped, reason::IDLE),
            ..Scenario::of("nobody_uses_it", App::Serves)
        },
    ]
}

/// Returns an app that fails with this code, and was never ready.
fn exits(name: &'static str, code: i32, cause: &'static str) -> Scenario {
    Scenario {
        seen: briefly_up().fails(cause),
        end: End::failed(cause, code),
        ..Scenario::of(name, App::Exits(code))
    }
}

/// Crashes up to the limit. The end has their reason, so that one step is enough to see.
fn crash_loop() -> Lanes {
    let first = created()
        .then(
            RunnerStarted,
            &["?True ContainerRunning", "?False CrashLoopBackOff"],
        )
        .then(Ready, &["?False CrashLoopBackOff"]);
    let again = (0..2).fold(first, |lanes, _| {
        lanes
            .then(
                RunnerStarted,
                &[
                    "?False ProcessStarting",
                    "?True ContainerRunning",
                    "?False CrashLoopBackOff",
                ],
            )
            .then(Ready, &["?False ProbePending", "?False CrashLoopBackOff"])
    });
    again
        .then(
            RunnerStarted,
            &["?False ProcessStarting", "?True ContainerRunning"],
        )
        .then(Ready, &["?False ProbePending"])
}
