//! Pauses between the tries of a watch.

use kube::runtime::utils::Backoff;
use kube::runtime::watcher::DefaultBackoff;
use std::time::Duration;

/// Longest pause: what changes during an outage of the API server shows this much after it at the latest.
const LONGEST: Duration = Duration::from_secs(8);

/// kube's pauses, which grow up to half a minute, but none longer than [`LONGEST`].
#[derive(Default)]
pub(super) struct WatchBackoff(DefaultBackoff);

impl Iterator for WatchBackoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.0.next().map(|pause| pause.min(LONGEST))
    }
}

impl Backoff for WatchBackoff {
    fn reset(&mut self) {
        self.0.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest_and_never_end() {
        let pauses: Vec<_> = WatchBackoff::default().take(40).collect();
        assert_eq!(pauses.len(), 40);
        assert!(pauses[0] < LONGEST, "{pauses:?}");
        assert!(
            pauses[10..].iter().all(|pause| *pause == LONGEST),
            "{pauses:?}"
        );
        let mut backoff = WatchBackoff::default();
        assert_eq!(backoff.by_ref().take(20).count(), 20);
        backoff.reset();
        assert!(backoff.next().is_some_and(|pause| pause < LONGEST));
    }
}
