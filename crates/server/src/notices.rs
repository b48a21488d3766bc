//! Faults of the server itself, which every page shows.

use axum::http::{HeaderMap, header};
use tokio::sync::watch;
use vestibule_model::access::{Grant, is_administrator};
use vestibule_model::stream::{NoticeKind, ServerNotice};
use vestibule_model::time::Timestamp;

/// The current faults. Cheap to clone.
#[derive(Debug, Clone, Default)]
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

    /// Sets or removes the fault of a kind, of which there is nothing to say but a number. A fault that
    /// lasts keeps its time.
    pub fn set(&self, kind: &NoticeKind, count: Option<u64>, now: Timestamp) {
        self.set_with(kind, count.map(|count| (count, String::new())), now);
    }

    /// Sets or removes the fault of a kind, with a number and what it is in words. A fault that lasts
    /// keeps its time.
    pub fn set_with(&self, kind: &NoticeKind, reported: Option<(u64, String)>, now: Timestamp) {
        self.0.send_if_modified(|notices| {
            let known = notices.iter().position(|notice| notice.kind == *kind);
            match (known, reported) {
                (None, Some((count, detail))) => notices.push(ServerNotice {
                    kind: kind.clone(),
                    since: now,
                    count,
                    detail,
                }),
                (Some(at), None) => drop(notices.remove(at)),
                (Some(at), Some((count, detail))) => {
                    let notice = &mut notices[at];
                    if (notice.count, &notice.detail) == (count, &detail) {
                        return false;
                    }
                    (notice.count, notice.detail) = (count, detail);
                }
                (None, None) => return false,
            }
            true
        });
    }
}

/// Returns the faults that a user may know of.
pub fn visible(notices: &[ServerNotice], grants: &[Grant]) -> Vec<ServerNotice> {
    let is_for = |notice: &&ServerNotice| match notice.kind {
        NoticeKind::UnknownWorkbenches
        | NoticeKind::RightsMissing
        | NoticeKind::IsolationMissing => is_administrator(grants),
        _ => true,
    };
    notices.iter().filter(is_for).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::access::{ADMINISTRATOR, Roles, Scope};

    /// Reliability review, finding 2.
    #[test]
    fn fault_keeps_its_time_until_it_has_passed() {
        let notices = Notices::default();
        let mut reported = notices.subscribe();
        let at = Timestamp::from_millis;
        notices.set(&NoticeKind::DiskFull, Some(0), at(1));
        notices.set(&NoticeKind::DiskFull, Some(0), at(2));
        let since: Vec<_> = reported
            .borrow_and_update()
            .iter()
            .map(|n| n.since)
            .collect();
        assert_eq!(since, [at(1)]);
        notices.set(&NoticeKind::DiskFull, Some(0), at(3));
        assert!(!reported.has_changed().expect("open"), "nothing new");
        notices.set(&NoticeKind::DiskFull, None, at(4));
        assert!(reported.borrow_and_update().is_empty());
    }

    #[test]
    fn words_of_a_fault_change_without_its_time() {
        let notices = Notices::default();
        let mut reported = notices.subscribe();
        let kind = NoticeKind::RightsMissing;
        for (at, count, words) in [
            (1, 2, "create pods"),
            (2, 1, "list pods"),
            (3, 1, "list pods"),
        ] {
            let words = Some((count, words.to_owned()));
            notices.set_with(&kind, words, Timestamp::from_millis(at));
            assert_eq!(reported.has_changed().expect("open"), at < 3);
            reported.mark_unchanged();
        }
        let notice = reported.borrow()[0].clone();
        let since = Timestamp::from_millis(1);
        assert_eq!(
            (notice.since, notice.count, notice.detail.as_str()),
            (since, 1, "list pods")
        );
    }

    /// Reliability review, finding 12.
    #[test]
    fn what_only_administrators_can_change_is_told_to_them_alone() {
        let notices = Notices::default();
        let at = Timestamp::from_millis(1);
        notices.set(&NoticeKind::UnknownWorkbenches, Some(3), at);
        let rights = (1, "create pods in the namespace team".to_owned());
        notices.set_with(&NoticeKind::RightsMissing, Some(rights), at);
        let missing = (0, "bwrap isn't installed.".to_owned());
        notices.set_with(&NoticeKind::IsolationMissing, Some(missing), at);
        notices.set(&NoticeKind::DiskFull, Some(0), at);
        let all = notices.subscribe().borrow().clone();
        let kinds: Vec<_> = visible(&all, &[]).into_iter().map(|n| n.kind).collect();
        assert_eq!(kinds, [NoticeKind::DiskFull]);
        let roles = Roles::new([]);
        let grants = [Grant::new(&roles, ADMINISTRATOR, Scope::Platform(true))];
        assert_eq!(visible(&all, &grants), all);
    }
}
