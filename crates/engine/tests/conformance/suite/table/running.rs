//! While it runs: what changes under it is seen, and what heals is seen too.

use crate::suite::ground::App;
use crate::suite::lanes::{Lanes, READY};
use crate::suite::scenario::{Do, End, Last, Scenario, USUAL};
use vestibule_model::condition::ConditionType::{
    Completed, Failed, PvcReady, Ready, RunnerStarted,
};
use vestibule_model::phase::K8sStatus;
use vestibule_model::reason;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "a_dead_probe_while_the_process_lives",
            app: App::Serves,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::Hold,
                Do::Until(Ready, reason::PROBE_FAILED),
                Do::LetGo,
            ],
            seen: Lanes {
                ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded > False ProbeFailed > True ProbeSucceeded",
                ..READY
            },
            never: &[Completed, Failed],
            end: End::As(Last::up(K8sStatus::Running)),
        },
        Scenario {
            name: "a_crash_after_ready_heals",
            app: App::Returns,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::Kill,
                Do::Until(Ready, reason::CRASH_LOOP_BACK_OFF),
                Do::UntilTold(RunnerStarted, "was started again (restart 1 of 1)"),
            ],
            seen: Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > True Started > False CrashLoopBackOff > ?False ContainerCreating > True Started",
                ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded > ?False ProbeFailed > False CrashLoopBackOff > ?False ProbePending > True ProbeSucceeded",
                ..READY
            },
            never: &[Completed, Failed],
            end: End::As(Last::up(K8sStatus::Running)),
        },
        Scenario {
            name: "its_folder_is_gone",
            app: App::Serves,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::RemoveFolder,
                Do::Until(PvcReady, reason::VOLUME_LOST),
            ],
            seen: Lanes {
                pvc_ready: "False VolumePending > True Bound > False VolumeLost",
                ..READY
            },
            never: &[Completed, Failed],
            end: End::As(Last::up(K8sStatus::Running)),
        },
        Scenario {
            name: "an_edited_spec_waits_for_the_next_start",
            app: App::Serves,
            given: USUAL,
            then: &[Do::Until(Ready, reason::PROBE_SUCCEEDED), Do::Edit],
            seen: READY,
            never: &[Completed, Failed],
            end: End::As(Last {
                answers: false,
                ..Last::up(K8sStatus::Running)
            }),
        },
        Scenario {
            name: "an_edited_spec_is_answered_by_the_next_start",
            app: App::Serves,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::Edit,
                Do::Stop,
                Do::Until(Ready, reason::USER_STOPPED),
                Do::StartAgain,
            ],
            seen: Lanes {
                pvc_ready: "True Bound",
                job_created: "False Waiting > True JobCreated",
                ..READY
            },
            never: &[Completed, Failed],
            end: End::As(Last::up(K8sStatus::Running)),
        },
    ]
}
