//! Ends that are no failures.

use super::super::rule::Remedy::StartAgain;
use super::super::rule::{Level, ResolvedBy, Rule, When, rules};

pub(super) const RULES: &[Rule] = rules! {
    "completed-early" Ended You StartAgain { reasons: ["Success"], says: ["before it answered"] }
        "The app ended with exit code 0 before it answered."
        "If its program goes into the background, have it stay in the foreground. The end of its log may say more.";
    "completed" Ended You StartAgain { reasons: ["Success"] }
        "The app finished successfully."
        "Start it again whenever you want.";
    "stop-forced" Ended You StartAgain { reasons: ["UserStopped", "StopForced"], says: ["was killed", "did not stop within"] }
        "A user stopped it. It didn't end in time and was forced to."
        "Start it again whenever you want. Unsaved work may be lost.";
    "user-stopped" Ended You StartAgain { reasons: ["UserStopped", "StopForced"] }
        "A user stopped it."
        "Start it again whenever you want.";
    "idle" Ended You StartAgain { reasons: ["Idle", "IdleTimeout"] }
        "It was stopped because it was idle."
        "Start it again whenever you want. Its folder is as you left it.";
    "terminated-by-itself" Ended You StartAgain { reasons: ["Terminated"], says: ["exit code 143"] }
        "The app ended with exit code 143."
        "Programs end with this code when something asks them to stop, or by their own choice. The end of its log may say more.";
    "terminated" Ended You StartAgain { reasons: ["Terminated"] }
        "Something outside Vestibule stopped the app."
        "Start it again whenever you want.";
    "never-started" Ended You StartAgain { reasons: ["NeverStarted"] }
        "Not started yet."
        "Start it whenever you want.";
};
