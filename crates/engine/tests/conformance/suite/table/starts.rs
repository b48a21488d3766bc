//! Starts and their obstacles.

use crate::suite::ground::App;
use crate::suite::lanes::{Lanes, created, prepared, ready, up};
use crate::suite::scenario::{
    Do, End, Given, Last, Scenario, USUAL, until_bound, until_late, until_secret_missing,
    until_unschedulable,
};
use vestibule_model::condition::ConditionType::{
    Completed, Failed, JobCreated, PodScheduled, PvcReady, Ready, RunnerStarted, SecretsReady,
};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

const LIMITED: Given = Given {
    start_ms: 1500,
    ..USUAL
};

pub fn scenarios() -> Vec<Scenario> {
    let late = || up().then(Ready, &["False StartDeadlineExceeded"]);
    let extended = || late().then(Ready, &["False ProbePending"]);
    vec![
        Scenario::of("it_starts_and_answers", App::Serves),
        Scenario {
            given: Given {
                secrets: &["TOKEN"],
                ..USUAL
            },
            then: vec![
                until_secret_missing(),
                until_bound(),
                Do::GiveSecret("TOKEN"),
            ],
            seen: ready().lacks_secret().only(
                SecretsReady,
                &["False SecretNotFound", "True AllSecretsFound"],
            ),
            ..Scenario::of("a_missing_secret_that_appears", App::Serves)
        },
        Scenario {
            given: Given {
                secrets: &["TOKEN"],
                start_ms: 300,
                ..USUAL
            },
            then: vec![until_bound(), until_secret_missing()],
            seen: prepared()
                .lacks_secret()
                .only(SecretsReady, &["False SecretNotFound"]),
            end: End::As(Last {
                phase: Phase::Pending,
                ..Last::up(K8sStatus::Progressing)
            }),
            ..Scenario::of("a_missing_secret_that_stays_missing", App::Serves)
        },
        Scenario {
            given: Given {
                capacity: Some(1),
                another: true,
                ..USUAL
            },
            then: vec![until_unschedulable(), until_bound(), Do::StopTheOther],
            seen: ready().held_by(reason::UNSCHEDULABLE).only(
                PodScheduled,
                &["False Unschedulable", "False Waiting", "True Scheduled"],
            ),
            seen_with_job: Some(
                ready()
                    .only(
                        PodScheduled,
                        &["False Waiting", "False Unschedulable", "True Scheduled"],
                    )
                    .only(
                        Ready,
                        &[
                            "False Provisioning",
                            "False Waiting",
                            "False Unschedulable",
                            "?False Waiting",
                            "?False ProbePending",
                            "True SessionRunning",
                        ],
                    ),
            ),
            ..Scenario::of("no_room_until_another_stops", App::Serves)
        },
        Scenario {
            given: LIMITED,
            then: vec![until_late()],
            seen: late(),
            end: End::up(K8sStatus::Progressing),
            ..Scenario::of("never_ready_is_late_and_lives", App::Deaf)
        },
        Scenario {
            given: LIMITED,
            then: vec![
                until_late(),
                Do::Extend,
                Do::Until(Ready, reason::PROBE_PENDING),
            ],
            seen: extended(),
            end: End::up(K8sStatus::Progressing),
            ..Scenario::of("never_ready_and_allowed_more_time", App::Deaf)
        },
        Scenario {
            given: LIMITED,
            then: vec![
                until_late(),
                Do::Extend,
                Do::Until(Ready, reason::PROBE_PENDING),
                Do::Until(RunnerStarted, reason::CONTAINER_RUNNING),
                Do::LetGo,
            ],
            seen: extended().then(Ready, &["True SessionRunning"]),
            ..Scenario::of("late_and_allowed_more_time_and_ready_then", App::Late)
        },
        cannot_start(
            "its_program_is_not_there",
            App::ProgramMissing,
            reason::PROGRAM_NOT_FOUND,
            created(),
        ),
        cannot_start(
            "its_program_cannot_be_started",
            App::NoProgram,
            reason::START_ERROR,
            created(),
        ),
        cannot_start(
            "its_app_is_not_in_the_catalogue",
            App::Unknown,
            reason::APP_NOT_FOUND,
            // It fails at the first observation: nothing was ever in progress.
            prepared()
                .only(PvcReady, &["False NotReached"])
                .only(JobCreated, &["False NotReached"])
                .only(PodScheduled, &["False NotReached"])
                .only(RunnerStarted, &[])
                .only(Ready, &[])
                .only(Completed, &[])
                .only(Failed, &[]),
        ),
    ]
}

/// Returns a start that never has a process.
fn cannot_start(name: &'static str, app: App, cause: &'static str, before: Lanes) -> Scenario {
    let ends = |lanes: Lanes| {
        lanes
            .then(RunnerStarted, &[&format!("False {cause}")])
            .then(Ready, &["False SessionFailed"])
            .failed(cause)
    };
    Scenario {
        seen: ends(before.clone()),
        // The runner is up before it tries to start the app.
        seen_with_job: Some(ends(
            before.then(RunnerStarted, &["?True ContainerRunning"]),
        )),
        end: End::ended(Phase::Failed, K8sStatus::Failed, cause),
        ..Scenario::of(name, app)
    }
}
