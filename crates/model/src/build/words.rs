//! Wire words of builds: status of a build and of a step, and reason of the end.

use crate::open_enum;

open_enum!(
    /// Status of a build.
    BuildStatus {
        /// Waits in the queue.
        Pending = "pending",
        /// Runs its steps.
        Running = "running",
        /// The app is built.
        Succeeded = "succeeded",
        /// Ended without success.
        Failed = "failed",
        /// Cancelled by a user.
        Cancelled = "cancelled",
    }
);

open_enum!(
    /// Status of a build's step.
    StepStatus {
        /// Waits for earlier steps.
        Pending = "pending",
        /// Runs.
        Running = "running",
        /// Ended with exit code 0.
        Succeeded = "succeeded",
        /// Ended otherwise, or could not run.
        Failed = "failed",
        /// Cancelled with its build.
        Cancelled = "cancelled",
        /// Skipped step: unneeded or unreached.
        Skipped = "skipped",
    }
);

open_enum!(
    /// Reason of a build's end.
    BuildReason {
        /// A step ended without success.
        StepFailed = "StepFailed",
        /// The program of a step is not installed.
        StepNotFound = "StepNotFound",
        /// A step could not start for another reason.
        StepNotStarted = "StepNotStarted",
        /// The disk was full.
        DiskFull = "DiskFull",
        /// The folder of builds cannot be used.
        FolderUnusable = "FolderUnusable",
        /// The build exceeded its time limit.
        TimedOut = "TimedOut",
        /// The server ended while the build ran.
        Interrupted = "Interrupted",
        /// The catalogue has no such app any more, or no build steps for it.
        AppGone = "AppGone",
        /// A user cancelled it.
        Cancelled = "Cancelled",
        /// The same content was built before.
        Cached = "Cached",
    }
);

impl BuildReason {
    /// Returns the remedy; empty if there is none.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::StepFailed => "The build's log has more.",
            Self::StepNotFound => {
                "An administrator can install it on this machine; then try again."
            }
            Self::StepNotStarted | Self::FolderUnusable => {
                "An administrator can look at the server's log; then try again."
            }
            Self::DiskFull => "Free some space, or ask an administrator to; then try again.",
            Self::TimedOut => {
                "Try again; if it comes back, an administrator can allow builds more time."
            }
            Self::Interrupted | Self::Cancelled => "Try again when you want it built.",
            Self::AppGone => "Choose another app, or ask an administrator to bring it back.",
            Self::Cached | Self::Unknown(_) => "",
        }
    }

    /// Returns the remedy for a reader who is an administrator; empty if there is none.
    pub fn administrator_advice(&self) -> &'static str {
        match self {
            Self::StepNotFound => "Install it on this machine, then try again.",
            Self::StepNotStarted | Self::FolderUnusable => {
                "Check the server's log, then try again."
            }
            Self::DiskFull => "Free some space, then try again.",
            Self::TimedOut => "Try again. If it comes back, allow builds more time.",
            Self::AppGone => "Choose another app, or bring it back into the catalogue.",
            _ => self.advice(),
        }
    }
}
