//! A run: one start attempt of a workbench.

use crate::ids::{BuildId, RunId, UserId, WorkbenchId, WorkspaceId};
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::phase::Phase;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

open_enum!(
    /// Status of a run.
    RunStatus {
        /// Requested, not usable yet.
        Pending = "pending",
        /// The app's process is running.
        Running = "running",
        /// Being stopped.
        Stopping = "stopping",
        /// Stopped.
        Stopped = "stopped",
        /// Ended by itself and successfully.
        Succeeded = "succeeded",
        /// Ended without success.
        Failed = "failed",
    }
);

impl RunStatus {
    /// Returns the status for the phase of its workbench.
    pub fn of_phase(phase: &Phase) -> Self {
        match phase {
            Phase::Pending | Phase::Creating => Self::Pending,
            Phase::Running => Self::Running,
            Phase::Stopping => Self::Stopping,
            Phase::Stopped => Self::Stopped,
            Phase::Completed => Self::Succeeded,
            Phase::Failed => Self::Failed,
            Phase::Unknown(word) => Self::Unknown(word.clone()),
        }
    }
}

/// A run as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Identifier.
    pub id: RunId,
    /// The workbench.
    pub workbench_id: WorkbenchId,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The workspace again, by the name that older clients know.
    pub project_id: WorkspaceId,
    /// Number, from 1 for each workbench.
    pub number: u64,
    /// Status.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: RunStatus,
    /// Reason of the end, or, during a start, the obstacle or `Pulling`; see [`crate::reason`].
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub cause: Option<String>,
    /// Message about the cause of the end; empty while the run lasts, and where none is known.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub message: String,
    /// Time of the request.
    pub started_at: Timestamp,
    /// Time of the app's first response to its probe.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub ready_at: Option<Timestamp>,
    /// Time of the end.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub finished_at: Option<Timestamp>,
    /// Exit code, or `None` if it did not end with one.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub exit_code: Option<i32>,
    /// Number of the newest journal entry.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_seq: u64,
    /// Name of the workbench.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub name: Option<String>,
    /// Catalogue entry of the app.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub app: Option<String>,
    /// Identifier of the requesting user.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub started_by: Option<UserId>,
    /// Display name of the requesting user.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub started_by_name: Option<String>,
    /// The build that it waits or waited for.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub build_id: Option<BuildId>,
    /// `true` if the reader has acknowledged the end.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub acknowledged: bool,
}

impl Run {
    /// Returns the key for acknowledgements and lists of jobs.
    pub fn key(&self) -> String {
        ["run:", self.id.as_str()].concat()
    }
}

/// Response of `GET /api/runs/{id}/log`: the end of the process's output.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct RunLog {
    /// The text; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// Number of bytes before the text. A reader who asked for the output after another number has
    /// missed some: the text is complete by itself.
    pub skipped_bytes: u64,
    /// Number of bytes up to the end of the text: the position for the next request.
    pub ends_at: u64,
}

/// Number of bytes of a growing output that a follower keeps.
const FOLLOWED_BYTES: usize = 256 * 1024;

impl RunLog {
    /// Appends the output after its end; returns whether anything has changed.
    pub fn follow(&mut self, update: Self) -> bool {
        if self.ends_at == 0 || update.skipped_bytes != self.ends_at {
            let is_new = *self != update;
            *self = update;
            return is_new;
        }
        self.text.push_str(&update.text);
        self.ends_at = update.ends_at;
        if let Some(most) = self.text.len().checked_sub(FOLLOWED_BYTES) {
            // Removes whole lines, or whole characters if there is no line.
            let line = self.text.as_bytes()[most..]
                .iter()
                .position(|b| *b == b'\n');
            let cut = line.map_or(self.text.ceil_char_boundary(most), |at| most + at + 1);
            self.text.drain(..cut);
            self.skipped_bytes = self.ends_at.saturating_sub(self.text.len() as u64);
        }
        !update.text.is_empty()
    }

    /// Returns the output after so many bytes, or all if that position is not known.
    pub fn after(mut self, after: u64) -> Self {
        if after == 0 {
            return self;
        }
        if after == self.ends_at {
            return Self {
                text: String::new(),
                skipped_bytes: after,
                ends_at: after,
            };
        }
        // If bytes were replaced, positions in the text are not positions in the output.
        let length = self.ends_at.saturating_sub(self.skipped_bytes);
        let cut = after.checked_sub(self.skipped_bytes);
        let cut = cut.and_then(|cut| usize::try_from(cut).ok());
        if let Some(cut) = cut
            && usize::try_from(length) == Ok(self.text.len())
            && self.text.is_char_boundary(cut)
        {
            self.text.drain(..cut);
            self.skipped_bytes = after;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follower_of_a_log_misses_nothing_and_keeps_a_bounded_amount() {
        let log = |text: &str, skipped_bytes: u64| RunLog {
            text: text.to_owned(),
            skipped_bytes,
            ends_at: skipped_bytes + text.len() as u64,
        };
        let mut followed = RunLog::default();
        assert!(!followed.follow(log("", 0)));
        assert!(followed.follow(log("one\n", 0)));
        assert!(followed.follow(log("two\n", 4)));
        assert!(!followed.follow(log("", 8)));
        assert_eq!(followed, log("one\ntwo\n", 0));
        // Some output was missed, or it is another output: the response is complete by itself.
        assert!(followed.follow(log("nine\n", 100)));
        assert_eq!(followed, log("nine\n", 100));
        let line = ["ä".repeat(30).as_str(), "\n"].concat();
        for _ in 0..FOLLOWED_BYTES / line.len() + 100 {
            followed.follow(log(&line, followed.ends_at));
        }
        assert!(followed.text.len() <= FOLLOWED_BYTES);
        assert!(followed.text.starts_with('ä') && followed.text.ends_with('\n'));
        assert_eq!(
            followed.skipped_bytes + followed.text.len() as u64,
            followed.ends_at
        );
    }

    #[test]
    fn log_is_cut_only_at_known_positions() {
        let log = |text: &str, ends_at| RunLog {
            text: text.to_owned(),
            skipped_bytes: 100,
            ends_at,
        };
        let exact = log("aäb", 104);
        let cut = |after| exact.clone().after(after);
        assert_eq!(
            cut(103),
            RunLog {
                text: "b".to_owned(),
                skipped_bytes: 103,
                ends_at: 104
            }
        );
        assert_eq!((cut(104).text.as_str(), cut(104).skipped_bytes), ("", 104));
        for elsewhere in [0, 99, 100, 102, 105, u64::MAX] {
            assert_eq!(cut(elsewhere), exact, "{elsewhere}");
        }
        let replaced = log("a\u{fffd}b", 103);
        assert_eq!(replaced.clone().after(101), replaced);
    }
}
