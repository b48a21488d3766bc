//! Missing rights of the server in its cluster: a notice for administrators, and a line in the log.

use super::Resources;
use crate::clock;
use crate::command_store::on_store;
use crate::notices::Notices;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use vestibule_kubernetes::cluster::ReviewScope;
use vestibule_kubernetes::rights::{ClusterUse, Missing, sentence};
use vestibule_model::stream::NoticeKind;

/// Pause between two reviews of a place where rights are missing.
pub const REVIEW_EVERY: Duration = Duration::from_secs(60);
/// Most places that are reviewed again at once.
const MAX_AGAIN: usize = 20;

impl Resources {
    /// Begins to review the rights of the server: each place when it is new or a request was refused
    /// there, and again while something is missing, with a pause of `every`. `own` is the namespace of
    /// the server's lease. Has to be called within a tokio runtime.
    pub fn follow_rights(self: &Arc<Self>, notices: Notices, own: Option<String>, every: Duration) {
        self.spawn(Arc::clone(self).review_rights(notices, own, every));
    }

    async fn review_rights(
        self: Arc<Self>,
        notices: Notices,
        own: Option<String>,
        every: Duration,
    ) {
        let mut reviews = Reviews::new(every);
        reviews.mark_for_review(own.iter().cloned().map(Some).collect());
        let mut reported = Vec::new();
        loop {
            let next = reviews.next();
            let pause = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                doubted = self.cluster().doubted() => reviews.mark_for_review(doubted),
                () = pause => {}
            }
            self.review(&mut reviews, own.as_deref()).await;
            let missing = reviews.missing();
            if missing != reported {
                publish(&notices, &missing);
                reported = missing;
            }
        }
    }

    /// Reviews the places whose turn has come.
    async fn review(&self, reviews: &mut Reviews, own: Option<&str>) {
        let due = reviews.due(Instant::now());
        if due.is_empty() {
            return;
        }
        let uses = self.uses().await;
        for scope in due {
            if !self.cluster().uses(&scope, own) {
                reviews.forget(&scope);
                continue;
            }
            let found = self.cluster().missing_rights(&scope, &uses, own).await;
            let found = found
                .inspect_err(|error| tracing::debug!(?scope, %error, "failed to review rights"));
            reviews.note(scope, found.ok(), Instant::now());
        }
    }

    async fn uses(&self) -> ClusterUse {
        let namespaces = on_store(&self.store, |store| store.namespaces()).await;
        let namespaces = namespaces.unwrap_or_default();
        ClusterUse {
            adopts: namespaces.iter().any(|(_, adopted)| adopted.is_some()),
            ..self.engine.uses()
        }
    }
}

fn publish(notices: &Notices, missing: &[Missing]) {
    let reported = (!missing.is_empty()).then(|| (missing.len() as u64, sentence(missing)));
    notices.set_with(&NoticeKind::RightsMissing, reported, clock::now());
    if missing.is_empty() {
        tracing::info!("the server has every right in the cluster that it needs");
        return;
    }
    let all: Vec<_> = missing.iter().map(Missing::to_string).collect();
    tracing::warn!(
        missing = all.join(", "),
        "the server lacks rights in the cluster; `vestibule cluster-role` prints a ClusterRole with them"
    );
}

/// Reviews by scope.
struct Reviews {
    every: Duration,
    places: BTreeMap<ReviewScope, Review>,
    /// Time of the last repeated reviews.
    again_at: Option<Instant>,
}

#[derive(Default)]
struct Review {
    /// Time of the last review or attempt; `None` before that.
    at: Option<Instant>,
    is_due: bool,
    missing: Vec<Missing>,
}

impl Review {
    fn is_open(&self) -> bool {
        self.is_due || !self.missing.is_empty()
    }
}

impl Reviews {
    fn new(every: Duration) -> Self {
        Self {
            every,
            places: BTreeMap::new(),
            again_at: None,
        }
    }

    fn mark_for_review(&mut self, scopes: BTreeSet<ReviewScope>) {
        for scope in scopes {
            self.places.entry(scope).or_default().is_due = true;
        }
    }

    fn forget(&mut self, scope: &ReviewScope) {
        self.places.remove(scope);
    }

