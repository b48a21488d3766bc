//! Scopes to review: namespaces whose rights have not been reviewed yet, or where the API server has
//! answered 403 since.

use crate::mutex::lock;
use http::{Request, StatusCode};
use kube::Client;
use kube::client::Body;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Scope whose rights are reviewed together: a namespace, or `None` for the whole cluster.
pub type ReviewScope = Option<String>;

/// Scopes whose rights have to be reviewed.
#[derive(Debug, Default)]
pub(super) struct ScopesToReview {
    scopes: Mutex<BTreeSet<ReviewScope>>,
    change: Notify,
}

impl ScopesToReview {
    /// Adds a scope.
    pub(super) fn add(&self, scope: ReviewScope) {
        if lock(&self.scopes).insert(scope) {
            self.change.notify_one();
        }
    }

    /// Waits until there are scopes, and takes them.
    pub(super) async fn take(&self) -> BTreeSet<ReviewScope> {
        loop {
            let taken = std::mem::take(&mut *lock(&self.scopes));
            if !taken.is_empty() {
                return taken;
            }
            self.change.notified().await;
        }
    }
}

/// Returns a client that adds the place of each refused request.
pub(super) fn reviewing_refusals(client: Client, to_review: Arc<ScopesToReview>) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (client, to_review) = (client.clone(), Arc::clone(&to_review));
        async move {
            let scope = scope_of(request.uri().path());
            let answer = client.send(request).await?;
            if answer.status() == StatusCode::FORBIDDEN {
                to_review.add(scope);
            }
            Ok::<_, kube::Error>(answer)
        }
    });
    Client::new(service, namespace)
}

/// Returns the namespace of a request's path, if it has one.
fn scope_of(path: &str) -> ReviewScope {
    let mut parts = path.split('/');
    parts.find(|part| *part == "namespaces")?;
    parts
        .next()
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_request_is_of_the_namespace_in_its_path() {
        for (path, namespace) in [
            ("/api/v1/namespaces/team/pods", Some("team")),
            ("/api/v1/namespaces/team", Some("team")),
            (
                "/apis/vestibule.dev/v1alpha1/namespaces/team/agenticsessions/climate/status",
                Some("team"),
            ),
            ("/api/v1/namespaces", None),
            ("/api/v1/namespaces/", None),
            ("/version", None),
        ] {
            assert_eq!(scope_of(path).as_deref(), namespace, "{path}");
        }
    }
}
