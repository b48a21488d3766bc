//! Glyphs of a timeline's tones. Pure.

use crate::ui::MarkKind;
use vestibule_client::timeline::{Tone, tone};
use vestibule_model::condition::Condition;

/// Returns the glyph of a tone.
pub fn mark(tone: Tone) -> MarkKind {
    match tone {
        Tone::Good => MarkKind::Completed,
        Tone::Neutral => MarkKind::Stopped,
        Tone::Working => MarkKind::Working,
        Tone::Waiting => MarkKind::Waiting,
        Tone::Bad => MarkKind::Failed,
        Tone::Pending => MarkKind::Pending,
        Tone::Unknown => MarkKind::Unknown,
    }
}

/// Returns the glyph of a condition. Bad is only what is bad for its type (FIELD 16).
pub fn mark_of(condition: &Condition) -> MarkKind {
    mark(tone(&condition.kind, &condition.status, &condition.reason))
}
