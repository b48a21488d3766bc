//! The glyphs of state: each meaning has its own shape, so that none is told by colour alone.

use super::live::attr;
use leptos::prelude::*;

/// What a mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// It can be used.
    Ready,
    /// Something is going on.
    Working,
    /// It waits for somebody to do something.
    Waiting,
    /// It ended badly.
    Failed,
    /// It was stopped.
    Stopped,
    /// It ended well.
    Completed,
    /// Nobody can tell.
    Unknown,
    /// Its turn has not come.
    Pending,
}

impl MarkKind {
    /// The word the style sheet knows it by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Completed => "completed",
            Self::Unknown => "unknown",
            Self::Pending => "pending",
        }
    }

    /// The character that stands for it where nothing can be drawn.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Ready => "\u{25cf}",
            Self::Working => "\u{25d0}",
            Self::Waiting => "\u{25b2}",
            Self::Failed => "\u{2715}",
            Self::Stopped => "\u{25a0}",
            Self::Completed => "\u{2713}",
            Self::Unknown => "?",
            Self::Pending => "\u{25cb}",
        }
    }

    /// Its shape, in a box of 14 by 14.
    pub fn outline(self) -> &'static str {
        match self {
            Self::Ready => "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Z",
            Self::Working => "M7 1.8a5.2 5.2 0 0 0 0 10.4Z",
            Self::Waiting => "M7 2 12.6 11.8H1.4Z",
            Self::Failed => "m3 3 8 8M11 3l-8 8",
            Self::Stopped => "M3.2 3.2h7.6v7.6H3.2Z",
            Self::Completed => "m2.4 7.4 3.1 3.1 6.1-6.6",
            Self::Unknown => "M5.2 5.4a1.9 1.9 0 1 1 2.6 1.8c-.6.3-.8.6-.8 1.2M7 10.4v.1",
            Self::Pending => "M7 3.4a3.6 3.6 0 1 1 0 7.2 3.6 3.6 0 0 1 0-7.2Z",
        }
    }
}

/// A state's glyph.
#[component]
pub fn Mark(#[prop(into)] kind: Signal<MarkKind>) -> impl IntoView {
    view! {
        <svg
            class="mark"
            data-kind=attr(move || kind.get().word())
            viewBox="0 0 14 14"
            width="14"
            height="14"
            aria-hidden="true"
            focusable="false"
        >
            <circle class="mark-ring" cx="7" cy="7" r="5.2" />
            <path d=attr(move || kind.get().outline()) />
        </svg>
    }
    .into_any()
}
