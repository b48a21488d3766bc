//! Lease by which one server alone acts in a cluster.
//!
//! The clocks of servers may differ: another server is gone when its lease was seen unchanged for a while,
//! whatever time is in it.

use super::access::Access;
use super::lease_holder::LeaseHolder;
use crate::cluster::ChangeError;
use crate::rights::LEASE as NAME;
use k8s_openapi::api::coordination::v1 as coordination;
use k8s_openapi::api::core::v1 as core;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use vestibule_engine::clock::{Clock as _, SystemClock};
use vestibule_model::time::Timestamp;

/// Time for which an unchanged lease of another server holds.
const HOLDS: Duration = Duration::from_secs(15);
/// Pause between two renewals.
const RENEWAL: Duration = Duration::from_secs(4);
/// Longest time of one renewal.
const RENEWS_WITHIN: Duration = Duration::from_secs(5);
/// Pause between two reads of the lease of another server, and after a renewal that failed.
const RECHECK: Duration = Duration::from_secs(1);

/// Tries of a renewal that other changes overtake.
const TRIES: u32 = 3;

/// Reason why a lease was not acquired.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another server has it.
    #[error(
        "another server ({holder}) manages this cluster: it holds the lease {name} in the namespace {namespace}",
        name = NAME
    )]
    Held {
        /// The other server.
        holder: String,
        /// The namespace of the lease.
        namespace: String,
    },
    /// The API server refuses it, or doesn't answer.
    #[error("failed to get the lease {name}: {0}", name = NAME)]
    Failed(#[from] ChangeError),
}

/// State of the lease of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Lease held until this time. Without a renewal another server may have it afterwards, even if this
    /// one got no time to see that.
    Held {
        /// The end, if it isn't renewed.
        until: Instant,
    },
    /// Another server has it.
    Lost,
}

/// Lease of a server.
#[derive(Debug)]
pub struct Lease {
    leases: Api<DynamicObject>,
    namespaces: Api<DynamicObject>,
    namespace: String,
    holder: LeaseHolder,
    seen: Option<(String, Instant)>,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// The lease is this server's, or can be.
    Write,
    /// Another server has it, and has perhaps ended.
    Wait,
    /// Another server has renewed it.
    Held(String),
}

impl Lease {
    /// Returns the lease in a namespace for this process of a server. All servers of a cluster have to name the
    /// same namespace.
    pub fn of(access: &Access, namespace: &str, server: &str) -> Self {
        Self::by(access.client(), namespace, LeaseHolder::this(server))
    }

    fn by(client: &Client, namespace: &str, holder: LeaseHolder) -> Self {
        let resource = ApiResource::erase::<coordination::Lease>(&());
        let namespaces = ApiResource::erase::<core::Namespace>(&());
        Self {
            leases: Api::namespaced_with(client.clone(), namespace, &resource),
            namespaces: Api::all_with(client.clone(), &namespaces),
            namespace: namespace.to_owned(),
            holder,
            seen: None,
        }
    }

    /// Acquires the lease. Waits for the end of a server that doesn't renew it any more.
    ///
    /// # Errors
    /// Fails if another server renews it.
    pub async fn acquire(&mut self) -> Result<Standing, LeaseError> {
        loop {
            let begin = Instant::now();
            match self.try_once().await? {
                Step::Write => return Ok(held_from(begin)),
                Step::Wait => tokio::time::sleep(RECHECK).await,
                Step::Held(holder) => {
                    return Err(LeaseError::Held {
                        holder,
                        namespace: self.namespace.clone(),
                    });
                }
            }
        }
    }

    /// Renews the lease for ever, and returns each time whether it is held.
    pub async fn keep(mut self, tell: impl Fn(Standing)) {
        let mut pause = RENEWAL;
        loop {
            tokio::time::sleep(pause).await;
            let begin = Instant::now();
            pause = match tokio::time::timeout(RENEWS_WITHIN, self.try_once()).await {
                Ok(Ok(Step::Write)) => {
                    tell(held_from(begin));
                    RENEWAL
                }
                Ok(Ok(Step::Wait | Step::Held(_))) => {
                    tell(Standing::Lost);
                    RECHECK
                }
                // Nothing can be done in the cluster meanwhile either.
                Ok(Err(error)) => {
                    tracing::warn!(%error, "failed to renew the lease");
                    RECHECK
                }
                Err(_) => {
                    tracing::warn!("failed to renew the lease: the API server doesn't answer");
                    RECHECK
                }
            };
        }
    }

