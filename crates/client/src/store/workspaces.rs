//! The workspaces, as lists, single requests and the stream report them.

use std::collections::{HashMap, VecDeque};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::stream::WorkspaceNews;
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
    news: WorkspaceNews,
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
        let known = self.get(id).map(|known| known.name.as_str());
        known.or_else(|| self.reported(id)?.news.name.as_deref())
    }

    /// Returns whether the stream reported a workspace as deleted.
    pub fn is_deleted(&self, id: &WorkspaceId) -> bool {
        self.reported(id)
            .is_some_and(|last| last.news.name.is_none())
    }

    /// Returns the workspaces of the list, or `None` before it was read.
    pub fn list(&self) -> Option<Vec<Workspace>> {
        let ids = self.listed.as_ref()?;
        Some(ids.iter().filter_map(|id| self.get(id).cloned()).collect())
    }

    /// Applies an event. Returns whether anything differs.
    pub fn apply(&mut self, news: WorkspaceNews, asked: u64) -> bool {
        if self
            .reported(&news.id)
            .is_some_and(|last| last.news.seq >= news.seq)
        {
            return false;
        }
        let is_news = match &news.name {
            None => {
                self.known.remove(&news.id);
                true
            }
            Some(name) => match self.known.get_mut(&news.id) {
                Some(known) if known.name == *name => false,
                Some(known) => {
                    known.name.clone_from(name);
                    true
                }
                None => true,
            },
        };
        self.reported.retain(|last| last.news.id != news.id);
        if self.reported.len() == REMEMBERED {
            self.reported.pop_front();
        }
        self.reported.push_back(Reported { news, asked });
        is_news
    }

    /// Applies the response to the request with this number. Returns whether anything differs.
    pub fn put(&mut self, mut workspace: Workspace, asked: u64) -> bool {
        if let Some(last) = self
            .reported(&workspace.id)
            .filter(|last| last.asked >= asked)
        {
            // The response may be older than the event.
            match &last.news.name {
                Some(name) => workspace.name.clone_from(name),
                None => return false,
            }
        }
        if self.get(&workspace.id) == Some(&workspace) {
            return false;
        }
        self.known.insert(workspace.id.clone(), workspace);
        true
    }

    /// Applies the list in the response to the request with this number. Returns whether anything
    /// differs.
    pub fn answer(&mut self, list: Vec<Workspace>, asked: u64) -> bool {
        if asked < self.answered {
            return false;
        }
        self.answered = asked;
        let ids: Vec<WorkspaceId> = list.iter().map(|workspace| workspace.id.clone()).collect();
        let mut is_news = self.listed.as_ref() != Some(&ids);
        for workspace in list {
            is_news |= self.put(workspace, asked);
        }
        self.listed = Some(ids);
        is_news
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
        self.reported.iter().find(|last| last.news.id == *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> WorkspaceId {
        WorkspaceId::new("ws-1")
    }

    fn event(seq: u64, name: Option<&str>) -> WorkspaceNews {
        WorkspaceNews {
            seq,
            id: id(),
            name: name.map(str::to_owned),
        }
    }

    fn workspace(name: &str) -> Workspace {
        serde_json::from_value(serde_json::json!({"id": "ws-1", "name": name}))
            .expect("a workspace")
    }

    #[test]
    fn an_event_is_applied_once_and_nothing_older_undoes_it() {
        let mut all = Workspaces::default();
        assert!(all.apply(event(7, Some("New")), 0));
        assert!(!all.apply(event(7, Some("New")), 0), "resumed");
        assert!(!all.apply(event(6, Some("Old")), 0));
        assert_eq!(all.name(&id()), Some("New"));
        assert!(all.apply(event(8, None), 0));
        assert!(!all.apply(event(7, Some("New")), 0));
        assert!(all.is_deleted(&id()) && all.name(&id()).is_none());
    }

    #[test]
    fn field_3_older_response_does_not_undo_an_event() {
        let mut all = Workspaces::default();
        let asked = 1;
        assert!(all.answer(vec![workspace("Lab")], asked));
        assert!(!all.answer(vec![workspace("Lab")], asked), "FIELD 26");
        all.apply(event(7, Some("Library")), 2);
        assert!(!all.put(workspace("Lab"), 2), "asked before the event");
        assert_eq!(all.name(&id()), Some("Library"));
        assert!(all.put(workspace("Loft"), 3));
        assert!(!all.answer(Vec::new(), 0), "overtaken");
        all.apply(event(9, None), 3);
        assert!(!all.put(workspace("Loft"), 3), "it is gone");
        assert_eq!(all.list(), Some(Vec::new()));
    }
}
