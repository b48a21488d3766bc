//! A tab: one view of a workbench, and for terminals and agents a session inside its run.
//!
//! A tab is there as soon as its creation is stored, whatever the workbench does. It becomes ready
//! by [`reconcile`] alone, which is called again with each observation.

pub mod attachment;
pub mod queue;
pub mod reconcile;
pub mod transcript;
pub mod typed;

use crate::ids::{TabId, UserId, WorkbenchId, WorkspaceId};
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest number of open tabs of a workbench.
pub const MAX_OPEN: usize = 50;

/// Longest title, in characters.
pub const MAX_TITLE: usize = 100;

/// Longest wait for a workbench of which nothing changes. A workbench has deadlines of its own,
/// and a build may queue for long, so this only ends a wait that nothing else ends.
pub const PROVISION_WITHIN: Millis = Millis(15 * 60 * 1000);
/// Stage of a tab whose workbench does not run yet.
pub const PREPARING: &str = "Preparing environment";

open_enum!(
    /// Kind of a tab.
    TabKind {
        /// The app's own screen.
        App = "app",
        /// A shell in the workbench's folder.
        Terminal = "terminal",
        /// Messages to the app's agent command, and its answers.
        Agent = "agent",
        /// The log of the current run.
        Log = "log",
    }
);

impl TabKind {
    /// Returns `true` if a tab of this kind has a session inside the run.
    pub fn has_session(&self) -> bool {
        matches!(self, Self::Terminal | Self::Agent)
    }
}

open_enum!(
    /// State of a tab.
    TabState {
        /// The workbench does not run yet.
        PendingProvision = "pending_provision",
        /// The workbench runs; the session is being created.
        PendingSessionCreate = "pending_session_create",
        /// The tab can be used.
        Ready = "ready",
        /// The tab cannot be used until a user acts.
        Error = "error",
    }
);

impl TabState {
    /// Returns `true` if it changes by itself.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::PendingProvision | Self::PendingSessionCreate)
    }
}

open_enum!(
    /// Reason of the state [`TabState::Error`].
    TabErrorReason {
        /// The workbench is stopped.
        WorkbenchStopped = "WorkbenchStopped",
        /// The workbench's run ended by itself, with or without success.
        RunEnded = "RunEnded",
        /// The workbench is deleted.
        WorkbenchDeleted = "WorkbenchDeleted",
        /// The workbench has not changed for too long.
        ProvisionTimeout = "ProvisionTimeout",
        /// The session could not be created.
        SessionRefused = "SessionRefused",
        /// The session was not created in time.
        SessionTimeout = "SessionTimeout",
        /// The session ended, for example because the shell was left.
        SessionEnded = "SessionEnded",
        /// The run cannot have sessions: an earlier version started it.
        NotSupported = "NotSupported",
    }
);

impl TabErrorReason {
    /// Returns `true` if the tab recovers when the workbench runs again. The others need a retry.
    pub fn is_of_workbench(&self) -> bool {
        matches!(
            self,
            Self::WorkbenchStopped | Self::RunEnded | Self::ProvisionTimeout | Self::NotSupported
        )
    }
}

/// A tab as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tab {
    /// Identifier, which the client made. It is also the name of the session.
    pub id: TabId,
    /// The workbench.
    pub workbench_id: WorkbenchId,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Kind.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub kind: TabKind,
    /// Title.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// Place among the workbench's tabs: smaller numbers stand further left.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub position: i64,
    /// Number of its last change, which only grows; 0: unknown.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_seq: u64,
    /// State.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub state: TabState,
    /// Sentence that says what happens now; empty if the tab is ready.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub stage: String,
    /// Number of attempts to create the session since the last retry.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub attempt: u32,
    /// Time at which the state began.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub state_since: Option<Timestamp>,
    /// Time at which a pending state becomes an error; `None` in the other states.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub deadline: Option<Timestamp>,
    /// Error, or `None` in the other states.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub error: Option<TabError>,
    /// Number of the run in which the session is, or is being created; `None`: in none.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub run_number: Option<u64>,
    /// Identifier of the user who opened it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub created_by: Option<UserId>,
    /// Identifier of the user to whom it belongs: who opened it, or the workbench's creator once that user is
    /// gone.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub owner: Option<UserId>,
    /// Name of that user.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub owner_name: Option<String>,
    /// `true` if a terminal is not its owner's alone.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub shared: bool,
    /// Time of its creation.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub created_at: Option<Timestamp>,
    /// `true` while an agent has a message that it has not ended.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub busy: bool,
    /// Number of the last event of the transcript at the last begin or end of a turn; 0: none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_event: u64,
    /// Time at which it was closed. A closed tab never becomes ready again.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub closed_at: Option<Timestamp>,
}

