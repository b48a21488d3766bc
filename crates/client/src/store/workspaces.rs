//! The workspaces, as lists, single requests and the stream report them.

use std::collections::{HashMap, VecDeque};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::workspace::Workspace;

/// Number of workspaces whose last event is remembered.
const REMEMBERED: usize = 512;

/// Known workspaces.
#[derive(Debug, Clone, Default)]
pub struct Workspaces {
    known: HashMap<WorkspaceId, Workspace>,
    /// The ids of the last list in its order, or `None` before the first.
    listed: Option<Vec<WorkspaceId>>,
    /// Request number of the last list: responses to earlier ones are dropped (FIELD 3).
    answered: u64,
    /// The newest event about each workspace, the newest last.
    reported: VecDeque<Reported>,
}

#[derive(Debug, Clone)]
struct Reported {
    /// Number of the event.
    seq: u64,
    id: WorkspaceId,
    /// The workspace, or `None` if it was deleted.
    workspace: Option<Workspace>,
    /// The newest request at that time: responses to later ones include the event.
    asked: u64,
}

impl Workspaces {
    /// Returns a workspace, or `None` if it is unknown or deleted.
    pub fn get(&self, id: &WorkspaceId) -> Option<&Workspace> {
        self.known.get(id)
    }

    /// Returns the name of a workspace, also of one known from an event only.
    pub fn name(&self, id: &WorkspaceId) -> Option<&str> {
        let known = self
            .get(id)
            .or_else(|| self.reported(id)?.workspace.as_ref());
        known.map(|known| known.name.as_str())
    }

    /// Returns `true` if the stream reported a workspace as deleted.
    pub fn is_deleted(&self, id: &WorkspaceId) -> bool {
        self.reported(id)
            .is_some_and(|last| last.workspace.is_none())
    }

    /// Returns the workspaces of the list, or `None` before it was read.
    pub fn list(&self) -> Option<Vec<Workspace>> {
        let ids = self.listed.as_ref()?;
        Some(ids.iter().filter_map(|id| self.get(id).cloned()).collect())
    }

    /// Applies an event: a workspace, or `None` if it was deleted. Returns `true` if anything
    /// differs.
    pub fn apply(
        &mut self,
        seq: u64,
        id: WorkspaceId,
        workspace: Option<Workspace>,
        asked: u64,
    ) -> bool {
        if self.reported(&id).is_some_and(|last| last.seq >= seq) {
            return false;
        }
        let has_changed = match (&workspace, self.known.get_mut(&id)) {
            (Some(new), Some(known)) if known == new => false,
            (Some(new), Some(known)) => {
                known.clone_from(new);
                true
            }
            (Some(_), None) => true,
            (None, _) => {
                self.known.remove(&id);
                true
            }
        };
        self.reported.retain(|last| last.id != id);
        if self.reported.len() == REMEMBERED {
            self.reported.pop_front();
        }
        self.reported.push_back(Reported {
            seq,
            id,
            workspace,
            asked,
        });
        has_changed
    }

    /// Applies the response to the request with this number. Returns `true` if anything differs.
    pub fn put(&mut self, mut workspace: Workspace, asked: u64) -> bool {
        if let Some(last) = self
            .reported(&workspace.id)
            .filter(|last| last.asked >= asked)
        {
            // The response may be older than the event.
            match &last.workspace {
                Some(newer) => workspace.clone_from(newer),
                None => return false,
            }
        }
        if self.get(&workspace.id) == Some(&workspace) {
            return false;
        }
        self.known.insert(workspace.id.clone(), workspace);
        true
    }

    /// Applies the list in the response to the request with this number. Returns `true` if anything
    /// differs.
    pub fn answer(&mut self, list: Vec<Workspace>, asked: u64) -> bool {
        if asked < self.answered {
            return false;
        }
        self.answered = asked;
        let ids: Vec<WorkspaceId> = list.iter().map(|workspace| workspace.id.clone()).collect();
        let mut has_changed = self.listed.as_ref() != Some(&ids);
        for workspace in list {
            has_changed |= self.put(workspace, asked);
        }
        self.listed = Some(ids);
        has_changed
    }

    /// Removes a workspace that is not part of the list.
    pub fn evict(&mut self, id: &WorkspaceId) {
        let is_listed = self.listed.iter().flatten().any(|listed| listed == id);
        if !is_listed {
            self.known.remove(id);
        }
    }

    /// Resets the numbers after the server's were reset.
    pub fn clear(&mut self) {
        *self = Self {
            answered: self.answered,
            ..Self::default()
        };
    }

    fn reported(&self, id: &WorkspaceId) -> Option<&Reported> {
        self.reported.iter().find(|last| last.id == *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> WorkspaceId {
        WorkspaceId::new("ws-1")
    }

    fn workspace(name: &str) -> Workspace {
        serde_json::from_value(serde_json::json!({"id": "ws-1", "name": name}))
            .expect("a workspace")
    }

    fn apply(all: &mut Workspaces, seq: u64, name: Option<&str>, asked: u64) -> bool {
        all.apply(seq, id(), name.map(workspace), asked)
    }

    #[test]
    fn an_event_is_applied_once_and_nothing_older_undoes_it() {
        let mut all = Workspaces::default();
        assert!(apply(&mut all, 7, Some("New"), 0));
        assert!(!apply(&mut all, 7, Some("New"), 0), "resumed");
        assert!(!apply(&mut all, 6, Some("Old"), 0));
        assert_eq!(all.name(&id()), Some("New"));
        assert!(apply(&mut all, 8, None, 0));
        assert!(!apply(&mut all, 7, Some("New"), 0));
        assert!(all.is_deleted(&id()) && all.name(&id()).is_none());
    }

    #[test]
    fn every_field_of_an_event_reaches_the_list() {
        let mut all = Workspaces::default();
        assert!(all.answer(vec![workspace("Lab")], 1));
        let mut newer = workspace("Lab");
        newer.updated_at = Some(vestibule_model::time::Timestamp::from_millis(7));
        assert!(all.apply(7, id(), Some(newer.clone()), 2));
        assert_eq!(all.list(), Some(vec![newer.clone()]));
        assert!(!all.put(workspace("Lab"), 2), "asked before the event");
        assert_eq!(all.get(&id()), Some(&newer));
    }

    #[test]
    fn field_3_older_response_does_not_undo_an_event() {
        let mut all = Workspaces::default();
        let asked = 1;
        assert!(all.answer(vec![workspace("Lab")], asked));
        assert!(!all.answer(vec![workspace("Lab")], asked), "FIELD 26");
        apply(&mut all, 7, Some("Library"), 2);
        assert!(!all.put(workspace("Lab"), 2), "asked before the event");
        assert_eq!(all.name(&id()), Some("Library"));
        assert!(all.put(workspace("Loft"), 3));
        assert!(!all.answer(Vec::new(), 0), "overtaken");
        apply(&mut all, 9, None, 3);
        assert!(!all.put(workspace("Loft"), 3), "it is gone");
        assert_eq!(all.list(), Some(Vec::new()));
    }
}
