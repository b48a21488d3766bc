//! The state machine of a tab: from the states of its workbench and session to the tab's own, and
//! to the one action that is due.
//!
//! The function reads states, not events, so that it may be called again at any time, also after the
//! server was restarted. Starting the workbench is no action of it: that happens once, when the tab is
//! opened or retried, so that a tab never undoes a later stop.

use super::{PROVISION_WITHIN, Tab, TabError, TabErrorReason, TabKind, TabState};
use crate::phase::Phase;
use crate::time::{Millis, Timestamp};
use crate::workbench::{Desired, Workbench};

/// Longest time in which a session is created.
pub const SESSION_WITHIN: Millis = Millis(30 * 1000);
/// Number of attempts to create a session.
pub const MAX_ATTEMPTS: u32 = 5;
/// Stage of a tab whose session is being created.
const CREATING: &str = "Opening the session";

/// State of a tab's workbench.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provision {
    /// The workbench could not be observed.
    Unknown,
    /// The workbench starts, or waits for its turn.
    Starting {
        /// Time of its last change.
        changed_at: Option<Timestamp>,
    },
    /// Run that can have sessions.
    Up {
        /// Number of the run.
        run: u64,
    },
    /// The workbench does not run, and starts only by a command.
    Down(TabErrorReason, String),
}

impl Provision {
    /// Returns the state of a workbench for a tab of this kind. A log is there as soon as there is a
    /// run, and stays after its end.
    pub fn for_kind(kind: &TabKind, workbench: &Workbench) -> Self {
        match &workbench.run {
            Some(run) if *kind == TabKind::Log && !workbench.deleting => {
                Self::Up { run: run.number }
            }
            _ => Self::of(workbench),
        }
    }

    /// Returns the state that a workbench shows. A run can have sessions from the first response of
    /// its app until its end is observed.
    pub fn of(workbench: &Workbench) -> Self {
        if workbench.deleting {
            return Self::Down(
                TabErrorReason::WorkbenchDeleted,
                "The workbench is being deleted.".to_owned(),
            );
        }
        let starting = Self::Starting {
            changed_at: workbench.updated_at,
        };
        let is_wanted = workbench.desired == Desired::Running;
        let is_observed = workbench.status.observed_generation >= workbench.generation;
        match &workbench.status.phase {
            Phase::Running if is_wanted && workbench.status.ready_time.is_some() => Self::Up {
                run: workbench.status.run_number,
            },
            Phase::Running | Phase::Creating | Phase::Pending if is_wanted => starting,
            // The observation is older than the command.
            _ if is_wanted && !is_observed => starting,
            Phase::Stopping if workbench.restarting => starting,
            Phase::Failed => Self::Down(
                TabErrorReason::RunEnded,
                match workbench
                    .status
                    .message
                    .as_deref()
                    .unwrap_or_default()
                    .trim()
                {
                    "" => "The run failed. Start the workbench again.".to_owned(),
                    message => message.to_owned(),
                },
            ),
            Phase::Completed => Self::Down(
                TabErrorReason::RunEnded,
                "The run is over. Start the workbench again.".to_owned(),
            ),
            Phase::Unknown(_) => Self::Unknown,
            _ => Self::Down(
                TabErrorReason::WorkbenchStopped,
                "The workbench is stopped. Start it to continue.".to_owned(),
            ),
        }
    }
}

/// Observed state of a tab's session in the current run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// The session could not be observed, or was not yet.
    Unknown,
    /// No session.
    Absent,
    /// The session is open.
    Open,
    /// The session ended, with a sentence about its end.
    Ended(String),
    /// The session could not be created, with the reason.
    Refused(String),
    /// The run cannot have sessions.
    NotSupported,
}

/// Action on the session of a tab. Each may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionAction {
    /// Create the session in this run, unless it exists.
    Create {
        /// Number of the run.
        run: u64,
    },
    /// End the session in this run, if it exists.
    End {
        /// Number of the run.
        run: u64,
    },
}

/// Moves a tab to the state that the observations require, and returns the action that is due.
///
/// `session` describes the session in the run that `provision` names.
pub fn reconcile(
    tab: &mut Tab,
    provision: &Provision,
    session: &Session,
    now: Timestamp,
) -> Option<SessionAction> {
    if !tab.is_open() {
        return end(tab, provision, session);
    }
    match provision {
        Provision::Unknown => {
            expire(tab, now);
            None
        }
        Provision::Down(reason, message) => {
            fail(tab, reason.clone(), message, now);
            None
        }
        Provision::Starting { changed_at } => {
            wait(tab, *changed_at, now);
            None
        }
        Provision::Up { run } if tab.kind.has_session() => {
            reconcile_session(tab, *run, session, now)
        }
        Provision::Up { run } => {
            tab.run_number = Some(*run);
            become_ready(tab, now);
            None
        }
    }
}