/// Error of a tab.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TabError {
    /// Reason.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub reason: TabErrorReason,
    /// Sentence that says what happened, and what to do.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub message: String,
}

impl Tab {
    /// Returns a new tab, which waits for its workbench.
    pub fn new(
        id: TabId,
        (workspace_id, workbench_id): (WorkspaceId, WorkbenchId),
        kind: TabKind,
        title: String,
        now: Timestamp,
    ) -> Self {
        let mut tab = Self {
            id,
            workbench_id,
            workspace_id,
            kind,
            title,
            position: 0,
            last_seq: 0,
            state: TabState::PendingProvision,
            stage: String::new(),
            attempt: 0,
            state_since: None,
            deadline: None,
            error: None,
            run_number: None,
            created_by: None,
            owner: None,
            owner_name: None,
            shared: false,
            created_at: Some(now),
            busy: false,
            last_event: 0,
            closed_at: None,
        };
        tab.retry(now);
        tab
    }

    /// Returns `true` until the tab is closed.
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// Returns `true` if only its owner may see into it and act on it.
    pub fn is_private(&self) -> bool {
        self.kind == TabKind::Terminal && !self.shared
    }

    /// Returns `true` if a user who may open the workbench may see into the tab.
    pub fn admits(&self, user: &UserId) -> bool {
        !self.is_private() || self.owner.as_ref() == Some(user)
    }

    /// Waits for the workbench again, with the same identifier. A closed tab stays closed.
    pub fn retry(&mut self, now: Timestamp) {
        if self.is_open() {
            self.attempt = 0;
            self.run_number = None;
            self.enter(TabState::PendingProvision, now);
            self.stage = PREPARING.to_owned();
            self.deadline = Some(now + PROVISION_WITHIN);
        }
    }

    /// Closes the tab. Closing it again changes nothing.
    pub fn close(&mut self, now: Timestamp) {
        self.closed_at.get_or_insert(now);
    }

    /// Enters a state. Nothing of the state before stays but attempts and the run.
    fn enter(&mut self, state: TabState, now: Timestamp) {
        self.state = state;
        self.state_since = Some(now);
        self.deadline = None;
        self.error = None;
        self.stage = String::new();
    }
}

/// Returns a title for a new tab that none of the tabs has: "Terminal", then "Terminal 2".
pub fn free_title(tabs: &[Tab], title: &str) -> String {
    let is_free = |title: &String| tabs.iter().all(|tab| tab.title != *title);
    let numbered = (2..).map(|number| format!("{title} {number}"));
    let mut titles = std::iter::once(title.to_owned()).chain(numbered);
    // There is one among as many as there are tabs, and one more.
    titles.find(is_free).unwrap_or_default()
}

/// Response of `GET /api/workbenches/{id}/tabs`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TabList {
    /// The open tabs, from left to right.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub items: Vec<Tab>,
    /// Number of the last event that the user has seen, by tab; absent: none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub seen: BTreeMap<TabId, u64>,
}

/// User whose window shows a tab now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentUser {
    /// The user.
    pub id: UserId,
    /// Name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
}

/// Body of `PUT /api/tabs/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTab {
    /// The workbench.
    pub workbench_id: WorkbenchId,
    /// Kind.
    pub kind: TabKind,
    /// Title; empty: one is made from the kind.
    #[serde(default)]
    pub title: String,
}

/// Body of `PATCH /api/tabs/{id}`. A missing field stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TabPatch {
    /// New title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The tab after which it is to stand; null: it becomes the first.
    #[serde(
        default,
        deserialize_with = "crate::lenient::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub after: Option<Option<TabId>>,
    /// Whether a terminal is shared with all who may open the workbench. Its owner decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<bool>,
}
