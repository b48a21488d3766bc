//! What the parts of a timeline are called. Pure.

use crate::ui::MarkKind;
use crate::workbench::reading::condition_label;
use vestibule_model::condition::ConditionStatus;
use vestibule_model::duration::humanize;
use vestibule_model::reason;
use vestibule_model::timeline::rows::{Row, What};
use vestibule_model::timeline::scale::offset_label;
use vestibule_model::timeline::tracks::Subject;
use vestibule_model::timeline::{Event, Evidence, Tone};
use vestibule_model::transition::{Source, TransitionKind};

/// What a track is called.
pub fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Moments => "Moments".to_owned(),
        Subject::Condition(kind) => condition_label(kind),
        Subject::Unexplained => "Unaccounted".to_owned(),
    }
}

/// What a row tells of.
pub fn title(row: &Row) -> String {
    match &row.what {
        What::Condition { kind, status, .. } => {
            let status = match status {
                ConditionStatus::True => "yes",
                ConditionStatus::False => "no",
                ConditionStatus::Unobserved => "not known",
                ConditionStatus::Unknown(word) => word,
            };
            [&condition_label(kind), ": ", status].concat()
        }
        What::Marker(TransitionKind::Wish) => match row.reason.as_str() {
            "" => "A wish".to_owned(),
            wish => ["Asked for: ", wish].concat(),
        },
        What::Marker(TransitionKind::Note) => "The app says".to_owned(),
        What::Marker(kind) => kind.as_str().to_owned(),
        What::Milestone(event) => match event {
            Event::Asked => "Asked for",
            Event::Deadline => "Limit of the start",
            Event::Ready => "Ready for the first time",
            Event::Ended => "Ended",
        }
        .to_owned(),
        What::Gap => "The server was away for some of this time".to_owned(),
        What::Unaccounted => "Nothing says what this time was spent on".to_owned(),
    }
}

/// The sentence about a row: its message, or what its reason means.
pub fn sentence(row: &Row) -> &str {
    if row.message.is_empty() && matches!(row.what, What::Condition { .. }) {
        return reason::lookup(&row.reason).map_or("", |known| known.sentence);
    }
    &row.message
}

/// When it began and how long it lasted.
pub fn times(row: &Row) -> String {
    let from = ["at ", &offset_label(row.offset)].concat();
    match (row.length, row.lasts) {
        (Some(length), false) => [&from, ", for ", &offset_label(length)].concat(),
        (Some(length), true) => [&from, ", for ", &humanize(length), " so far"].concat(),
        (None, _) => from,
    }
}

/// Who says so, and how far it can be trusted.
pub fn evidence(row: &Row) -> &'static str {
    match (row.evidence, &row.source) {
        (Evidence::Recovered, _) => {
            "Found after a restart of the server; it began at some time before."
        }
        (Evidence::Inferred, _) => "No entry says so: the next one names it as what was before.",
        (Evidence::Moved, _) => {
            "Its time contradicts the order of the journal; drawn between its neighbours."
        }
        (Evidence::Seen, Some(Source::Observation)) => "Seen by the server.",
        (Evidence::Seen, Some(Source::Wish)) => "A person asked for it.",
        (Evidence::Seen, Some(Source::Run)) => "The app says so itself; nobody has checked it.",
        (Evidence::Seen, _) => "",
    }
}

/// All of it in one line, for those who hear it.
pub fn label(row: &Row) -> String {
    let parts = [title(row), times(row), row.reason.clone()];
    let said = parts.iter().filter(|part| !part.is_empty());
    said.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The glyph of a tone.
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
