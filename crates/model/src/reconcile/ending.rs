//! Reconciliation of a run's end.

use super::Step;
use crate::condition::{ConditionStatus, ConditionType};
use crate::observed::{Exit, Runner};
use crate::phase::StopState;
use crate::reason;
use crate::time::Timestamp;

/// Default number of restarts after which a crash counts as permanent.
pub const MOST_RESTARTS: u32 = 3;

const SIGTERM: i32 = 15;

impl Step<'_> {
    /// Handles a process that ended without a command, after so many restarts.
    pub(super) fn end(&mut self, how: &Exit, at: Timestamp, restarts: u32) {
        self.exit_code = exit_code(how);
        // An app that has answered found what it needs.
        let hidden = self.observed.hidden.as_deref();
        let hidden = hidden.filter(|_| self.status.ready_time.is_none());
        let quoting = |message: &str| match hidden {
            Some(hidden) => format!("{} {hidden}", quoting(message, self.last_line())),
            None => quoting(message, self.last_line()),
        };
        match how {
            Exit::Code(0) => self.complete(at),
            // A cluster starts it again after every code but 0.
            Exit::Code(1 | 2) if restarts >= MOST_RESTARTS => self.crashed_again(restarts, how, at),
            Exit::Code(1) => {
                let message = quoting(reason::sentence(reason::SDK_ERROR));
                self.fail(reason::SDK_ERROR, &message, at);
            }
            Exit::Code(2) => {
                let message = quoting(reason::sentence(reason::PREREQUISITE_FAILED));
                self.fail(reason::PREREQUISITE_FAILED, &message, at);
            }
            // Also a program's own choice: nothing was seen that asked it to stop.
            Exit::Code(143) => self.terminated(at, "The app ended with exit code 143."),
            Exit::Signal(SIGTERM) => self.terminated(at, ""),
            Exit::Code(_) | Exit::Signal(_) if restarts > 0 => {
                self.crashed_again(restarts, how, at);
            }
            Exit::Code(_) | Exit::Signal(_) => {
                let message = quoting(&format!("The app stopped {}.", how.described()));
                self.fail(reason::EXIT_CODE, &message, at);
            }
            Exit::NotFound(what) => self.fail(reason::PROGRAM_NOT_FOUND, what, at),
            Exit::StartError(why) => self.fail(reason::START_ERROR, why, at),
            Exit::OutOfMemory(why) => self.fail(reason::OOM_KILLED, why, at),
            Exit::Evicted(why) => self.fail(reason::EVICTED, why, at),
            Exit::Preempted(why) => self.fail(reason::PREEMPTED, why, at),
            Exit::NodeLost(why) => self.fail(reason::NODE_LOST, why, at),
            Exit::Deleted(why) => self.terminated(at, why),
            Exit::TimedOut(why) => self.fail(reason::TIMEOUT, why, at),
            Exit::Lost => self.fail(reason::LOST, "", at),
        }
    }

    fn last_line(&self) -> Option<&str> {
        match &self.observed.runner {
            Runner::Exited { last_line, .. } => last_line.as_deref(),
            _ => None,
        }
    }

    fn crashed_again(&mut self, restarts: u32, how: &Exit, at: Timestamp) {
        let message = quoting(&given_up(restarts, how), self.last_line());
        self.fail(reason::CRASH_LOOP_BACK_OFF, &message, at);
    }

    fn complete(&mut self, at: Timestamp) {
        // A program that goes into the background ends like this, and nothing of it is left.
        let message = match self.status.ready_time {
            None => "The app ended with exit code 0 before it answered for the first time.",
            Some(_) => "",
        };
        self.not_running(reason::SUCCESS, message);
        self.recorder.set(
            ConditionType::Completed,
            ConditionStatus::True,
            reason::SUCCESS,
            message,
        );
        self.status.completion_time.get_or_insert(at);
    }

    fn terminated(&mut self, at: Timestamp, message: &str) {
        self.stop = StopState::Done;
        self.not_running(reason::TERMINATED, message);
        self.status.stopped_reason = Some(reason::TERMINATED.to_owned());
        self.status.completion_time.get_or_insert(at);
    }
}