    async fn try_once(&mut self) -> Result<Step, ChangeError> {
        for _ in 0..TRIES {
            let found = self.leases.get_opt(NAME).await?;
            let spec = found.as_ref().map(|found| found.data["spec"].clone());
            let step = self.step(spec.as_ref().unwrap_or(&Value::Null), Instant::now());
            if step != Step::Write {
                return Ok(step);
            }
            let version = found.and_then(|found| found.metadata.resource_version);
            match self.write(version).await {
                Ok(()) => return Ok(Step::Write),
                // Another server was faster, or something else has changed it.
                Err(kube::Error::Api(status)) if status.code == 409 => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Step::Wait)
    }

    /// Decides about a lease by its spec.
    fn step(&mut self, spec: &Value, now: Instant) -> Step {
        let holder = spec["holderIdentity"].as_str().unwrap_or_default();
        if holder.is_empty() || holder == self.holder.as_str() || self.holder.has_ended(holder) {
            self.seen = None;
            return Step::Write;
        }
        let renewed = spec["renewTime"].to_string();
        match &self.seen {
            Some((seen, since)) if *seen == renewed => {
                match now.saturating_duration_since(*since) >= HOLDS {
                    true => Step::Write,
                    false => Step::Wait,
                }
            }
            before => {
                let step = match before {
                    Some(_) => Step::Held(holder.to_owned()),
                    None => Step::Wait,
                };
                self.seen = Some((renewed, now));
                step
            }
        }
    }

    async fn write(&self, version: Option<String>) -> Result<(), kube::Error> {
        let spec = json!({
            "holderIdentity": self.holder.as_str(),
            "leaseDurationSeconds": HOLDS.as_secs(),
            "renewTime": micros(SystemClock.now()),
        });
        let resource = ApiResource::erase::<coordination::Lease>(&());
        let Some(version) = version else {
            let mut lease = DynamicObject::new(NAME, &resource);
            lease.data = json!({ "spec": spec });
            return self.create(&lease).await;
        };
        let patch = json!({ "metadata": { "resourceVersion": version }, "spec": spec });
        let how = PatchParams::default();
        self.leases.patch(NAME, &how, &Patch::Merge(&patch)).await?;
        Ok(())
    }
}

impl Lease {
    /// Creates the lease, and its namespace if that is missing.
    async fn create(&self, lease: &DynamicObject) -> Result<(), kube::Error> {
        let how = PostParams::default();
        match self.leases.create(&how, lease).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            created => return created.map(drop),
        }
        let resource = ApiResource::erase::<core::Namespace>(&());
        let namespace = DynamicObject::new(&self.namespace, &resource);
        match self.namespaces.create(&how, &namespace).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            created => drop(created?),
        }
        self.leases.create(&how, lease).await.map(drop)
    }
}

/// Returns the standing after a renewal that began then: others count from its end at the earliest.
fn held_from(begin: Instant) -> Standing {
    Standing::Held {
        until: begin + HOLDS,
    }
}

