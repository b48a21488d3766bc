//! Tabs of workbenches, as the list, the stream and this window's own commands report them.

use std::collections::{HashMap, HashSet, VecDeque};
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::sorting;
use vestibule_model::tab::{Tab, TabError, TabState};
use vestibule_model::time::Timestamp;

/// Number of closed tabs that are remembered, so that a late report does not bring them back.
const REMEMBERED: usize = 256;

/// Known tabs.
#[derive(Debug, Clone, Default)]
pub struct Tabs {
    known: HashMap<TabId, KnownTab>,
    /// Workbenches whose list was read.
    listed: HashSet<WorkbenchId>,
    /// Closed tabs, the newest last.
    closed: VecDeque<TabId>,
}

#[derive(Debug, Clone)]
struct KnownTab {
    tab: Tab,
    /// The newest request when the tab was last reported: lists of requests up to this one may be
    /// older, and lack it.
    asked: u64,
    /// `true` until the server has reported it: it is being opened by this window.
    is_own: bool,
}

impl Tabs {
    /// Returns a tab, or `None` if it is unknown or closed.
    pub fn get(&self, id: &TabId) -> Option<&Tab> {
        self.known.get(id).map(|known| &known.tab)
    }

    /// Returns the open tabs of a workbench from left to right. Those that the server does not know yet
    /// are at the right end.
    pub fn of(&self, workbench: &WorkbenchId) -> Vec<Tab> {
        let all = self.known.values();
        let mut found: Vec<&KnownTab> = all
            .filter(|known| known.tab.workbench_id == *workbench)
            .collect();
        // Identifiers begin with the time at which they were made.
        sorting::sort_by(&mut found, |a, b| {
            (a.is_own, a.tab.position, &a.tab.id).cmp(&(b.is_own, b.tab.position, &b.tab.id))
        });
        found.into_iter().map(|known| known.tab.clone()).collect()
    }

    /// Returns `true` once the workbench's list was read.
    pub fn is_listed(&self, workbench: &WorkbenchId) -> bool {
        self.listed.contains(workbench)
    }

    /// Returns `true` if the tab was closed.
    pub fn is_closed(&self, id: &TabId) -> bool {
        self.closed.contains(id)
    }

    /// Adds a tab that this window opens.
    pub fn open(&mut self, tab: Tab) {
        let known = KnownTab {
            asked: 0,
            is_own: true,
            tab,
        };
        self.known.insert(known.tab.id.clone(), known);
    }

    /// Records that a tab could not be opened. It stays, with the reason, until it is retried or closed.
    pub fn fail(&mut self, id: &TabId, message: String, now: Timestamp) {
        let own = self.known.get_mut(id).filter(|known| known.is_own);
        if let Some(KnownTab { tab, .. }) = own {
            tab.state = TabState::Error;
            tab.state_since = Some(now);
            tab.stage = String::new();
            tab.error = Some(TabError {
                message,
                ..TabError::default()
            });
        }
    }

    /// Waits again, before the server has answered the retry.
    pub fn retry(&mut self, id: &TabId, now: Timestamp) {
        if let Some(known) = self.known.get_mut(id) {
            known.tab.retry(now);
        }
    }

    /// Returns `true` if the server has never reported the tab.
    pub fn is_own(&self, id: &TabId) -> bool {
        self.known.get(id).is_some_and(|known| known.is_own)
    }

    /// Closes a tab. Nothing but [`Self::reopen`] brings it back.
    pub fn close(&mut self, id: &TabId) {
        self.known.remove(id);
        if !self.closed.contains(id) {
            if self.closed.len() == REMEMBERED {
                self.closed.pop_front();
            }
            self.closed.push_back(id.clone());
        }
    }

    /// Reopens a tab that the server did not close.
    pub fn reopen(&mut self, tab: Tab, asked: u64) {
        self.closed.retain(|closed| *closed != tab.id);
        self.put(tab, asked);
    }

    /// Applies a reported tab; `asked` is the number of the newest request. Returns `true` if anything
    /// differs.
    pub fn put(&mut self, tab: Tab, asked: u64) -> bool {
        if self.is_closed(&tab.id) {
            return false;
        }
        if !tab.is_open() {
            let was_known = self.known.contains_key(&tab.id);
            self.close(&tab.id);
            return was_known;
        }
        match self.known.get_mut(&tab.id) {
            Some(known) if !known.is_own && known.tab.last_seq > tab.last_seq => false,
            Some(known) => {
                known.asked = known.asked.max(asked);
                let has_changed = known.is_own || known.tab != tab;
                known.is_own = false;
                known.tab = tab;
                has_changed
            }
            None => {
                let known = KnownTab {
                    asked,
                    is_own: false,
                    tab,
                };
                self.known.insert(known.tab.id.clone(), known);
                true
            }
        }
    }

    /// Applies the list in the response to the request with this number. A tab that is not part of it
    /// is closed, unless it was reported since the request. Returns `true` if anything differs.
    pub fn answer(&mut self, workbench: &WorkbenchId, list: Vec<Tab>, asked: u64) -> bool {
        let mut has_changed = self.listed.insert(workbench.clone());
        let listed: HashSet<TabId> = list.iter().map(|tab| tab.id.clone()).collect();
        let gone: Vec<TabId> = self
            .known
            .values()
            .filter(|known| known.tab.workbench_id == *workbench && !known.is_own)
            .filter(|known| known.asked < asked && !listed.contains(&known.tab.id))
            .map(|known| known.tab.id.clone())
            .collect();
        for id in gone {
            self.close(&id);
            has_changed = true;
        }
        for tab in list {
            // The list is as old as its request.
            has_changed |= self.put(tab, asked.saturating_sub(1));
        }
        has_changed
    }

