//! Stops and deletions by a user, in every phase.

use crate::suite::ground::App;
use crate::suite::lanes::{Lanes, briefly_up, prepared, ready, up};
use crate::suite::scenario::{
    Do, End, Given, Scenario, USUAL, until_bound, until_late, until_ready, until_secret_missing,
    until_unschedulable,
};
use vestibule_model::condition::ConditionType::{
    JobCreated, PodScheduled, Ready, RunnerStarted, SecretsReady,
};
use vestibule_model::phase::Phase;
use vestibule_model::reason;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            given: Given {
                secrets: &["TOKEN"],
                ..USUAL
            },
            then: vec![
                until_secret_missing(),
                until_bound(),
                Do::Stop,
                Do::Until(Ready, reason::SESSION_STOPPED),
                // No effect any more.
                Do::GiveSecret("TOKEN"),
            ],
            seen: prepared()
                .only(SecretsReady, &["False SecretNotFound"])
                .lacks_secret()
                .not_reached(&[PodScheduled])
                .never_up(reason::USER_STOPPED),
            end: End::stopped(),
            ..Scenario::of("a_stop_while_pending", App::Serves)
        },
        Scenario {
            given: Given {
                capacity: Some(1),
                another: true,
                ..USUAL
            },
            then: vec![
                until_unschedulable(),
                until_bound(),
                Do::Stop,
                Do::Until(Ready, reason::SESSION_STOPPED),
                // The workbench is no longer in the queue for the free slot.
                Do::StopTheOther,
            ],
            seen: prepared()
                .only(PodScheduled, &["False Unschedulable"])
                .held_by(reason::UNSCHEDULABLE)
                .never_up(reason::USER_STOPPED),
            end: End::stopped(),
            seen_with_job: Some(
                prepared()
                    .then(JobCreated, &["True Created"])
                    .then(PodScheduled, &["False Unschedulable"])
                    .then(Ready, &["False Waiting", "False Unschedulable"])
                    .stops(reason::USER_STOPPED),
            ),
            ..Scenario::of("a_stop_while_there_is_no_room", App::Serves)
        },
        stop(
            "a_stop_while_it_does_not_answer_yet",
            App::Deaf,
            vec![
                Do::Until(RunnerStarted, reason::CONTAINER_RUNNING),
                Do::Stop,
            ],
            up(),
        ),
        Scenario {
            given: Given {
                start_ms: 1500,
                ..USUAL
            },
            ..stop(
                "a_stop_while_it_is_late",
                App::Deaf,
                vec![
                    until_late(),
                    Do::Until(RunnerStarted, reason::CONTAINER_RUNNING),
                    Do::Stop,
                ],
                up().then(Ready, &["False StartDeadlineExceeded"]),
            )
        },
        stop(
            "a_stop_while_ready",
            App::Serves,
            vec![until_ready(), Do::Stop],
            ready(),
        ),
        stop(
            "a_stop_while_its_probe_is_dead",
            App::Stubborn,
            vec![
                until_ready(),
                Do::Hold,
                Do::Until(Ready, reason::PROBE_FAILED),
                Do::Stop,
            ],
            ready().then(Ready, &["False ProbeFailed"]),
        ),
        stop(
            "a_stop_between_two_tries",
            App::Returns,
            vec![until_ready(), Do::Kill, Do::UntilDown, Do::Stop],
            ready()
                .then(
                    RunnerStarted,
                    &[
                        "?False CrashLoopBackOff",
                        "?False ProcessStarting",
                        "?True ContainerRunning",
                    ],
                )
                .then(
                    Ready,
                    &[
                        "?False ProbeFailed",
                        "?False CrashLoopBackOff",
                        "?False ProbePending",
                        "?True SessionRunning",
                    ],
                ),
        ),
        stop(
            "a_stop_that_has_to_be_forced",
            App::Stubborn,
            vec![until_ready(), Do::Stop],
            ready(),
        ),
        stop(
            "a_stop_while_it_is_being_stopped",
            App::Stubborn,
            vec![
                until_ready(),
                Do::Stop,
                Do::UntilPhase(Phase::Stopping),
                Do::Stop,
            ],
            ready(),
        ),
        Scenario {
            then: vec![Do::UntilPhase(Phase::Completed), Do::Stop],
            seen: briefly_up().completes(),
            end: End::completed(),
            ..Scenario::of("a_stop_after_it_has_completed", App::Exits(0))
        },
        Scenario {
            then: vec![Do::UntilPhase(Phase::Failed), Do::Stop],
            seen: briefly_up().fails(reason::EXIT_CODE),
            end: End::failed(reason::EXIT_CODE, 7),
            ..Scenario::of("a_stop_after_it_has_failed", App::Exits(7))
        },
        stop(
            "a_stop_of_what_is_stopped",
            App::Serves,
            vec![
                until_ready(),
                Do::Stop,
                Do::UntilPhase(Phase::Stopped),
                Do::Stop,
            ],
            ready(),
        ),
        Scenario {
            then: vec![until_ready(), Do::Delete],
            end: End::Gone,
            ..Scenario::of("a_deletion_while_ready", App::Serves)
        },
        Scenario {
            then: vec![
                until_ready(),
                Do::Stop,
                Do::UntilPhase(Phase::Stopping),
                Do::Delete,
            ],
            end: End::Gone,
            ..Scenario::of("a_deletion_while_it_is_being_stopped", App::Stubborn)
        },
    ]
}

/// Returns a stop of a process that is up.
fn stop(name: &'static str, app: App, then: Vec<Do>, before: Lanes) -> Scenario {
    Scenario {
        then,
        seen: before.stops(reason::USER_STOPPED),
        end: End::stopped(),
        ..Scenario::of(name, app)
    }
}
