//! Tests of the simulator: rules, stores and loops that are broken on purpose, each with the checks
//! of which one must fail.

use super::checks::*;
use super::setup::{LoopFault, Rule, Setup};
use super::sim;
use super::store::StoreFault;
use vestibule_model::condition::ConditionType;
use vestibule_model::observed::{
    AppAvailability, Exit, Observed, Probe, Runner, Secrets, StopRequest, Volume,
};
use vestibule_model::phase::Phase;
use vestibule_model::reason;
use vestibule_model::reconcile::{Action, Cadence, Outcome, Subject, reconcile};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::Source;
use vestibule_model::workbench::{Desired, WorkbenchStatus};

/// Number of worlds in which a fault must be found.
const WORLDS: u64 = 60;

#[track_caller]
fn noticed(setup: Setup, by: &[&str]) {
    let fault = (0..WORLDS).find_map(|seed| sim::run(Setup { seed, ..setup }).err());
    let fault = fault.expect("a broken world passes for a whole one");
    assert!(
        by.contains(&fault.rule),
        "noticed as another fault: {fault:?}"
    );
}

macro_rules! rules {
    ($($name:ident($subject:ident, $before:ident, $seen:ident) by $by:expr => $body:expr;)+) => {$(
        #[test]
        fn $name() {
            fn broken(
                subject: &Subject,
                before: &WorkbenchStatus,
                seen: &Observed,
                cadence: &Cadence,
                now: Timestamp,
            ) -> Outcome {
                let right = |subject: &Subject, before: &WorkbenchStatus, seen: &Observed| {
                    reconcile(subject, before, seen, cadence, now)
                };
                let ($subject, $before, $seen) = (subject, before, seen);
                ($body)(&right, now)
            }
            let rule: Rule = broken;
            noticed(Setup { rule, ..Setup::of(0, 20) }, $by);
        }
    )+};
}

type Right<'a> = &'a dyn Fn(&Subject, &WorkbenchStatus, &Observed) -> Outcome;

fn is_up(seen: &Observed) -> bool {
    matches!(seen.runner, Runner::Running { .. })
}

/// Returns the outcome with one condition changed.
fn with(
    mut outcome: Outcome,
    kind: &ConditionType,
    change: impl FnOnce(&mut vestibule_model::condition::Condition),
) -> Outcome {
    let conditions = &mut outcome.status.conditions;
    if let Some(condition) = conditions.iter_mut().find(|c| c.kind == *kind) {
        change(condition);
    }
    outcome
}

