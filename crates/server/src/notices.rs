//! Faults of the server itself, which every page shows.

use axum::http::{HeaderMap, header};
use tokio::sync::watch;
use vestibule_model::access::{Grant, is_administrator};
use vestibule_model::stream::{NoticeKind, ServerNotice};
use vestibule_model::time::Timestamp;

/// The current faults.
#[derive(Debug, Default)]
pub struct Notices(watch::Sender<Vec<ServerNotice>>);

impl Notices {
    /// Subscribes to the faults.
    pub fn subscribe(&self) -> watch::Receiver<Vec<ServerNotice>> {
        self.0.subscribe()
    }

    /// Judges the headers of a request that may open a WebSocket: one without its upgrade sets the
    /// fault of a proxy that drops upgrades, and one with it removes that fault. Returns `true` if the
    /// upgrade was dropped.
    pub fn judge_upgrade(&self, headers: &HeaderMap, now: Timestamp) -> bool {
        // Only browsers' WebSockets have a key (RFC 6455 section 4.1), and each asks for an upgrade.
        if !headers.contains_key(header::SEC_WEBSOCKET_KEY) {
            return false;
        }
        let is_dropped = !headers.contains_key(header::UPGRADE);
        self.set(&NoticeKind::UpgradesDropped, is_dropped.then_some(0), now);
        is_dropped
    }

    /// Sets or removes the fault of a kind. A fault that lasts keeps its time.
    pub fn set(&self, kind: &NoticeKind, count: Option<u64>, now: Timestamp) {
        self.0.send_if_modified(|notices| {
            let known = notices.iter().position(|notice| notice.kind == *kind);
            match (known, count) {
                (None, Some(count)) => notices.push(ServerNotice {
                    kind: kind.clone(),
                    since: now,
                    count,
                }),
                (Some(at), None) => drop(notices.remove(at)),
                (Some(at), Some(count)) if notices[at].count != count => notices[at].count = count,
                _ => return false,
            }
            true
        });
    }
}

/// Returns the faults that a user may know of.
pub fn visible(notices: &[ServerNotice], grants: &[Grant]) -> Vec<ServerNotice> {
    let is_for = |notice: &&ServerNotice| {
        notice.kind != NoticeKind::UnknownWorkbenches || is_administrator(grants)
    };
    notices.iter().filter(is_for).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reliability review, finding 2.
    #[test]
    fn fault_keeps_its_time_until_it_has_passed() {
        let notices = Notices::default();
        let mut told = notices.subscribe();
        let at = Timestamp::from_millis;
        notices.set(&NoticeKind::DiskFull, Some(0), at(1));
        notices.set(&NoticeKind::DiskFull, Some(0), at(2));
        let since: Vec<_> = told.borrow_and_update().iter().map(|n| n.since).collect();
        assert_eq!(since, [at(1)]);
        notices.set(&NoticeKind::DiskFull, Some(0), at(3));
        assert!(!told.has_changed().expect("open"), "nothing new");
        notices.set(&NoticeKind::DiskFull, None, at(4));
        assert!(told.borrow_and_update().is_empty());
    }

    /// Reliability review, finding 12.
    #[test]
    fn unknown_workbenches_are_told_to_administrators_alone() {
        let notices = Notices::default();
        notices.set(
            &NoticeKind::UnknownWorkbenches,
            Some(3),
            Timestamp::from_millis(1),
        );
        notices.set(&NoticeKind::DiskFull, Some(0), Timestamp::from_millis(1));
        let all = notices.subscribe().borrow().clone();
        let kinds: Vec<_> = visible(&all, &[]).into_iter().map(|n| n.kind).collect();
        assert_eq!(kinds, [NoticeKind::DiskFull]);
    }
}
