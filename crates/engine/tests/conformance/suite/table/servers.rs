//! Restarts of the server, which don't affect running apps.

use crate::suite::ground::App;
use crate::suite::lanes::ready;
use crate::suite::scenario::{
    Do, End, Given, Scenario, USUAL, until_bound, until_ready, until_secret_missing,
};
use vestibule_model::condition::ConditionType::{Ready, RunnerStarted, SecretsReady};
use vestibule_model::phase::Phase;
use vestibule_model::reason;

pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            then: vec![
                until_ready(),
                Do::EndServer,
                Do::BeginServer,
                // Only a running server can observe this.
                Do::Hold,
                Do::Until(Ready, reason::PROBE_FAILED),
                Do::LetGo,
            ],
            seen: ready().then(Ready, &["False ProbeFailed", "True SessionRunning"]),
            ..Scenario::of("the_server_is_restarted_while_it_is_ready", App::Serves)
        },
        Scenario {
            then: vec![until_ready(), Do::EndServer, Do::Kill, Do::BeginServer],
            seen: ready()
                .then(Ready, &["?False ProbeFailed"])
                .fails(reason::EXIT_CODE),
            end: End::failed(reason::EXIT_CODE, 137),
            ..Scenario::of("it_crashes_while_there_is_no_server", App::Serves)
        },
        Scenario {
            then: vec![
                until_ready(),
                Do::EndServer,
                Do::KillAndWait,
                Do::BeginServer,
                // The crash itself was not observed, only the restart.
                Do::UntilMessage(RunnerStarted, "was started again (restart 1 of 1)"),
            ],
            seen: ready().then(Ready, &["?False ProbeFailed", "?True SessionRunning"]),
            ..Scenario::of("a_crash_that_heals_while_there_is_no_server", App::Returns)
        },
        Scenario {
            given: Given {
                secrets: &["TOKEN"],
                ..USUAL
            },
            then: vec![
                until_secret_missing(),
                until_bound(),
                Do::EndServer,
                Do::GiveSecret("TOKEN"),
                Do::BeginServer,
            ],
            seen: ready().lacks_secret().only(
                SecretsReady,
                &["False SecretNotFound", "True AllSecretsFound"],
            ),
            ..Scenario::of("the_server_is_restarted_while_it_waits", App::Serves)
        },
        Scenario {
            then: vec![
                until_ready(),
                Do::Stop,
                Do::UntilPhase(Phase::Stopping),
                Do::EndServer,
                Do::BeginServer,
            ],
            seen: ready().stops(reason::USER_STOPPED),
            end: End::stopped(),
            ..Scenario::of("a_stop_that_the_server_did_not_live_to_see", App::Stubborn)
        },
        Scenario {
            then: vec![until_ready(), Do::EndServer, Do::Delete, Do::BeginServer],
            end: End::Gone,
            ..Scenario::of("a_wish_made_while_there_is_no_server", App::Serves)
        },
    ]
}
