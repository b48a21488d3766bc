use super::*;
use crate::phase::Phase;
use Desired::{Running, Stopped};
use proptest::prelude::*;

fn wanted(desired: Desired, request: Option<u8>) -> Wanted {
    Wanted {
        name: "Climate".to_owned(),
        spec: WorkbenchSpec::default(),
        desired,
        run_request: request.map(|request| request.to_string()),
        deleting: false,
    }
}

/// Returns the database after it has adopted a resource, with a run or without.
fn known(desired: Desired, request: Option<u8>, is_live: bool) -> StoredState {
    let wanted = wanted(desired, request);
    StoredState {
        name: wanted.name,
        spec: wanted.spec,
        desired: wanted.desired.clone(),
        is_live,
        restarting: false,
        deleting: false,
        adopted_desired: wanted.desired,
        adopted_request: wanted.run_request,
    }
}

/// Carries the commands out as the database does.
fn adopt(known: &mut StoredState, wanted: &Wanted) {
    for step in steps(known, wanted) {
        match step {
            AdoptionStep::Change => {
                known.name = wanted.name.clone();
                known.spec = wanted.spec.clone();
            }
            AdoptionStep::Start => {
                assert!(!known.is_live, "a start replaces a run");
                known.is_live = true;
                known.desired = Running;
            }
            AdoptionStep::Restart => {
                assert!(known.is_live, "there is nothing to restart");
                known.desired = Stopped;
                known.restarting = true;
            }
            AdoptionStep::Stop => {
                known.desired = Stopped;
                known.restarting = false;
            }
            AdoptionStep::Delete => known.deleting = true,
        }
    }
    known.adopted_desired = wanted.desired.clone();
    known.adopted_request = wanted.run_request.clone();
}

/// Ends the current run; a requested one begins.
fn end(known: &mut StoredState) {
    if known.restarting {
        known.desired = Running;
        known.restarting = false;
    } else {
        known.is_live = false;
    }
}

#[test]
fn desired_state_starts_and_stops() {
    let idle = known(Stopped, None, false);
    assert_eq!(steps(&idle, &wanted(Running, None)), [AdoptionStep::Start]);
    let live = known(Running, None, true);
    assert_eq!(steps(&live, &wanted(Stopped, None)), [AdoptionStep::Stop]);
}

#[test]
fn run_that_has_ended_by_itself_is_not_repeated() {
    let done = known(Running, Some(1), false);
    assert_eq!(steps(&done, &wanted(Running, Some(1))), []);
    assert_eq!(
        steps(&done, &wanted(Running, Some(2))),
        [AdoptionStep::Start]
    );
}

#[test]
fn new_request_restarts_a_run_and_a_removed_one_does_not() {
    let live = known(Running, Some(1), true);
    assert_eq!(
        steps(&live, &wanted(Running, Some(2))),
        [AdoptionStep::Restart]
    );
    assert_eq!(steps(&live, &wanted(Running, None)), []);
}

#[test]
fn start_during_a_stop_begins_the_next_run_after_it() {
    let mut stopping = known(Running, None, true);
    adopt(&mut stopping, &wanted(Stopped, None));
    assert_eq!(
        steps(&stopping, &wanted(Running, None)),
        [AdoptionStep::Restart]
    );
}

#[test]
fn stop_cancels_a_restart() {
    let mut restarting = known(Running, Some(1), true);
    adopt(&mut restarting, &wanted(Running, Some(2)));
    assert!(restarting.restarting);
    assert_eq!(
        steps(&restarting, &wanted(Stopped, Some(2))),
        [AdoptionStep::Stop]
    );
}

#[test]
fn deletion_is_the_last_command() {
    let mut live = known(Running, None, true);
    let mut gone = wanted(Stopped, Some(7));
    gone.name = "Other".to_owned();
    gone.deleting = true;
    assert_eq!(steps(&live, &gone), [AdoptionStep::Delete]);
    adopt(&mut live, &gone);
    assert_eq!(steps(&live, &wanted(Running, Some(8))), []);
}

#[test]
fn change_of_settings_leaves_the_run_alone() {
    let live = known(Running, None, true);
    let mut changed = wanted(Running, None);
    changed.spec.idle_timeout_seconds = Some(60);
    assert_eq!(steps(&live, &changed), [AdoptionStep::Change]);
}

#[test]
fn unknown_resource_begins_where_its_status_is() {
    let status = |number, phase, generation| WorkbenchStatus {
        run_number: number,
        phase,
        observed_generation: generation,
        ..WorkbenchStatus::default()
    };
    let running = wanted(Running, None);
    let run = |number, is_over| Some(Inherited { number, is_over });
    assert_eq!(inherited(&running, 1, None), (None, true));
    let live = status(3, Phase::Running, 1);
    assert_eq!(inherited(&running, 2, Some(&live)), (run(3, false), false));
    let done = status(3, Phase::Completed, 2);
    assert_eq!(inherited(&running, 2, Some(&done)), (run(3, true), false));
    assert_eq!(inherited(&running, 3, Some(&done)), (run(3, true), true));
    let stopped = wanted(Stopped, None);
    assert_eq!(inherited(&stopped, 3, Some(&done)), (run(3, true), false));
    assert_eq!(inherited(&stopped, 1, None), (None, false));
}

fn states() -> impl Strategy<Value = Wanted> {
    let desired = prop_oneof![Just(Running), Just(Stopped), Just("Paused".into())];
    let request = prop::option::of(0_u8..4);
    (desired, request, 0_u32..3, prop::bool::weighted(0.05)).prop_map(
        |(desired, request, idle, deleting)| {
            let mut wanted = wanted(desired, request);
            wanted.spec.idle_timeout_seconds = Some(idle);
            wanted.deleting = deleting;
            wanted
        },
    )
}

proptest! {
    #[test]
    fn adoption_follows_and_is_idempotent(
        changes in prop::collection::vec((states(), any::<bool>()), 1..40)
    ) {
        let mut database = known(Stopped, None, false);
        for (wanted, ends) in changes {
            let was_deleting = database.deleting;
            adopt(&mut database, &wanted);
            prop_assert_eq!(steps(&database, &wanted), []);
            if !was_deleting && !wanted.deleting {
                prop_assert_eq!(&database.spec, &wanted.spec);
                if wanted.desired == Stopped {
                    let is_to_run = database.is_live && database.desired == Running;
                    prop_assert!(!is_to_run && !database.restarting);
                }
            }
            prop_assert_eq!(database.deleting, was_deleting || wanted.deleting);
            if ends && database.is_live {
                end(&mut database);
                prop_assert_eq!(steps(&database, &wanted), [], "an end is no command");
            }
        }
    }
}
