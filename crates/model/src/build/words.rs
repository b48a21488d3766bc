//! The words of builds: where they and their steps are, and why they ended.

use crate::open_enum;

open_enum!(
    /// Where a build is.
    BuildStatus {
        /// It waits for its turn.
        Pending = "pending",
        /// Its steps are being run.
        Running = "running",
        /// The app is built.
        Succeeded = "succeeded",
        /// It ended without success.
        Failed = "failed",
        /// A person ended it.
        Cancelled = "cancelled",
    }
);

open_enum!(
    /// Where a step of a build is.
    StepStatus {
        /// It waits for those before it.
        Pending = "pending",
        /// It is being run.
        Running = "running",
        /// It ended with exit code 0.
        Succeeded = "succeeded",
        /// It ended otherwise, or could not be run.
        Failed = "failed",
        /// It was ended with its build.
        Cancelled = "cancelled",
        /// It was not needed, or its turn did not come.
        Skipped = "skipped",
    }
);

open_enum!(
    /// Why a build ended as it did.
    BuildReason {
        /// A step ended without success.
        StepFailed = "StepFailed",
        /// The program of a step is not installed.
        StepNotFound = "StepNotFound",
        /// A step could not be started for another reason.
        StepNotStarted = "StepNotStarted",
        /// The disk was full.
        DiskFull = "DiskFull",
        /// The folder of builds cannot be used.
        FolderUnusable = "FolderUnusable",
        /// It took longer than builds may.
        TimedOut = "TimedOut",
        /// The server ended while it ran.
        Interrupted = "Interrupted",
        /// The catalogue has no such app any more, or nothing is to be built for it.
        AppGone = "AppGone",
        /// A person ended it.
        Cancelled = "Cancelled",
        /// Nothing was to be done: the same had been built before.
        Cached = "Cached",
    }
);

impl BuildReason {
    /// Returns what to do about it; empty where nothing is to be done.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::StepFailed => "The build's log tells more; correct what it names and try again.",
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
}