/// Words of lines that tell an error. Other last lines, such as a greeting, explain nothing.
const ERROR_WORDS: [&str; 18] = [
    "error",
    "exception",
    "fail",
    "fatal",
    "panic",
    "traceback",
    "cannot",
    "can't",
    "couldn't",
    "not ",
    "no ",
    "denied",
    "refused",
    "missing",
    "invalid",
    "unable",
    "required",
    "wrong",
];

/// Adds the line of the output that says most about a failure, if it tells one.
fn quoting(message: &str, line: Option<&str>) -> String {
    let tells = |line: &&str| {
        let line = line.to_lowercase();
        ERROR_WORDS.iter().any(|word| line.contains(word))
    };
    match line.filter(tells) {
        // A sentence brings its own full stop.
        Some(line) if line.ends_with(['.', '!', '?']) => {
            format!("{message} From the end of its output: \u{201c}{line}\u{201d}")
        }
        Some(line) => format!("{message} From the end of its output: \u{201c}{line}\u{201d}."),
        None => message.to_owned(),
    }
}

/// Returns the message about an app that crashed too often.
pub(super) fn given_up(restarts: u32, how: &Exit) -> String {
    format!(
        "The app stopped {} times, the last time {}; it is not started again.",
        restarts.saturating_add(1),
        how.described()
    )
}

/// Returns the exit code as a shell reports it.
pub(super) fn exit_code(how: &Exit) -> Option<i32> {
    match how {
        Exit::Code(code) => Some(*code),
        Exit::Signal(signal) => Some(128 + signal),
        // Memory limits are enforced by SIGKILL.
        Exit::OutOfMemory(_) => Some(137),
        Exit::Evicted(_)
        | Exit::Preempted(_)
        | Exit::NodeLost(_)
        | Exit::Deleted(_)
        | Exit::NotFound(_)
        | Exit::StartError(_)
        | Exit::TimedOut(_)
        | Exit::Lost => None,
    }
}

impl Exit {
    /// Returns `true` if the app crashed, and a restart may help. Exit codes 0, 1, 2 and 143 are
    /// deliberate.
    pub fn is_crash(&self) -> bool {
        match self {
            Self::Code(code) => !matches!(code, 0 | 1 | 2 | 143),
            Self::Signal(signal) => *signal != SIGTERM,
            Self::NotFound(_)
            | Self::StartError(_)
            | Self::OutOfMemory(_)
            | Self::Evicted(_)
            | Self::Preempted(_)
            | Self::NodeLost(_)
            | Self::Deleted(_)
            | Self::TimedOut(_)
            | Self::Lost => false,
        }
    }

    /// Returns the kind of the end, to follow "stopped".
    pub fn described(&self) -> String {
        match self {
            Self::Code(code) => format!("with exit code {code}"),
            Self::Signal(signal) => {
                format!("by signal {signal} (exit code {})", 128 + signal)
            }
            Self::OutOfMemory(_) => "for lack of memory".to_owned(),
            Self::Evicted(_) => "to free the machine".to_owned(),
            Self::Preempted(_) => "to make room".to_owned(),
            Self::NodeLost(_) => "with its machine".to_owned(),
            Self::Deleted(_) => "from outside Vestibule".to_owned(),
            Self::NotFound(_) | Self::StartError(_) => "before it began".to_owned(),
            Self::TimedOut(_) => "at its time limit".to_owned(),
            Self::Lost => "unseen".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In use: "From the end of its output: “hello”" stood as the cause of a failure.
    #[test]
    fn only_a_line_that_tells_an_error_is_quoted() {
        assert_eq!(quoting("It stopped.", Some("hello")), "It stopped.");
        assert_eq!(
            quoting("It stopped.", Some("ValueError: x")),
            "It stopped. From the end of its output: \u{201c}ValueError: x\u{201d}."
        );
    }
}