/// Ends a closed tab's session, also one that was created after the tab was closed.
fn end(tab: &mut Tab, provision: &Provision, session: &Session) -> Option<SessionAction> {
    let run = tab.run_number?;
    if !tab.kind.has_session() {
        tab.run_number = None;
        return None;
    }
    let lives_on = match provision {
        Provision::Up { run: current } => *current == run,
        Provision::Unknown => return None,
        Provision::Starting { .. } | Provision::Down(..) => false,
    };
    match session {
        Session::Unknown | Session::Open if lives_on => Some(SessionAction::End { run }),
        _ => {
            tab.run_number = None;
            None
        }
    }
}

/// Waits for the start of the workbench.
fn wait(tab: &mut Tab, changed_at: Option<Timestamp>, now: Timestamp) {
    let needs_retry = match (&tab.state, &tab.error) {
        (TabState::Error, Some(error)) => !error.reason.is_of_workbench(),
        _ => false,
    };
    if needs_retry {
        return;
    }
    if tab.state != TabState::PendingProvision {
        tab.retry(now);
    }
    let begin = tab.state_since.max(changed_at.filter(|at| *at <= now));
    tab.deadline = Some(begin.unwrap_or(now) + PROVISION_WITHIN);
    expire(tab, now);
}

/// Creates or supervises the session of a running workbench.
fn reconcile_session(
    tab: &mut Tab,
    run: u64,
    session: &Session,
    now: Timestamp,
) -> Option<SessionAction> {
    if tab.run_number != Some(run) && tab.run_number.is_some() {
        // Its session ended with its run.
        tab.retry(now);
    }
    match (&tab.state, &tab.error) {
        (TabState::Error, Some(error)) if !error.reason.is_of_workbench() => return None,
        // The run that could not have sessions is still the same.
        (TabState::Error, Some(error))
            if error.reason == TabErrorReason::NotSupported && tab.run_number == Some(run) =>
        {
            return None;
        }
        (TabState::Ready | TabState::PendingSessionCreate, _) => {}
        _ => begin(tab, run, now),
    }
    let is_ready = tab.state == TabState::Ready;
    match session {
        Session::Open => {
            become_ready(tab, now);
            None
        }
        // An agent's session holds nothing that its next one needs: after a crash of the app a new one
        // is created by itself.
        Session::Absent if is_ready && tab.kind == TabKind::Agent => {
            begin(tab, run, now);
            Some(SessionAction::Create { run })
        }
        // It was seen open, so an end that was not observed has removed it.
        Session::Absent if is_ready => {
            fail(
                tab,
                TabErrorReason::SessionEnded,
                "The session has ended. Retry to open a new one.",
                now,
            );
            None
        }
        Session::Unknown if is_ready => None,
        Session::Absent | Session::Unknown => {
            expire(tab, now);
            tab.state
                .is_pending()
                .then_some(SessionAction::Create { run })
        }
        Session::Ended(message) => {
            fail(tab, TabErrorReason::SessionEnded, message, now);
            None
        }
        Session::Refused(message) if tab.attempt >= MAX_ATTEMPTS => {
            fail(tab, TabErrorReason::SessionRefused, message, now);
            None
        }
        Session::Refused(_) => {
            expire(tab, now);
            tab.attempt += 1;
            tab.state
                .is_pending()
                .then_some(SessionAction::Create { run })
        }
        Session::NotSupported => {
            fail(
                tab,
                TabErrorReason::NotSupported,
                "An earlier version of Vestibule started this run. Restart the workbench to open sessions.",
                now,
            );
            None
        }
    }
}

fn begin(tab: &mut Tab, run: u64, now: Timestamp) {
    tab.attempt = 1;
    tab.run_number = Some(run);
    tab.enter(TabState::PendingSessionCreate, now);
    tab.stage = CREATING.to_owned();
    tab.deadline = Some(now + SESSION_WITHIN);
}

fn become_ready(tab: &mut Tab, now: Timestamp) {
    if tab.state != TabState::Ready {
        tab.enter(TabState::Ready, now);
    }
}

fn fail(tab: &mut Tab, reason: TabErrorReason, message: &str, now: Timestamp) {
    let error = TabError {
        reason,
        message: message.to_owned(),
    };
    if tab.error.as_ref() == Some(&error) {
        return;
    }
    // The tab's own error stays until it is retried.
    let keeps_own = tab
        .error
        .as_ref()
        .is_some_and(|own| !own.reason.is_of_workbench())
        && error.reason != TabErrorReason::WorkbenchDeleted;
    if !keeps_own {
        tab.enter(TabState::Error, now);
        tab.error = Some(error);
    }
}

/// Ends a wait whose deadline has passed.
fn expire(tab: &mut Tab, now: Timestamp) {
    if tab.deadline.is_none_or(|deadline| now < deadline) {
        return;
    }
    let (reason, message) = match tab.state {
        TabState::PendingSessionCreate => (
            TabErrorReason::SessionTimeout,
            "The session was not created within 30 seconds. Retry, or look at the workbench's log.",
        ),
        _ => (
            TabErrorReason::ProvisionTimeout,
            "Nothing about the workbench has changed for 15 minutes. Look at the workbench, then retry.",
        ),
    };
    fail(tab, reason, message, now);
}

#[cfg(test)]
mod tests;
