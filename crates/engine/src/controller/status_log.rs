//! Log entries about workbenches: failures and delays with their cause, waits, and changes of the
//! phase.

use super::Record;
use vestibule_model::causes::{self, Cause, Evidence, Level};
use vestibule_model::phase::Phase;
use vestibule_model::reason;
use vestibule_model::workbench::WorkbenchStatus;

/// Logs what is new in a status that was stored.
pub(super) fn log_changes(record: &Record, now: &WorkbenchStatus) {
    let (workbench, name, app) = (&record.target.id, &record.name, &record.target.app);
    let run = now.run_number;
    let before = Some(&record.status).filter(|before| before.run_number == run);
    let is_new_phase = before.is_none_or(|before| before.phase != now.phase);
    let cause = cause(now);
    macro_rules! log {
        ($level:ident, $cause:expr, $what:literal) => {
            tracing::$level!(
                %workbench,
                name,
                app,
                run,
                phase = %now.phase,
                reason = $cause.reason,
                cause = $cause.what,
                why = $cause.why,
                $what
            )
        };
    }
    match cause {
        Some(cause) if now.phase == Phase::Failed && is_new_phase => {
            log!(warn, cause, "a workbench has failed");
        }
        Some(cause) if !now.phase.is_terminal() && is_new_cause(&cause, before) => {
            match cause.level {
                Level::Failure => log!(warn, cause, "a workbench is in trouble"),
                Level::Late => log!(warn, cause, "a workbench is late"),
                _ if cause.reason == reason::CRASH_LOOP_BACK_OFF => {
                    log!(warn, cause, "an app has crashed");
                }
                _ => log!(info, cause, "a workbench waits"),
            }
        }
        _ if is_new_phase => {
            let phase = &now.phase;
            tracing::info!(%workbench, name, app, run, %phase, "a workbench's phase has changed");
        }
        _ => {}
    }
}

/// Returns `true` if the start or the app is held up by a cause that was not logged before.
fn is_new_cause(cause: &Cause, before: Option<&WorkbenchStatus>) -> bool {
    let is_held_up = matches!(cause.level, Level::Failure | Level::Blocked | Level::Late);
    let logged = before.and_then(self::cause);
    is_held_up && logged.is_none_or(|logged| logged.key != cause.key)
}

fn cause(status: &WorkbenchStatus) -> Option<Cause> {
    causes::find(&Evidence {
        conditions: &status.conditions,
        stopped_reason: status.stopped_reason.as_deref(),
        ..Evidence::default()
    })
}