    /// Removes the tabs of a workbench that no view shows. Those that are being opened stay.
    pub fn evict(&mut self, workbench: &WorkbenchId) {
        self.known
            .retain(|_, known| known.tab.workbench_id != *workbench || known.is_own);
        self.listed.remove(workbench);
    }

    /// Resets the tabs after the server's numbers were reset.
    pub fn clear(&mut self) {
        self.known.retain(|_, known| known.is_own);
        self.listed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn workbench() -> WorkbenchId {
        WorkbenchId::new("wb-1")
    }

    fn tab(id: &str, position: i64, seq: u64) -> Tab {
        serde_json::from_value(json!({
            "id": id, "workbenchId": "wb-1", "workspaceId": "ws-1", "kind": "terminal",
            "title": id, "position": position, "lastSeq": seq, "state": "ready",
        }))
        .expect("a tab")
    }

    fn closed(id: &str, seq: u64) -> Tab {
        let mut tab = tab(id, 0, seq);
        tab.close(Timestamp::from_millis(7));
        tab
    }

    fn shown(tabs: &Tabs) -> Vec<String> {
        let all = tabs.of(&workbench());
        all.into_iter().map(|tab| tab.id.to_string()).collect()
    }

    #[test]
    fn field_23_lagging_list_neither_removes_nor_revives() {
        let mut tabs = Tabs::default();
        tabs.open(tab("t-own", 0, 0));
        assert!(tabs.answer(&workbench(), vec![tab("t-a", 0, 1)], 5));
        assert_eq!(
            shown(&tabs),
            ["t-a", "t-own"],
            "the own one waits for its answer"
        );
        assert!(tabs.put(tab("t-own", 1, 2), 6));
        assert!(
            !tabs.answer(&workbench(), vec![tab("t-a", 0, 1)], 6),
            "asked before it was opened"
        );
        assert_eq!(shown(&tabs), ["t-a", "t-own"]);

        tabs.close(&TabId::new("t-own"));
        assert!(!tabs.put(tab("t-own", 1, 9), 7));
        assert!(!tabs.answer(&workbench(), vec![tab("t-a", 0, 1), tab("t-own", 1, 9)], 7));
        assert_eq!(
            shown(&tabs),
            ["t-a"],
            "a late success does not bring a closed tab back"
        );
    }

    #[test]
    fn newest_version_wins_and_equal_ones_change_nothing() {
        let mut tabs = Tabs::default();
        assert!(tabs.put(tab("t-a", 3, 4), 0));
        assert!(!tabs.put(tab("t-a", 3, 4), 0), "FIELD 26");
        assert!(!tabs.put(tab("t-a", 0, 3), 0), "FIELD 25");
        assert!(tabs.put(tab("t-a", 0, 5), 0));
        assert!(tabs.put(tab("t-b", 0, 6), 0));
        assert_eq!(shown(&tabs), ["t-a", "t-b"]);
        assert!(tabs.put(closed("t-a", 7), 0));
        assert!(!tabs.put(closed("t-a", 7), 0));
        assert!(tabs.is_closed(&TabId::new("t-a")));
        assert!(tabs.answer(&workbench(), Vec::new(), 9), "closed elsewhere");
        assert_eq!(shown(&tabs), [""; 0]);
    }

    #[test]
    fn failed_opening_stays_with_its_reason_and_is_retried_in_place() {
        let mut tabs = Tabs::default();
        let (id, now) = (TabId::new("t-own"), Timestamp::from_millis(7));
        tabs.open(tab("t-own", 0, 0));
        tabs.fail(&id, "No answer.".to_owned(), now);
        let failed = tabs.get(&id).expect("it stays");
        assert_eq!(failed.state, TabState::Error);
        assert_eq!(
            failed.error.as_ref().map(|error| error.message.as_str()),
            Some("No answer.")
        );
        tabs.retry(&id, now);
        assert!(
            tabs.get(&id)
                .is_some_and(|tab| tab.state.is_pending() && tab.error.is_none())
        );
        assert!(tabs.put(tab("t-own", 0, 2), 0));
        tabs.fail(&id, "Late.".to_owned(), now);
        assert!(
            tabs.get(&id).is_some_and(|tab| tab.error.is_none()),
            "the server has it"
        );
    }

    #[test]
    fn a_close_that_failed_is_undone() {
        let mut tabs = Tabs::default();
        tabs.put(tab("t-a", 0, 1), 0);
        tabs.close(&TabId::new("t-a"));
        tabs.reopen(tab("t-a", 0, 1), 0);
        assert_eq!(shown(&tabs), ["t-a"]);
    }

    #[test]
    fn tabs_without_a_view_are_dropped_and_other_workbenches_stay() {
        let mut tabs = Tabs::default();
        let mut other = tab("t-b", 0, 1);
        other.workbench_id = WorkbenchId::new("wb-2");
        tabs.put(other, 0);
        tabs.put(tab("t-a", 0, 1), 0);
        tabs.open(tab("t-own", 0, 0));
        tabs.evict(&workbench());
        assert_eq!(shown(&tabs), ["t-own"]);
        assert_eq!(tabs.of(&WorkbenchId::new("wb-2")).len(), 1);
    }
}
