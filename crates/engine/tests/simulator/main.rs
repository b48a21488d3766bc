//! Simulator: workbenches, their machine and their users under virtual time and from a seed, with the
//! real rule, the real timing of the loop, and crashes between any two steps. Invariants are checked at
//! every step.

mod case;
mod checks;
mod controller;
mod machine;
mod mutants;
mod people;
mod process;
mod rng;
mod rows;
mod server;
mod setup;
mod sim;
mod store;
mod truth;

use setup::{Fault, Setup, Tally};
use vestibule_model::reason;

/// Runs a simulation; panics with the trace of the workbench if an invariant is violated.
fn holds(setup: Setup) -> Tally {
    match sim::run(setup) {
        Ok(tally) => tally,
        Err(Fault {
            rule,
            bench,
            at,
            what,
        }) => {
            let story = sim::story(setup, bench);
            panic!(
                "seed {} with {} workbenches: broken at {at} ms: {rule}\n{what}\nThe story of workbench {bench}:\n{}",
                setup.seed,
                setup.benches,
                story.join("\n")
            );
        }
    }
}

/// Returns the number of small worlds; set VESTIBULE_WORLDS for more.
fn worlds() -> u64 {
    let wanted = std::env::var("VESTIBULE_WORLDS").ok();
    wanted.and_then(|number| number.parse().ok()).unwrap_or(60)
}

#[test]
fn small_worlds_hold_and_cover_every_reason() {
    let mut all = Tally::default();
    for seed in 0..worlds() {
        all += holds(Setup::of(seed, 20));
        all += holds(Setup::hectic(seed, 3));
    }
    println!("{all:#?}");
    // This engine is no cluster, fetches no images and can always observe, a workbench that was never started has no
    // journal, and NotRunning is a word of earlier versions.
    let absent = [
        reason::ADMISSION_DENIED,
        reason::CONTAINER_CREATING,
        reason::CREATE_CONTAINER_CONFIG_ERROR,
        reason::CREATION_FAILED,
        reason::ERR_IMAGE_PULL,
        reason::FAILED_MOUNT,
        reason::INVALID_IMAGE_NAME,
        reason::NO_IMAGE,
        reason::NODE_LOST,
        reason::POD_INITIALIZING,
        reason::PREEMPTED,
        reason::PULLING,
        reason::RESIZING,
        reason::SANDBOX_REQUIRED,
        reason::TERMINATING,
        reason::WAIT_FOR_FIRST_CONSUMER,
        reason::IMAGE_PULL_BACK_OFF,
        reason::NEVER_STARTED,
        reason::NOT_OBSERVED,
        reason::NOT_RUNNING,
    ];
    for reason in reason::ALL.iter().map(|reason| reason.word) {
        assert!(
            all.reasons.contains_key(reason) || absent.contains(&reason),
            "{reason} was never told: the worlds are not rich enough to prove anything"
        );
    }
    assert!(all.overtaken > 0 && all.refusals > 0 && all.removed > 0 && all.crashes > 0);
}

#[test]
fn large_worlds_hold() {
    for seed in 1..=2 {
        println!("{:#?}", holds(Setup::of(seed, 2_000)));
    }
}

/// Seeds that found faults, all fixed since.
#[test]
fn worlds_in_which_faults_were_found() {
    for (setup, _fault) in [
        (
            Setup::of(0, 20),
            "after a run, an edited spec was not answered",
        ),
        (
            Setup::of(4, 20),
            "a crash loop had failed while its process went on",
        ),
        (
            Setup::hectic(100_378, 8),
            "a check took a run that was given up for a blocked one",
        ),
    ] {
        holds(setup);
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let setup = Setup::of(7, 20);
    assert_eq!(holds(setup), holds(setup));
    assert_eq!(sim::story(setup, 3), sim::story(setup, 3));
}
