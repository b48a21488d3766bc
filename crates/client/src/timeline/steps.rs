//! Steps of a start: the observations of each, and its duration.

use vestibule_model::condition::{Condition, ConditionStatus, ConditionType, STEPS, find};
use vestibule_model::reason::{self, ReasonKind};
use vestibule_model::time::{Millis, Timestamp};

/// Step of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The condition that represents it.
    pub kind: ConditionType,
    /// State.
    pub state: StepState,
    /// Time at which it began: when the previous step was done. `None` if that is not known.
    pub from: Option<Timestamp>,
    /// Time at which it was done; `None`: it is not.
    pub until: Option<Timestamp>,
    /// The condition's reason.
    pub reason: String,
    /// The condition's message.
    pub message: String,
}

/// State of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// An observation shows that it is done. Nothing else makes a step green (FIELD 11).
    Done,
    /// In progress.
    Doing,
    /// Blocked until someone acts, and then continues by itself.
    Blocked,
    /// Failed.
    Failed,
    /// Done, and ended with the run. Conditions alone do not show this: a timeline does.
    Over,
    /// Future step.
    NotYet,
    /// The run ended before this step was reached or done.
    NotReached,
    /// Unknown: a later step is done without an observation of this one, or its status is an
    /// unknown word.
    Unknown,
}

impl Step {
    /// Returns the duration, or the duration until `end`, or `None` if it has not begun.
    pub fn length(&self, end: Timestamp) -> Option<Millis> {
        let until = self.until.unwrap_or(end);
        self.from.map(|from| until.max(from).since(from))
    }
}

/// Returns the steps, from the conditions of a run that was requested at `begin` and whose app
/// first responded at `ready`. `is_over`: the run has ended, and unfinished steps stay so.
pub fn steps(
    conditions: &[Condition],
    begin: Timestamp,
    ready: Option<Timestamp>,
    is_over: bool,
) -> Vec<Step> {
    let last_done = STEPS
        .iter()
        .rposition(|kind| vestibule_model::condition::holds(conditions, kind));
    let mut before = begin;
    let mut is_first_open = true;
    STEPS
        .iter()
        .enumerate()
        .map(|(i, kind)| {
            let condition = find(conditions, kind);
            let later_is_done = last_done.is_some_and(|last| last > i);
            let state = match state(condition, is_first_open, later_is_done, is_over) {
                // A later step is blocked.
                StepState::Doing if only_waits(condition) && is_held(conditions, i) => {
                    StepState::NotYet
                }
                // `Ready` repeats the reason of an earlier step, which is the one to show.
                StepState::Blocked if repeats(conditions, i) => StepState::NotYet,
                StepState::Failed if repeats(conditions, i) => StepState::NotReached,
                state => state,
            };
            let changed = condition.and_then(|c| c.last_transition_time);
            let is_again = changed.zip(ready).is_some_and(|(at, ready)| at > ready);
            let is_lost = is_again || condition.is_some_and(|c| c.reason == reason::PROBE_FAILED);
            let (from, until) = match state {
                // It was done again: conditions do not show when it was lost in between.
                StepState::Done if is_again => (None, changed),
                StepState::Done => (changed.map(|at| before.min(at)), changed),
                // A done step was undone: it counts from there, not from the previous step.
                StepState::Doing | StepState::Blocked if is_first_open => {
                    (Some(changed.filter(|_| is_lost).unwrap_or(before)), None)
                }
                StepState::Blocked => (changed, None),
                _ => (None, None),
            };
            if state == StepState::Done {
                before = changed.map_or(before, |at| before.max(at));
            } else {
                is_first_open &= state == StepState::NotYet;
            }
            Step {
                kind: kind.clone(),
                state,
                from,
                until,
                reason: condition.map_or_else(String::new, |c| c.reason.clone()),
                message: condition.map_or_else(String::new, |c| c.message.clone()),
            }
        })
        .collect()
}

/// Returns `true` if a step was not observed, or waits for another one.
fn only_waits(condition: Option<&Condition>) -> bool {
    condition.is_none_or(|c| c.status == ConditionStatus::Unobserved || reason::is_wait(&c.reason))
}

/// Returns `true` if an earlier step that is not met has the same reason, or this one sums up the
/// earlier ones.
fn repeats(conditions: &[Condition], step: usize) -> bool {
    let open = |kind| find(conditions, kind).filter(|c| !c.is_true());
    let own = open(&STEPS[step]);
    let mut earlier = STEPS[..step].iter().filter_map(open);
    own.is_some_and(|own| {
        earlier.any(|c| c.reason == own.reason || reason::is_summary(&own.reason))
    })
}

/// Returns `true` if a later step waits for someone.
fn is_held(conditions: &[Condition], step: usize) -> bool {
    let later = STEPS[step + 1..]
        .iter()
        .filter_map(|kind| find(conditions, kind));
    later.into_iter().any(|c| {
        let kind = reason::lookup(&c.reason).map(|reason| reason.kind);
        c.status == ConditionStatus::False && kind == Some(ReasonKind::Blocked)
    })
}

fn state(
    condition: Option<&Condition>,
    is_first_open: bool,
    later_is_done: bool,
    is_over: bool,
) -> StepState {
    let observed = condition.filter(|c| c.status != ConditionStatus::Unobserved);
    let Some(condition) = observed else {
        return match (later_is_done, is_over) {
            (true, _) => StepState::Unknown,
            (false, true) => StepState::NotReached,
            (false, false) if is_first_open => StepState::Doing,
            (false, false) => StepState::NotYet,
        };
    };
    let kind = reason::lookup(&condition.reason).map(|reason| reason.kind);
    match (&condition.status, kind) {
        (ConditionStatus::True, _) => StepState::Done,
        (ConditionStatus::Unknown(_) | ConditionStatus::Unobserved, _) => StepState::Unknown,
        (_, Some(ReasonKind::Permanent | ReasonKind::Killed)) => StepState::Failed,
        _ if is_over => StepState::NotReached,
        (_, Some(ReasonKind::Blocked)) => StepState::Blocked,
        _ if is_first_open => StepState::Doing,
        _ => StepState::NotYet,
    }
}
