//! A failure that the monkey has seen.

use crate::monkey::tree::without_digits;
use std::fmt;

/// Kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The console shows its page after a panic.
    Crash,
    /// An exception or a rejected promise that nothing handled.
    PageError,
    /// An error in the browser's console, or an answer 500.
    Console,
    /// A violation that axe-core found.
    Axe,
    /// A control that did nothing and said nothing.
    DeadControl,
    /// The page says something else than the API.
    Disagreement,
    /// Content moved without an action.
    LayoutShift,
    /// The focus was on `<body>` after an action.
    LostFocus,
    /// More requests than the cadence.
    RequestRate,
    /// Text that no person wrote: `undefined`, `NaN`, or no text at all.
    OddText,
}

impl Kind {
    /// Returns `true` if the page can't be used after it.
    pub fn ends_the_page(self) -> bool {
        matches!(self, Self::Crash)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crash => "crash page",
            Self::PageError => "page error",
            Self::Console => "console error",
            Self::Axe => "axe violation",
            Self::DeadControl => "control without effect",
            Self::Disagreement => "page and API disagree",
            Self::LayoutShift => "layout shift",
            Self::LostFocus => "focus on <body>",
            Self::RequestRate => "request rate",
            Self::OddText => "odd text",
        })
    }
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Kind.
    pub kind: Kind,
    /// What distinguishes it from others of its kind, such as page and control.
    pub key: String,
    /// What was seen.
    pub what: String,
}

impl Failure {
    /// Returns a failure; numbers don't distinguish it.
    pub fn new(kind: Kind, key: &str, what: impl Into<String>) -> Self {
        Self {
            kind,
            key: without_digits(key),
            what: what.into(),
        }
    }

    /// Returns `true` if both have the same cause, as far as it can be told.
    pub fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.key == other.key
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.kind, self.what, self.key)
    }
}