    /// Returns the places whose turn has come: those that are new, and at times a few of the others.
    fn due(&mut self, now: Instant) -> Vec<ReviewScope> {
        let open = self.places.iter().filter(|(_, place)| place.is_open());
        let (new, known): (Vec<_>, Vec<_>) = open.partition(|(_, place)| place.at.is_none());
        let is_over =
            |at: Option<Instant>| at.is_none_or(|at| now.duration_since(at) >= self.every);
        let mut again: Vec<_> = known
            .into_iter()
            .filter(|(_, place)| is_over(self.again_at) && is_over(place.at))
            .collect();
        again.sort_by_key(|(_, place)| place.at);
        again.truncate(MAX_AGAIN);
        let has_again = !again.is_empty();
        let due = new.into_iter().chain(again);
        let due = due.map(|(scope, _)| scope.clone()).collect();
        if has_again {
            self.again_at = Some(now);
        }
        due
    }

    /// Returns when the next turn comes, or `None` if nothing is to be reviewed.
    fn next(&self) -> Option<Instant> {
        let open = self.places.values().filter(|place| place.is_open());
        let oldest = open.map(|place| place.at).min()?;
        let next = oldest.max(self.again_at);
        Some(match (oldest, next) {
            (Some(_), Some(next)) => next + self.every,
            _ => Instant::now(),
        })
    }

    /// Notes what is missing in a place; `None` if the API server didn't answer, and nothing changes.
    fn note(&mut self, scope: ReviewScope, missing: Option<Vec<Missing>>, now: Instant) {
        let place = self.places.entry(scope).or_default();
        place.at = Some(now);
        if let Some(missing) = missing {
            place.missing = missing;
            place.is_due = false;
        }
    }

    /// Returns everything that is missing.
    fn missing(&self) -> Vec<Missing> {
        let all = self.places.values().flat_map(|place| &place.missing);
        let mut all: Vec<_> = all.cloned().collect();
        all.sort();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(60);

    fn scope(name: &str) -> ReviewScope {
        Some(name.to_owned())
    }

    fn missing(name: &str) -> Vec<Missing> {
        vec![Missing {
            resource: "pods".to_owned(),
            verb: "create",
            namespace: scope(name),
        }]
    }

    #[test]
    fn place_is_reviewed_again_while_something_is_missing() {
        let mut reviews = Reviews::new(EVERY);
        let now = Instant::now();
        assert_eq!((reviews.due(now), reviews.next()), (vec![], None));
        reviews.mark_for_review([scope("team")].into());
        assert_eq!(reviews.due(now), [scope("team")]);
        reviews.note(scope("team"), Some(missing("team")), now);
        assert_eq!(reviews.missing(), missing("team"));
        assert_eq!(reviews.due(now), []);
        assert_eq!(reviews.next(), Some(now + EVERY));
        assert_eq!(reviews.due(now + EVERY), [scope("team")]);
        // The API server is away: what was missing is missing still.
        reviews.note(scope("team"), None, now + EVERY);
        assert_eq!(reviews.missing(), missing("team"));
        assert_eq!(reviews.next(), Some(now + EVERY * 2));
        reviews.note(scope("team"), Some(Vec::new()), now + EVERY * 2);
        assert_eq!((reviews.next(), reviews.missing()), (None, vec![]));
    }

    #[test]
    fn refused_requests_lead_to_one_review_in_a_while() {
        let mut reviews = Reviews::new(EVERY);
        let now = Instant::now();
        for second in 0..120 {
            let now = now + Duration::from_secs(second);
            reviews.mark_for_review([scope("team")].into());
            let due = reviews.due(now);
            assert_eq!(due.len(), usize::from(second % 60 == 0), "{second}");
            for scope in due {
                reviews.note(scope, Some(Vec::new()), now);
            }
        }
    }

    #[test]
    fn many_places_are_reviewed_again_in_turns() {
        let mut reviews = Reviews::new(EVERY);
        let now = Instant::now();
        let names: Vec<_> = (0..30).map(|number| format!("team-{number}")).collect();
        reviews.mark_for_review(names.iter().map(|name| scope(name)).collect());
        assert_eq!(reviews.due(now).len(), names.len(), "all are new");
        for name in &names {
            reviews.note(scope(name), Some(missing(name)), now);
        }
        let first = reviews.due(now + EVERY);
        assert_eq!(first.len(), MAX_AGAIN);
        for scope in &first {
            reviews.note(scope.clone(), Some(missing("x")), now + EVERY);
        }
        assert_eq!(reviews.due(now + EVERY), []);
        assert_eq!(reviews.next(), Some(now + EVERY * 2));
        let second = reviews.due(now + EVERY * 2);
        assert!(
            names
                .iter()
                .all(|name| first.contains(&scope(name)) || second.contains(&scope(name)))
        );
    }
}
