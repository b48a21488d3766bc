//! How a run ends without having failed.

use super::super::Action::StartAgain;
use super::{Level, Rule, When, Who, rules};

pub(super) const RULES: &[Rule] = rules! {
    "completed" Ended You StartAgain { reasons: ["Success"] }
        "The app ended by itself, successfully."
        "Start it again whenever you want.";
    "stop-forced" Ended You StartAgain { reasons: ["UserStopped", "StopForced"], says: ["was killed", "did not stop within"] }
        "A person stopped it; it did not end in the time it was given, and was forced to."
        "Start it again whenever you want; what it had not saved may be lost.";
    "user-stopped" Ended You StartAgain { reasons: ["UserStopped", "StopForced"] }
        "A person stopped it."
        "Start it again whenever you want.";
    "idle" Ended You StartAgain { reasons: ["Idle", "IdleTimeout"] }
        "It was stopped because nobody used it."
        "Start it again whenever you want; its folder is as you left it.";
    "terminated" Ended You StartAgain { reasons: ["Terminated"] }
        "Something outside Vestibule asked the app to end, and it did."
        "Start it again whenever you want.";
    "never-started" Ended You StartAgain { reasons: ["NeverStarted"] }
        "It has not been started yet."
        "Start it whenever you want.";
};
