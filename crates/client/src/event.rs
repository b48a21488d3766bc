//! The events of the server's stream, parsed.

use serde::de::DeserializeOwned;
use vestibule_model::lenient;
use vestibule_model::stream::{
    Acknowledged, BuildRemoved, BuildUpdate, JournalEntry, RunRemoved, RunUpdate, Snapshot,
    TabUpdate, WorkbenchRemoved, WorkbenchUpdate, WorkspaceRemoved, WorkspaceUpdate,
};

/// An event of the stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The runs that are active or ended recently. Authoritative: other runs of that age are gone.
    Snapshot(Snapshot),
    /// A run changed.
    RunUpdate(Box<RunUpdate>),
    /// A run was removed.
    RunRemoved(RunRemoved),
    /// A workbench was created or changed.
    WorkbenchUpdate(WorkbenchUpdate),
    /// A workbench was deleted.
    WorkbenchRemoved(WorkbenchRemoved),
    /// A workspace was created or changed.
    WorkspaceUpdate(Box<WorkspaceUpdate>),
    /// A workspace was deleted.
    WorkspaceRemoved(WorkspaceRemoved),
    /// A journal entry was written.
    Transition(Box<JournalEntry>),
    /// A build changed.
    BuildUpdate(Box<BuildUpdate>),
    /// A build was removed.
    BuildRemoved(BuildRemoved),
    /// A tab was opened, changed or closed.
    TabUpdate(Box<TabUpdate>),
    /// The user acknowledged jobs, perhaps on another device.
    Acknowledged(Acknowledged),
}

/// The names of the events that [`Event::parse`] knows.
pub const EVENT_NAMES: [&str; 12] = [
    "snapshot",
    "run-update",
    "run-removed",
    "workbench-update",
    "workbench-removed",
    "workspace-update",
    "workspace-removed",
    "transition",
    "build-update",
    "build-removed",
    "tab-update",
    "acknowledged",
];

impl Event {
    /// Parses an event, or returns `None` for heartbeats, unknown names and unreadable bodies.
    pub fn parse(name: &str, body: &str) -> Option<Self> {
        Some(match name {
            "snapshot" => Self::Snapshot(read(body)?),
            "run-update" => Self::RunUpdate(read(body)?),
            "run-removed" => Self::RunRemoved(read(body)?),
            "workbench-update" => Self::WorkbenchUpdate(read(body)?),
            "workbench-removed" => Self::WorkbenchRemoved(read(body)?),
            "workspace-update" => Self::WorkspaceUpdate(read(body)?),
            "workspace-removed" => Self::WorkspaceRemoved(read(body)?),
            "transition" => Self::Transition(read(body)?),
            "build-update" => Self::BuildUpdate(read(body)?),
            "build-removed" => Self::BuildRemoved(read(body)?),
            "tab-update" => Self::TabUpdate(read(body)?),
            "acknowledged" => Self::Acknowledged(read(body)?),
            _ => return None,
        })
    }

    /// Returns the number of the event.
    pub fn seq(&self) -> u64 {
        match self {
            Self::Snapshot(event) => event.seq,
            Self::RunUpdate(event) => event.seq,
            Self::RunRemoved(event) => event.seq,
            Self::WorkbenchUpdate(event) => event.seq,
            Self::WorkbenchRemoved(event) => event.seq,
            Self::WorkspaceUpdate(event) => event.seq,
            Self::WorkspaceRemoved(event) => event.seq,
            Self::Transition(event) => event.seq,
            Self::BuildUpdate(event) => event.seq,
            Self::BuildRemoved(event) => event.seq,
            Self::TabUpdate(event) => event.seq,
            Self::Acknowledged(event) => event.seq,
        }
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Option<T> {
    lenient::parse(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_7_an_unreadable_event_is_dropped_and_unreadable_fields_are_defaults() {
        assert_eq!(Event::parse("run-update", "{"), None);
        assert_eq!(Event::parse("heartbeat", r#"{"serverTime":"?"}"#), None);
        assert_eq!(Event::parse("something-new", "{}"), None);
        let words = r#"{"seq":3,"id":"wb-1","workspaceId":"ws-1","k8sStatus":null,"phase":"Napping","workbench":7}"#;
        let event = Event::parse("workbench-update", words);
        assert!(
            matches!(&event, Some(Event::WorkbenchUpdate(update)) if update.workbench.is_none()),
            "{event:?}"
        );
        let event = Event::parse("snapshot", r#"{"seq":3,"runs":[7,{"id":"run-1"}]}"#);
        let empty = Snapshot {
            seq: 3,
            runs: Vec::new(),
        };
        assert_eq!(event, Some(Event::Snapshot(empty)));
    }

    #[test]
    fn workspace_events_are_read_with_unknown_fields_and_dropped_without_an_id() {
        let body = r#"{"seq":7,"workspace":{"id":"ws-1","name":"New","colour":["newer"]}}"#;
        let Some(Event::WorkspaceUpdate(update)) = Event::parse("workspace-update", body) else {
            panic!("an update");
        };
        assert_eq!((update.seq, update.workspace.name.as_str()), (7, "New"));
        let removed = Event::parse("workspace-removed", r#"{"seq":7,"id":"ws-1"}"#);
        assert!(matches!(removed, Some(Event::WorkspaceRemoved(_))));
        for name in ["workspace-update", "workspace-removed", "workspace-moved"] {
            assert_eq!(Event::parse(name, r#"{"seq":7}"#), None, "{name}");
        }
    }
}
