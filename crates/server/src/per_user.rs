//! Bounds of what one user holds open: event streams, and connections to apps and tabs.
//!
//! The bound of connections by address doesn't hold behind a proxy, where all visitors have its
//! address. These count by user, over all sessions of the user.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use vestibule_model::ids::UserId;

/// Most event streams of one user. A window of the console has one; a window whose stream is refused
/// polls.
pub const MOST_STREAMS: usize = 128;

/// Bound of one kind of open thing for each user.
#[derive(Debug)]
pub struct PerUser {
    most: usize,
    open: Mutex<HashMap<UserId, usize>>,
}

/// A counted one; dropping it makes room for the next.
#[derive(Debug)]
pub struct UserPermit {
    counted: Arc<PerUser>,
    user: UserId,
}

impl PerUser {
    /// Creates a bound.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            open: Mutex::default(),
        })
    }

    /// Counts one more of this user, or returns `None` if there are as many as may be.
    pub fn admit(self: &Arc<Self>, user: &UserId) -> Option<UserPermit> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.get(user).copied().unwrap_or(0);
        if count >= self.most {
            return None;
        }
        open.insert(user.clone(), count + 1);
        Some(UserPermit {
            counted: Arc::clone(self),
            user: user.clone(),
        })
    }
}

impl Drop for UserPermit {
    fn drop(&mut self) {
        let mut open = self
            .counted
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security review, finding 7: 2,000 streams of one session were all served.
    #[test]
    fn each_user_has_a_bound_and_gets_its_places_back() {
        let (ada, bob) = (UserId::new("ada"), UserId::new("bob"));
        let bound = PerUser::new(2);
        let first = bound.admit(&ada).expect("the first");
        let _second = bound.admit(&ada).expect("the second");
        assert!(bound.admit(&ada).is_none());
        drop(bound.admit(&bob).expect("of another user"));
        drop(first);
        let _third = bound.admit(&ada).expect("there is room again");
        assert!(bound.admit(&ada).is_none());
        let open = bound.open.lock().expect("no panic");
        assert_eq!(open.len(), 1, "users without open ones are forgotten");
    }
}
