//! A run: one start attempt of a workbench.

use crate::ids::{BuildId, RunId, UserId, WorkbenchId, WorkspaceId};
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::phase::Phase;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

open_enum!(
    /// Where a run is.
    RunStatus {
        /// Asked for, not usable yet.
        Pending = "pending",
        /// The app's process is up.
        Running = "running",
        /// It is to stop, and is still there.
        Stopping = "stopping",
        /// It was stopped.
        Stopped = "stopped",
        /// It ended by itself and successfully.
        Succeeded = "succeeded",
        /// It ended without success.
        Failed = "failed",
    }
);

impl RunStatus {
    /// Returns the run's word for its workbench's phase.
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
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The run.
    pub id: RunId,
    /// Its workbench.
    pub workbench_id: WorkbenchId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The workspace again, by the name older clients know.
    pub project_id: WorkspaceId,
    /// Counted per workbench, from 1.
    pub number: u64,
    /// Where it is.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: RunStatus,
    /// The reason it ended as it did, or, while it is to start, what keeps it from that; see
    /// [`crate::reason`].
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub cause: Option<String>,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When the app first answered its probe.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub ready_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub finished_at: Option<Timestamp>,
    /// With what exit code, where there was one.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub exit_code: Option<i32>,
    /// The newest journal entry's number.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_seq: u64,
    /// What people call its workbench.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub name: Option<String>,
    /// The catalogue entry that its workbench runs.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub app: Option<String>,
    /// Who asked for it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub started_by: Option<UserId>,
    /// What people call whoever asked for it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub started_by_name: Option<String>,
    /// The build that it waited for, or waits for.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub build_id: Option<BuildId>,
    /// Whether the person who asks has taken note of how it ended.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub acknowledged: bool,
}

impl Run {
    /// Returns the key under which it is acknowledged and shown among other jobs.
    pub fn key(&self) -> String {
        ["run:", self.id.as_str()].concat()
    }
}

/// `GET /api/runs/{id}/log`: the end of the process's output.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunLog {
    /// The text; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// How many bytes came before it and are not shown. Who asked for what comes after so many bytes
    /// and finds another number here has missed some: this text stands for itself.
    pub skipped_bytes: u64,
    /// How many bytes of output there are up to its end: what to ask for next.
    pub ends_at: u64,
}

/// Number of bytes of a growing output that a follower keeps.
const FOLLOWED_BYTES: usize = 256 * 1024;

impl RunLog {
    /// Takes in what was asked for after its end; says whether anything is other than before.
    pub fn follow(&mut self, news: Self) -> bool {
        if self.ends_at == 0 || news.skipped_bytes != self.ends_at {
            let is_new = *self != news;
            *self = news;
            return is_new;
        }
        self.text.push_str(&news.text);
        self.ends_at = news.ends_at;
        if let Some(most) = self.text.len().checked_sub(FOLLOWED_BYTES) {
            // Whole lines go; where there is none, whole characters.
            let line = self.text.as_bytes()[most..]
                .iter()
                .position(|b| *b == b'\n');
            let cut = line.map_or(self.text.ceil_char_boundary(most), |at| most + at + 1);
            self.text.drain(..cut);
            self.skipped_bytes = self.ends_at.saturating_sub(self.text.len() as u64);
        }
        !news.text.is_empty()
    }

    /// Returns what of it came after so many bytes; all of it, where that is not known.
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
        // Where bytes were replaced, places in the text are not places in the output.
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
    fn who_follows_a_log_loses_nothing_and_keeps_no_more_than_enough() {
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
        // Some of it was missed, or it is another output: the answer stands for itself.
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
    fn a_kept_log_is_cut_only_where_its_bytes_are_known() {
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
