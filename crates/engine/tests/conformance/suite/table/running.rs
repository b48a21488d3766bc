//! Changes while the app runs, and recovery.

use crate::suite::ground::App;
use crate::suite::lanes::ready;
use crate::suite::scenario::{Do, End, Last, Scenario, until_ready};
use vestibule_model::condition::ConditionType::{PvcReady, Ready, RunnerStarted};
use vestibule_model::phase::K8sStatus;
use vestibule_model::reason;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            then: vec![
                until_ready(),
                Do::Hold,
                Do::Until(Ready, reason::PROBE_FAILED),
                Do::LetGo,
            ],
            seen: ready().then(Ready, &["False ProbeFailed", "True SessionRunning"]),
            ..Scenario::of("a_dead_probe_while_the_process_lives", App::Serves)
        },
        Scenario {
            then: vec![
                until_ready(),
                Do::Kill,
                Do::Until(Ready, reason::CRASH_LOOP_BACK_OFF),
                Do::UntilMessage(RunnerStarted, "was started again (restart 1 of 1)"),
            ],
            seen: ready()
                .then(
                    RunnerStarted,
                    &[
                        "False CrashLoopBackOff",
                        "?False ProcessStarting",
                        "True ContainerRunning",
                    ],
                )
                .then(
                    Ready,
                    &[
                        "?False ProbeFailed",
                        "False CrashLoopBackOff",
                        "?False ProbePending",
                        "True SessionRunning",
                    ],
                ),
            ..Scenario::of("a_crash_after_ready_heals", App::Returns)
        },
        Scenario {
            then: vec![
                until_ready(),
                Do::RemoveFolder,
                Do::Until(PvcReady, reason::VOLUME_LOST),
            ],
            seen: ready().then(PvcReady, &["False VolumeLost"]),
            ..Scenario::of("its_folder_is_gone", App::Serves)
        },
        Scenario {
            then: vec![until_ready(), Do::Edit],
            end: End::As(Last {
                answers: false,
                ..Last::up(K8sStatus::Running)
            }),
            ..Scenario::of("an_edited_spec_waits_for_the_next_start", App::Serves)
        },
        Scenario {
            then: vec![
                until_ready(),
                Do::Edit,
                Do::Stop,
                Do::Until(Ready, reason::SESSION_STOPPED),
                Do::StartAgain,
            ],
            seen: ready().only(PvcReady, &["True Bound"]).only(
                Ready,
                &[
                    "False Waiting",
                    "?False ProbePending",
                    "True SessionRunning",
                ],
            ),
            ..Scenario::of("an_edited_spec_is_answered_by_the_next_start", App::Serves)
        },
    ]
}