rules! {
    a_green_because_the_process_is_up(subject, before, seen) by &[NO_INVENTED_GREENS] => |right: Right<'_>, _| {
        let probe = if is_up(seen) { Probe::Succeeded } else { seen.probe.clone() };
        right(subject, before, &Observed { probe, ..seen.clone() })
    };
    a_green_that_nobody_takes_back(subject, before, seen) by &[REGRESSIONS_SHOW] => |right: Right<'_>, _| {
        let stays = is_up(seen) && before.condition(&ConditionType::Ready).is_some_and(|c| c.is_true());
        let probe = if stays { Probe::Succeeded } else { seen.probe.clone() };
        right(subject, before, &Observed { probe, ..seen.clone() })
    };
    a_crash_that_nobody_hears_of(subject, before, seen) by &[RESTARTS_ARE_TOLD] => |right: Right<'_>, _| {
        let mut seen = seen.clone();
        if let Runner::Running { restarted, .. } = &mut seen.runner {
            *restarted = None;
        }
        right(subject, before, &seen)
    };
    a_step_filled_in_before_it_was_seen(subject, before, seen) by &[NO_INVENTED_GREENS] => |right: Right<'_>, _| {
        let volume = if seen.volume == Volume::Absent { Volume::Bound } else { seen.volume.clone() };
        right(subject, before, &Observed { volume, ..seen.clone() })
    };
    a_source_that_hides_the_restart(subject, before, seen) by &[NO_INVENTED_GREENS] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        outcome.transitions.iter_mut().for_each(|entry| entry.source = Source::Observation);
        outcome
    };
    a_time_that_moves_with_every_observation(subject, before, seen) by &[TIME_MOVES_WITH_STATUS] => |right: Right<'_>, now| {
        with(right(subject, before, seen), &ConditionType::Ready, |ready| ready.last_transition_time = Some(now))
    };
    a_new_spec_answered_while_the_old_one_runs(subject, before, seen) by &[GENERATION_NEVER_AHEAD] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        outcome.status.observed_generation = subject.generation;
        outcome
    };
    a_generation_that_stays_behind_after_the_end(subject, before, seen) by &[GENERATION_NEVER_AHEAD] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        let run = subject.run.as_ref().map_or(0, |run| run.generation);
        if subject.spec_generation > run && !before.phase.is_terminal() {
            outcome.status.observed_generation = run;
        }
        outcome
    };
    a_missing_secret_that_ends_the_run(subject, before, seen) by &[OBSTACLES_END_NOTHING] => |right: Right<'_>, _| {
        let is_missing = matches!(seen.secrets, Secrets::Missing(_));
        let app = if is_missing { AppAvailability::Unknown } else { seen.app.clone() };
        right(subject, before, &Observed { app, ..seen.clone() })
    };
    an_error_told_as_a_success(subject, before, seen) by &[ENDS_ARE_CLEAR, NO_INVENTED_GREENS] => |right: Right<'_>, _| {
        let mut seen = seen.clone();
        if let Runner::Exited { how, .. } = &mut seen.runner
            && *how == Exit::Code(1)
        {
            *how = Exit::Code(0);
        }
        right(subject, before, &seen)
    };
    an_end_by_itself_told_as_a_stop(subject, before, seen) by &[ENDS_ARE_CLEAR] => |right: Right<'_>, _| {
        let mut seen = seen.clone();
        if let Runner::Exited { asked, .. } = &mut seen.runner {
            *asked = StopRequest::Gently;
        }
        right(subject, before, &seen)
    };
    an_end_that_is_told_again(subject, before, seen) by &[ENDS_STAY, TIME_MOVES_WITH_STATUS] => |right: Right<'_>, _| {
        let phase = if before.phase.is_terminal() { Phase::Running } else { before.phase.clone() };
        right(subject, &WorkbenchStatus { phase, ..before.clone() }, seen)
    };
    a_stop_that_waits_for_the_start(subject, before, seen) by &[STOP_IS_HONOURED] => |right: Right<'_>, _| {
        let waits = matches!(before.phase, Phase::Pending | Phase::Creating) && !subject.deleting;
        let desired = if waits { Desired::Running } else { subject.desired.clone() };
        right(&Subject { desired, ..subject.clone() }, before, seen)
    };
    a_success_that_undoes_a_stop(subject, before, seen) by &[STOP_IS_HONOURED] => |right: Right<'_>, _| {
        let is_late = seen.probe == Probe::Succeeded && !subject.deleting;
        let desired = if is_late { Desired::Running } else { subject.desired.clone() };
        let mut before = before.clone();
        before.stopped_reason.take_if(|_| is_late && !before.phase.is_terminal());
        right(&Subject { desired, ..subject.clone() }, &before, seen)
    };
    a_second_cause_of_a_stop(subject, before, seen) by &[FIRST_CAUSE_STAYS] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        if outcome.status.phase == Phase::Stopping && before.phase == Phase::Stopping {
            outcome.status.stopped_reason = Some("Idle".to_owned());
        }
        outcome
    };
    a_folder_cleared_away_with_the_end(subject, before, seen) by &[OUTPUT_IS_KEPT] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        if outcome.status.phase == Phase::Failed {
            outcome.actions.push(Action::CleanUp);
        }
        outcome
    };
    nobody_watches_what_runs(subject, before, seen) by &[NOTHING_STUCK] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        if outcome.status.phase == Phase::Running {
            outcome.requeue_after = None;
        }
        outcome
    };
    a_secret_waited_for_too_long(subject, before, seen) by &[NOTHING_STUCK] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        if matches!(seen.secrets, Secrets::Missing(_)) {
            outcome.requeue_after = outcome.requeue_after.map(|_| Millis::from_secs(1_020));
        }
        outcome
    };
    observations_without_a_pause(subject, before, seen) by &[NO_BUSY_LOOP] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        outcome.requeue_after = outcome.requeue_after.map(|_| Millis(0));
        outcome
    };
    a_reason_that_the_journal_lacks(subject, before, seen) by &[JOURNAL_IS_STATUS] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        outcome.transitions.retain(|entry| entry.from != entry.to);
        outcome
    };
    old_clients_hear_of_no_error(subject, before, seen) by &[OLD_CLIENTS] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        outcome.status.is_error = false;
        outcome
    };
    a_run_that_is_started_again(subject, before, seen) by &[ONE_PROCESS] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        if outcome.status.phase == Phase::Failed {
            outcome.actions.push(Action::StartJob);
        }
        outcome
    };
    a_workbench_forgotten_while_it_runs(subject, before, seen) by &[ONE_PROCESS] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        outcome.forget = subject.deleting;
        outcome
    };
    a_stop_that_nobody_carries_out(subject, before, seen) by &[TRUTH_IN_THE_END] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        outcome.actions.retain(|action| *action != Action::StopJob);
        outcome
    };
    a_crash_loop_told_as_failed_before_it_is_over(subject, before, seen) by &[ENDS_ARE_CLEAR] => |right: Right<'_>, _| {
        let mut seen = seen.clone();
        if let Runner::BackOff { job_name, restarts, how } = &seen.runner
            && *restarts > 3
        {
            seen.runner = Runner::Exited {
                job_name: job_name.clone(),
                at: Timestamp::from_millis(0),
                how: how.clone(),
                restarts: *restarts,
                asked: StopRequest::No, last_line: None, };
        }
        right(subject, before, &seen)
    };
    a_condition_that_is_left_out(subject, before, seen) by &[NO_INVENTED_GREENS] => |right: Right<'_>, _| {
        let mut outcome = right(subject, before, seen);
        outcome.status.conditions.retain(|c| c.reason != reason::NOT_ENDED);
        outcome
    };
}

#[test]
fn stores_that_are_broken() {
    for (store_fault, by) in [
        (StoreFault::IgnoresNewerCommands, STOP_IS_HONOURED),
        (StoreFault::ForgetsJournal, JOURNAL_IS_STATUS),
        (StoreFault::WritesJournalAlone, JOURNAL_IS_STATUS),
        (StoreFault::RepeatsNumbers, NUMBERS_GROW),
        (StoreFault::ListsNothing, RESTART_LOSES_NOTHING),
        (StoreFault::OverlooksDeletions, RESTART_LOSES_NOTHING),
    ] {
        noticed(
            Setup {
                store_fault,
                ..Setup::of(0, 20)
            },
            &[by],
        );
    }
}

#[test]
fn loops_that_are_broken() {
    for (loop_fault, by) in [
        (
            LoopFault::LosesWakeUps,
            &[NOTHING_STUCK, TRUTH_IN_THE_END][..],
        ),
        (LoopFault::SkipsRecovery, &[RESTART_LOSES_NOTHING]),
        (LoopFault::HidesRestart, &[RESTART_LOSES_NOTHING]),
        (LoopFault::NeverPauses, &[NO_BUSY_LOOP]),
    ] {
        noticed(
            Setup {
                loop_fault,
                ..Setup::of(0, 20)
            },
            by,
        );
    }
}
