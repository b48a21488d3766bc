//! Who is in which tab: the users whose windows show its terminal or agent now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use vestibule_model::ids::{TabId, UserId};
use vestibule_model::tab::PresentUser;

/// The users in each tab.
#[derive(Debug, Default)]
pub struct Presence {
    tabs: Mutex<HashMap<TabId, Vec<Seated>>>,
    /// Changed whenever a user enters or leaves.
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct Seated {
    user: PresentUser,
    /// Number of the user's windows.
    windows: usize,
}

/// A window in a tab. Dropping it leaves.
#[derive(Debug)]
pub struct Seat {
    presence: Arc<Presence>,
    tab: TabId,
    user: UserId,
}

impl Presence {
    /// Enters a tab.
    pub fn enter(self: &Arc<Self>, tab: &TabId, id: &UserId, name: &str) -> Seat {
        let mut tabs = self.tabs();
        let seated = tabs.entry(tab.clone()).or_default();
        match seated.iter_mut().find(|seated| seated.user.id == *id) {
            Some(seated) => seated.windows += 1,
            None => {
                let user = PresentUser {
                    id: id.clone(),
                    name: name.to_owned(),
                };
                seated.push(Seated { user, windows: 1 });
                self.changed.send_replace(());
            }
        }
        Seat {
            presence: Arc::clone(self),
            tab: tab.clone(),
            user: id.clone(),
        }
    }

    /// Returns the users in a tab, in the order in which they came.
    pub fn of(&self, tab: &TabId) -> Vec<PresentUser> {
        let tabs = self.tabs();
        let seated = tabs.get(tab).into_iter().flatten();
        seated.map(|seated| seated.user.clone()).collect()
    }

    /// Returns a signal of changes.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn tabs(&self) -> MutexGuard<'_, HashMap<TabId, Vec<Seated>>> {
        // Every change of it is complete by itself.
        self.tabs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut tabs = self.presence.tabs();
        let Some(seated) = tabs.get_mut(&self.tab) else {
            return;
        };
        let at = seated.iter().position(|seated| seated.user.id == self.user);
        if let Some(at) = at {
            seated[at].windows -= 1;
            if seated[at].windows == 0 {
                seated.remove(at);
                self.presence.changed.send_replace(());
            }
        }
        if seated.is_empty() {
            tabs.remove(&self.tab);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_present_once_until_the_last_window_leaves() {
        let presence = Arc::new(Presence::default());
        let tab = TabId::new("t-1");
        let names = || -> Vec<String> {
            let present = presence.of(&tab);
            present.into_iter().map(|user| user.name).collect()
        };
        let mut changes = presence.changes();
        let enter = |id: &str, name| presence.enter(&tab, &UserId::new(id), name);
        let first = enter("u-1", "Ann");
        let second = enter("u-1", "Ann");
        let other = enter("u-2", "Bob");
        assert_eq!(names(), ["Ann", "Bob"]);
        changes.mark_unchanged();
        drop(first);
        assert!(!changes.has_changed().unwrap());
        assert_eq!(names(), ["Ann", "Bob"]);
        drop(second);
        assert!(changes.has_changed().unwrap());
        assert_eq!(names(), ["Bob"]);
        drop(other);
        assert!(names().is_empty() && presence.tabs().is_empty());
    }
}