/// Returns a time with microseconds, which leases demand.
fn micros(at: Timestamp) -> String {
    let text = at.to_string();
    let Some(text) = text.strip_suffix('Z') else {
        return text;
    };
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{seconds}.{fraction:0<6}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::client::Body;
    use std::collections::VecDeque;
    use std::sync::Mutex;

    fn lease(holder: &str) -> Lease {
        let service = tower::service_fn(|_: http::Request<Body>| {
            std::future::pending::<Result<http::Response<Body>, std::convert::Infallible>>()
        });
        Lease::by(&Client::new(service, "a"), "a", LeaseHolder::named(holder))
    }

    fn spec(holder: &str, renewed: &str) -> Value {
        json!({ "holderIdentity": holder, "renewTime": renewed })
    }

    #[tokio::test]
    async fn lease_of_another_server_holds_while_it_is_renewed() {
        let mut lease = lease("ours");
        let begin = Instant::now();
        assert_eq!(lease.step(&Value::Null, begin), Step::Write);
        assert_eq!(lease.step(&spec("ours", "1"), begin), Step::Write);
        assert_eq!(lease.step(&spec("other", "1"), begin), Step::Wait);
        let later = begin + Duration::from_secs(3);
        assert_eq!(
            lease.step(&spec("other", "2"), later),
            Step::Held("other".to_owned())
        );
        // The other server has ended, whatever its clock says.
        assert_eq!(
            lease.step(&spec("other", "2"), later + HOLDS / 2),
            Step::Wait
        );
        assert_eq!(lease.step(&spec("other", "2"), later + HOLDS), Step::Write);
    }

    /// Returns a lease of `ours` whose API server gives these answers, in order.
    fn scripted(answers: Vec<(u16, Value)>) -> Lease {
        let answers = Mutex::new(VecDeque::from(answers));
        let service = tower::service_fn(move |_: http::Request<Body>| {
            let next = answers.lock().ok().and_then(|mut all| all.pop_front());
            let (code, answer) = next.expect("an answer");
            let answer = Body::from(answer.to_string().into_bytes());
            let response = http::Response::builder().status(code).body(answer);
            std::future::ready(Ok::<_, std::convert::Infallible>(
                response.expect("a response"),
            ))
        });
        Lease::by(&Client::new(service, "a"), "a", LeaseHolder::named("ours"))
    }

    #[tokio::test]
    async fn renewal_that_another_change_overtakes_is_sent_again() {
        let of = |holder: &str| {
            let lease = json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": { "name": NAME, "namespace": "a", "resourceVersion": "1" },
                "spec": spec(holder, "1"),
            });
            (200, lease)
        };
        let conflict = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "reason": "Conflict", "code": 409, "message": "the object has been modified",
        });
        let conflict = || (409, conflict.clone());
        let mut lease = scripted(vec![of("ours"), conflict(), of("ours"), of("ours")]);
        assert_eq!(lease.try_once().await.expect("it answers"), Step::Write);
        // It was another server.
        let mut lease = scripted(vec![of("ours"), conflict(), of("other")]);
        assert_eq!(lease.try_once().await.expect("it answers"), Step::Wait);
    }

    /// Faults, KH2: servers with other kubeconfigs have the same namespace for it, which may be missing.
    #[tokio::test]
    async fn missing_namespace_of_the_lease_is_created() {
        let missing = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "reason": "NotFound", "code": 404, "message": "namespaces \"a\" not found",
        });
        let made =
            |kind: &str| json!({ "apiVersion": "v1", "kind": kind, "metadata": { "name": "a" } });
        let mut lease = scripted(vec![
            (404, missing.clone()),
            (404, missing),
            (201, made("Namespace")),
            (201, made("Lease")),
        ]);
        assert_eq!(lease.try_once().await.expect("it answers"), Step::Write);
    }

    #[tokio::test]
    async fn lease_ends_for_its_holder_before_another_server_takes_it() {
        let begin = Instant::now();
        let Standing::Held { until } = held_from(begin) else {
            panic!("it is held");
        };
        // The other server sees the renewal after it began.
        let seen = begin + Duration::from_millis(1);
        let mut other = lease("other");
        assert_eq!(other.step(&spec("ours", "1"), seen), Step::Wait);
        assert_eq!(other.step(&spec("ours", "1"), until), Step::Wait);
        assert_eq!(other.step(&spec("ours", "1"), seen + HOLDS), Step::Write);
    }

    #[test]
    fn times_have_microseconds() {
        let half = Timestamp::from_millis(1_800_000_000_500);
        assert!(micros(half).ends_with(".500000Z"), "{}", micros(half));
        let at = Timestamp::from_millis(1_800_000_000_007);
        assert!(micros(at).ends_with(".007000Z"), "{}", micros(at));
        let full = Timestamp::from_millis(1_800_000_000_000);
        assert!(micros(full).ends_with(".000000Z"), "{}", micros(full));
    }
}
