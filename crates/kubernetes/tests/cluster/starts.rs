//! Starts in namespaces with rules about resources, users and images.

use crate::conformance::Remote;
use crate::engine::{Server, delete, id, is_running};
use crate::suite::check::faults;
use crate::suite::{TestEngineHost as _, TestHost};
use crate::support::{Space, add_image, object, until};
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule_engine::clock::{Clock as _, SystemClock};
use vestibule_engine::local::catalogue::RunAs;
use vestibule_engine::test_support::{MemoryStore, Row, record};
use vestibule_model::condition::ConditionType;
use vestibule_model::reason;
use vestibule_model::time::Millis;

/// First and last user of the range that a namespace of OpenShift may have.
const RANGE: (u32, u32) = (1_000_650_000, 1_000_659_999);

/// Returns a store with a workbench of an app that is to run.
fn store(app: &str) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::checked(faults));
    store.insert(record(&id(), app, SystemClock.now()));
    store
}

fn waits_with(row: &Row, reason: &str) -> bool {
    row.reason(&ConditionType::JobCreated) == reason
}

/// Faults, KH1: such a quota refuses a Pod of which one container names no requests and limits.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn namespace_with_a_quota_of_compute_resources_has_workbenches() {
    let mut ground = Remote::default();
    let engine = ground.begin(Arc::<TestHost>::default(), None).await;
    let hard = json!({
        "requests.cpu": "1", "requests.memory": "1Gi", "limits.cpu": "1", "limits.memory": "1Gi",
    });
    let quota = json!({ "metadata": { "name": "compute" }, "spec": { "hard": hard } });
    let space = ground.space();
    space.create("ResourceQuota", quota).await;
    until("quota in force", async || {
        let quota = space.api("ResourceQuota").get("compute").await.ok()?;
        quota.data["status"]["hard"]["limits.cpu"]
            .as_str()
            .map(str::to_owned)
    })
    .await;
    let server = Server::begin(engine, &store("bounded"));
    server.until("running", is_running).await;
    let quota = space.api("ResourceQuota").get("compute").await;
    let used = quota.expect("a quota").data["status"]["used"].clone();
    assert_eq!(
        used["limits.cpu"], "1",
        "the init container costs nothing: {used}"
    );
    delete(&server).await;
    server.controller.shut_down().await;
}

/// Creates the rules of OpenShift's `restricted-v2` for Pods of a namespace: users and groups outside the
/// range are refused, and those that are not named are assigned.
async fn restrict_users(space: &Space) {
    let (first, last) = RANGE;
    let within = |field: &str| {
        format!(
            "!has(object.spec.securityContext.{field}) || (object.spec.securityContext.{field} >= {first} && object.spec.securityContext.{field} <= {last})"
        )
    };
    let constraints = json!({
        "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": space.name } },
        "resourceRules": [{ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"] }],
    });
    let validations: Vec<Value> = ["runAsUser", "runAsGroup", "fsGroup"]
        .into_iter()
        .map(|field| json!({ "expression": within(field), "message": format!("{field} is not in the range of the namespace") }))
        .collect();
    let assignment = format!(
        "Object{{spec: Object.spec{{securityContext: Object.spec.securityContext{{runAsUser: {first}, fsGroup: {first}}}}}}}"
    );
    // A set user stays, and is refused afterwards.
    let names_none = json!([{
        "name": "names-none",
        "expression": "!has(object.spec.securityContext.runAsUser)",
    }]);
    let rules = [
        (
            "ValidatingAdmissionPolicy",
            json!({ "failurePolicy": "Fail", "matchConstraints": constraints, "validations": validations }),
            json!({ "policyName": space.name, "validationActions": ["Deny"] }),
        ),
        (
            "MutatingAdmissionPolicy",
            json!({
                "failurePolicy": "Fail", "reinvocationPolicy": "Never", "matchConstraints": constraints,
                "matchConditions": names_none,
                "mutations": [{ "patchType": "ApplyConfiguration", "applyConfiguration": { "expression": assignment } }],
            }),
            json!({ "policyName": space.name }),
        ),
    ];
    for (kind, policy, binding) in rules {
        for (kind, spec) in [
            (kind.to_owned(), policy),
            (format!("{kind}Binding"), binding),
        ] {
            let rule = json!({ "metadata": { "name": space.name }, "spec": spec });
            let all = space.cluster_wide(&kind);
            all.create(&PostParams::default(), &object(&kind, rule))
                .await
                .expect("a rule");
        }
    }
    until("rules in force", async || {
        let pod = |context: Value| {
            let pod = json!({
                "metadata": { "name": "trial" },
                "spec": { "securityContext": context, "containers": [{ "name": "a", "image": "a" }] },
            });
            object("Pod", pod)
        };
        let dry = PostParams { dry_run: true, ..PostParams::default() };
        let pods = space.api("Pod");
        pods.create(&dry, &pod(json!({ "runAsUser": 1 }))).await.err()?;
        let made = pods.create(&dry, &pod(json!({}))).await.ok()?;
        (made.data["spec"]["securityContext"]["runAsUser"] == first).then_some(())
    })
    .await;
}

async fn remove_rules(space: &Space) {
    for kind in ["ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"] {
        for kind in [format!("{kind}Binding"), kind.to_owned()] {
            let all = space.cluster_wide(&kind);
            let deleted = all.delete(&space.name, &DeleteParams::default()).await;
            deleted.expect("it is deleted");
        }
    }
}

/// Faults, KH5: a cluster like OpenShift gives each namespace its own range of users.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn cluster_that_assigns_users_runs_the_pods_that_name_none() {
    let mut ground = Remote::default();
    let engine = ground.begin(Arc::<TestHost>::default(), None).await;
    restrict_users(ground.space()).await;
    let named = Server::begin(engine, &store("serves"));
    let denied = named
        .until("denied", |row| waits_with(row, reason::ADMISSION_DENIED))
        .await;
    let why = denied.message(&ConditionType::JobCreated);
    assert!(
        why.contains("is not in the range of the namespace"),
        "{why}"
    );
    delete(&named).await;
    named.controller.shut_down().await;

    ground.run_as = Some(RunAs::Cluster);
    let engine = ground.begin(Arc::<TestHost>::default(), None).await;
    let server = Server::begin(engine, &store("serves"));
    server.until("running", is_running).await;
    let pod = ground.pod(&id()).await.spec.expect("a spec");
    let user = pod.security_context.and_then(|context| context.run_as_user);
    assert_eq!(user, Some(RANGE.0.into()));
    delete(&server).await;
    server.controller.shut_down().await;
    remove_rules(ground.space()).await;
}

/// In use, H6: a registry that fails for a moment ends no run.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn image_that_appears_after_two_failed_pulls_is_run() {
    let mut ground = Remote::default();
    ground.image_grace = Millis::from_secs(120);
    let engine = ground.begin(Arc::<TestHost>::default(), None).await;
    let server = Server::begin(engine, &store("pulled"));
    server
        .until("waiting for the second pull", |row| {
            row.reason(&ConditionType::Ready) == reason::IMAGE_PULL_BACK_OFF
        })
        .await;
    add_image(&format!("vestibule.test/{}", ground.space().name));
    let row = server.until("running", is_running).await;
    assert_eq!(row.run_number(), Some(1), "it is the same run");
    delete(&server).await;
    server.controller.shut_down().await;
}
