//! Comparison of the stored status with the machine at the end of a simulation.

use super::checks;
use super::machine::Machine;
use super::process::State;
use super::store::Store;
use vestibule_model::condition::ConditionType;
use vestibule_model::phase::Phase;
use vestibule_model::workbench::Desired;

/// Time after which an event must show in the status.
const TOLD_WITHIN: i64 = 12_000;

/// Compares the stored workbench with the machine; returns the differences.
/// `is_attended`: whether the loop watches it.
pub fn compare(
    machine: &Machine,
    store: &Store,
    bench: usize,
    is_attended: bool,
) -> Result<(), String> {
    let workbench = &machine.workbenches[bench];
    let alive: Vec<u64> = workbench
        .processes
        .values()
        .filter(|process| process.is_alive())
        .map(|process| process.run)
        .collect();
    let Some(row) = &store.rows[bench] else {
        return match alive.is_empty() && !workbench.folder {
            true => Ok(()),
            false => Err(format!(
                "it is forgotten, and {alive:?} lives, folder {}",
                workbench.folder
            )),
        };
    };
    if row.deleting {
        return Err(format!("it is not deleted: {row:?}"));
    }
    let Some(status) = &row.status else {
        return Err(format!("it was never observed: {row:?}"));
    };
    if status.phase.is_terminal() {
        return match alive.is_empty() && checks::is_settled(row) {
            true => Ok(()),
            false => Err(format!(
                "it is {} and {alive:?} lives: {row:?}",
                status.phase
            )),
        };
    }
    if row.desired != Desired::Running {
        return Err(format!("it is to be stopped, and is {}", status.phase));
    }
    if !is_attended {
        return Err(format!("nobody rounds at it, and it is {}", status.phase));
    }
    let Some(process) = workbench.processes.get(&row.run_number) else {
        return Err(format!("it has no process and is {}", status.phase));
    };
    let ready = status.condition(&ConditionType::Ready);
    let since = ready.and_then(|c| c.last_transition_time);
    // It may just have reached a limit of its own.
    let is_leaving = status.phase == Phase::Stopping
        && since.is_some_and(|at| machine.clock().since(at).0 < TOLD_WITHIN);
    if machine.now - workbench.changed < TOLD_WITHIN || is_leaving {
        return Ok(());
    }
    let (phase, is_ready) = match &process.state {
        State::Up(_) => (Phase::Running, process.answers),
        State::Starting | State::BackOff(_) => (Phase::Creating, false),
        State::Exited(..) => return Err(format!("its process is over: {process:?}")),
    };
    let reported = (&status.phase, ready.is_some_and(|c| c.is_true()));
    if reported != (&phase, is_ready) {
        return Err(format!(
            "{reported:?} is told, {phase} and {is_ready} is the case"
        ));
    }
    Ok(())
}
