//! The server ends and comes back; what it looks after does not notice.

use crate::suite::ground::App;
use crate::suite::lanes::{Lanes, READY};
use crate::suite::scenario::{Do, End, Given, Last, Scenario, USUAL};
use vestibule_model::condition::ConditionType::{
    Completed, Failed, PvcReady, Ready, RunnerStarted, SecretsReady,
};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "the_server_is_restarted_while_it_is_ready",
            app: App::Serves,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::EndServer,
                Do::BeginServer,
                // Only a server that looks can see this.
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
            name: "it_crashes_while_there_is_no_server",
            app: App::Serves,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::EndServer,
                Do::Kill,
                Do::BeginServer,
            ],
            seen: Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > True Started > False NotRunning",
                ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded > ?False ProbeFailed > False NotRunning",
                completed: "Unknown NotObserved > False ExitCode",
                failed: "Unknown NotObserved > True ExitCode",
                ..READY
            },
            never: &[Completed],
            end: End::As(Last {
                exit_code: Some(137),
                ..Last::ended(Phase::Failed, K8sStatus::Failed, reason::EXIT_CODE)
            }),
        },
        Scenario {
            name: "a_crash_that_heals_while_there_is_no_server",
            app: App::Returns,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::EndServer,
                Do::KillAndWait,
                Do::BeginServer,
                // Nobody saw it down: what is seen is that it was started again.
                Do::UntilTold(RunnerStarted, "was started again (restart 1 of 1)"),
            ],
            seen: Lanes {
                ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded > ?False ProbeFailed > ?True ProbeSucceeded",
                ..READY
            },
            never: &[Completed, Failed],
            end: End::As(Last::up(K8sStatus::Running)),
        },
        Scenario {
            name: "the_server_is_restarted_while_it_waits",
            app: App::Serves,
            given: Given {
                secrets: &["TOKEN"],
                ..USUAL
            },
            then: &[
                Do::Until(SecretsReady, reason::SECRET_MISSING),
                Do::Until(PvcReady, reason::BOUND),
                Do::EndServer,
                Do::GiveSecret("TOKEN"),
                Do::BeginServer,
            ],
            seen: Lanes {
                secrets_ready: "False SecretMissing > True SecretsFound",
                ..READY
            },
            never: &[Completed, Failed],
            end: End::As(Last::up(K8sStatus::Running)),
        },
        Scenario {
            name: "a_stop_that_the_server_did_not_live_to_see",
            app: App::Stubborn,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::Stop,
                Do::UntilPhase(Phase::Stopping),
                Do::EndServer,
                Do::BeginServer,
            ],
            seen: Lanes {
                runner_started: "Unknown NotObserved > ?False ContainerCreating > True Started > False UserStopped",
                ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded > False Stopping > False UserStopped",
                ..READY
            },
            never: &[Completed, Failed],
            end: End::As(Last::ended(
                Phase::Stopped,
                K8sStatus::Stopped,
                reason::USER_STOPPED,
            )),
        },
        Scenario {
            name: "a_wish_made_while_there_is_no_server",
            app: App::Serves,
            given: USUAL,
            then: &[
                Do::Until(Ready, reason::PROBE_SUCCEEDED),
                Do::EndServer,
                Do::Delete,
                Do::BeginServer,
            ],
            seen: READY,
            never: &[],
            end: End::Gone,
        },
    ]
}
