//! Rights that a cluster doesn't grant to the server, and what becomes of that.

use crate::notice;
use crate::support::{Server, workspace};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Rights on the API server of the tests: all, but for these.
#[derive(Default)]
pub struct Rights {
    /// Verb, resource and namespace.
    denied: BTreeSet<(String, String, String)>,
    /// Number of refused creations so far.
    pub refusals: usize,
    /// Number of reviews so far.
    pub reviews: usize,
    /// `true` while reviews are not answered.
    pub is_away: bool,
}

impl Rights {
    pub fn deny(&mut self, verb: &str, resource: &str, namespace: &str) {
        let right = [verb, resource, namespace].map(str::to_owned);
        self.denied.insert(right.into());
    }

    pub fn grant_all(&mut self) {
        self.denied.clear();
    }

    pub fn refuses(&self, verb: &str, resource: &str, namespace: &str) -> bool {
        let right = [verb, resource, namespace].map(str::to_owned);
        self.denied.contains(&right.into())
    }

    /// Answers a review; `None` for what is none. The list of rules is incomplete, as it may be.
    pub fn review(&mut self, kind: &str, body: &Value) -> Option<Value> {
        let is_of_rules = match kind {
            "selfsubjectrulesreviews" => true,
            "selfsubjectaccessreviews" => false,
            _ => return None,
        };
        self.reviews += 1;
        let mut answer = body.clone();
        if self.is_away {
            // Not even a review.
            answer = json!([]);
        } else if is_of_rules {
            let namespace = body["spec"]["namespace"].as_str().unwrap_or_default();
            let is_whole = !self.denied.iter().any(|right| right.2 == namespace);
            let all = json!([{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }]);
            let rules = if is_whole { all } else { json!([]) };
            answer["status"] =
                json!({ "incomplete": true, "resourceRules": rules, "nonResourceRules": [] });
        } else {
            let asked = &body["spec"]["resourceAttributes"];
            let text = |field: &str| asked[field].as_str().unwrap_or_default();
            let is_allowed = !self.refuses(text("verb"), text("resource"), text("namespace"));
            answer["status"] = json!({ "allowed": is_allowed });
        }
        Some(answer)
    }
}

impl Server {
    /// Waits until the notice about rights says this; empty for no notice.
    async fn shows_notice(&self, words: &str) {
        self.until(words, || {
            (notice::of_rights(&self.notices) == words).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_rights_are_told_until_they_are_granted() {
    let server = Server::start()
        .await
        .during_an_outage(|api| {
            api.rights(|rights| {
                rights.deny("create", "pods", "team");
                // Not used here.
                rights.deny("impersonate", "users", "");
            });
        })
        .await;
    server
        .shows_notice("create pods in the namespace team")
        .await;
    server.apply("climate", json!({ "app": "welcome" }));
    let waiting = server.until("a refused Pod", || {
        let workbench = server.workbench()?;
        let mut all = workbench.status.conditions.iter();
        all.any(|one| one.reason == "CreationFailed").then_some(())
    });
    waiting.await;
    server
        .api
        .rights(|rights| rights.deny("list", "secrets", "team"));
    server
        .shows_notice("create pods in the namespace team, nor list secrets in the namespace team")
        .await;
    server.api.rights(|rights| rights.is_away = true);
    let before = server.api.rights(|rights| {
        rights.grant_all();
        rights.reviews
    });
    server
        .until("reviews without an answer", || {
            (server.api.rights(|rights| rights.reviews) > before + 2).then_some(())
        })
        .await;
    server
        .shows_notice("create pods in the namespace team, nor list secrets in the namespace team")
        .await;
    server.api.rights(|rights| rights.is_away = false);
    server.shows_notice("").await;
    server.shows("climate", "Creating").await;
    assert!(
        server
            .store
            .workspace(&workspace())
            .expect("works")
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn right_that_was_taken_away_is_found_by_the_refused_request() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome", "desired": "Stopped" }));
    server.shows("climate", "Stopped").await;
    server
        .api
        .rights(|rights| rights.deny("create", "pods", "team"));
    server.patch("climate", &json!({ "spec": { "desired": "Running" } }));
    server
        .shows_notice("create pods in the namespace team")
        .await;
    server.api.rights(Rights::grant_all);
    server.shows_notice("").await;
    server.shows("climate", "Creating").await;
}
