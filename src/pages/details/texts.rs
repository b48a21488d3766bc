//! Screen texts of a run's details.

use vestibule_model::condition::ConditionType;

pub const TIMELINE: &str = "Timeline";
pub const LOG: &str = "Log";
pub const LOG_EMPTY: &str = "No output yet.";
pub const CONDITIONS: &str = "Conditions";
pub const ATTEMPTS: &str = "Attempts";
pub const SHOW_EARLIER: &str = "Show earlier attempts";
pub const COPY_DIAGNOSTICS: &str = "Copy diagnostics";
pub const NO_RUN: &str = "There is no attempt yet.";
pub const OPEN_BUILD: &str = "See the build and its log";

/// Returns the name of a condition, as the steps and the timeline show it.
pub fn condition_label(kind: &ConditionType) -> String {
    match kind {
        ConditionType::PvcReady => "Files",
        ConditionType::SecretsReady => "Secrets",
        ConditionType::JobCreated => "Build",
        ConditionType::PodScheduled => "Queue",
        ConditionType::RunnerStarted => "Process",
        ConditionType::Ready => "Ready",
        ConditionType::Completed => "Completed",
        ConditionType::Failed => "Failed",
        ConditionType::Unknown(word) => word,
    }
    .to_owned()
}

/// Returns the link text of a run.
pub fn attempt(number: u64) -> String {
    format!("Attempt {number}")
}

/// Returns how long a start took.
pub fn ready_after(length: &str) -> String {
    format!("ready after {length}")
}

pub mod timeline {
    //! Screen texts of the timeline.

    use super::condition_label;
    use vestibule_client::timeline::rows::{RowSubject, TimelineRow};
    use vestibule_client::timeline::scale::offset_label;
    use vestibule_client::timeline::tracks::TrackSubject;
    use vestibule_client::timeline::{Event, StartEvidence};
    use vestibule_model::condition::ConditionStatus;
    use vestibule_model::duration::humanize;
    use vestibule_model::reason;
    use vestibule_model::transition::{Source, TransitionKind};

    pub const KEYS: &str = "Timeline: arrow keys move, plus and minus zoom";
    pub const ZOOM_IN: &str = "Zoom in";
    pub const ZOOM_OUT: &str = "Zoom out";
    pub const SHOW_ALL: &str = "Show all";
    pub const AS_TABLE: &str = "As a table";
    pub const TABLE: &str = "The timeline as a table";
    pub const FLAPS: &str = "Changed back and forth this many times";

    /// Returns how much time is unaccounted for.
    pub fn unaccounted(length: &str) -> String {
        format!("{length} unaccounted for")
    }

    /// Returns how many bars were left out.
    pub fn earlier_in_table(count: usize) -> String {
        format!("{count} earlier ones are in the table")
    }

    /// Returns how many rows were left out.
    pub fn earlier_left_out(count: usize) -> String {
        format!("{count} earlier rows are left out.")
    }

    /// Returns the name of a track.
    pub fn subject(subject: &TrackSubject) -> String {
        match subject {
            TrackSubject::Moments => "Events".to_owned(),
            TrackSubject::Condition(kind) => condition_label(kind),
            TrackSubject::Unexplained => "Unaccounted".to_owned(),
        }
    }

    /// Returns the title of a row.
    pub fn title(row: &TimelineRow) -> String {
        match &row.what {
            RowSubject::Condition { kind, status, .. } => {
                let status = match status {
                    ConditionStatus::True => "yes",
                    ConditionStatus::False => "no",
                    ConditionStatus::Unobserved => "not known",
                    ConditionStatus::Unknown(word) => word,
                };
                format!("{}: {status}", condition_label(kind))
            }
            RowSubject::Marker(TransitionKind::Command) => match row.reason.as_str() {
                "" => "Request".to_owned(),
                other => format!("Requested: {other}"),
            },
            RowSubject::Marker(TransitionKind::Note) => "Note by the app".to_owned(),
            RowSubject::Marker(kind) => kind.as_str().to_owned(),
            RowSubject::Milestone(event) => match event {
                Event::Asked => "Requested",
                Event::Deadline => "Start deadline",
                Event::Ready => "Ready for the first time",
                Event::Ended => "Ended",
            }
            .to_owned(),
            RowSubject::Gap => "The server was down for part of this time".to_owned(),
            RowSubject::Unaccounted => "Unaccounted".to_owned(),
        }
    }

    /// Returns the message of a row, or what its reason means.
    pub fn sentence(row: &TimelineRow) -> &str {
        if row.message.is_empty() && matches!(row.what, RowSubject::Condition { .. }) {
            return reason::lookup(&row.reason).map_or("", |known| known.sentence);
        }
        &row.message
    }

    /// Returns when a row began and how long it lasted.
    pub fn times(row: &TimelineRow) -> String {
        let from = offset_label(row.offset);
        match (row.length, row.is_open) {
            (Some(length), false) => format!("at {from}, for {}", offset_label(length)),
            (Some(length), true) => format!("at {from}, for {} so far", humanize(length)),
            (None, _) => format!("at {from}"),
        }
    }

    /// Returns the source of a row and how reliable it is.
    pub fn evidence(row: &TimelineRow) -> &'static str {
        match (row.evidence, &row.source) {
            (StartEvidence::Recovered, _) => {
                "Found after a server restart; it began some time before."
            }
            (StartEvidence::Inferred, _) => "Inferred from the next entry.",
            (StartEvidence::Moved, _) => {
                "Its time contradicts the journal's order; drawn between its neighbours."
            }
            (StartEvidence::Seen, Some(Source::Observation)) => "Observed by the server.",
            (StartEvidence::Seen, Some(Source::Command)) => "Requested by a person.",
            (StartEvidence::Seen, Some(Source::Run)) => "Reported by the app, not verified.",
            (StartEvidence::Seen, _) => "",
        }
    }

    /// Returns all of a row in one line, as its accessible name.
    pub fn label(row: &TimelineRow) -> String {
        let parts = [title(row), times(row), row.reason.clone()];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(", ")
    }
}
