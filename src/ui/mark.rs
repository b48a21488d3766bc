//! State glyphs. Each meaning has its own shape, so that none depends on colour alone.

use leptos::prelude::*;

/// Meaning of a state glyph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// Usable.
    Ready,
    /// In progress.
    Working,
    /// Waiting for a person.
    Waiting,
    /// Failed.
    Failed,
    /// Stopped.
    Stopped,
    /// Completed.
    Completed,
    /// Unknown.
    Unknown,
    /// Pending step.
    Pending,
}

impl MarkKind {
    /// Returns the value of `data-kind` in the style sheets.
    pub fn as_str(self) -> &'static str {
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

    /// Returns the character for it in plain text.
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

    /// Returns its outline on a 14-unit grid.
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

/// State glyph.
#[component]
pub fn Mark(#[prop(into)] kind: Signal<MarkKind>) -> impl IntoView {
    view! {
        <svg
            class="mark"
            data-kind=move || kind.get().as_str()
            viewBox="0 0 14 14"
            width="0.875rem"
            height="0.875rem"
            aria-hidden="true"
            focusable="false"
        >
            <circle class="mark-ring" cx="7" cy="7" r="5.2" />
            <path d=move || kind.get().outline() />
        </svg>
    }
}
