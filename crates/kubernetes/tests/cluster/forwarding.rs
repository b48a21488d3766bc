//! The rights that the forwarding of ports needs.

use crate::support::{Space, config, until};
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::rbac::v1 as rbac;
use kube::api::PostParams;
use kube::{Api, Client};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn typed<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an object")
}

/// A WebSocket is opened by GET, and needs the right to create too.
#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn ports_are_forwarded_with_both_rights_alone() {
    let space = Space::new().await;
    let pod = json!({
        "metadata": { "name": "climate-1" },
        "spec": { "containers": [{ "name": "app", "image": "vestibule.test/none" }] },
    });
    space.create("Pod", pod).await;
    let how = PostParams::default();
    for (number, verbs) in [&["get"][..], &["create"], &["get", "create"]]
        .iter()
        .enumerate()
    {
        let user = format!("forwarder-{number}-of-{}", space.name);
        let name = format!("forward-{number}");
        let rule = json!({ "apiGroups": [""], "resources": ["pods/portforward"], "verbs": verbs });
        let role = typed(json!({ "metadata": { "name": name }, "rules": [rule] }));
        let roles: Api<rbac::Role> = Api::namespaced(space.client.clone(), &space.name);
        roles.create(&how, &role).await.expect("a role");
        let group = "rbac.authorization.k8s.io";
        let binding = typed(json!({
            "metadata": { "name": name },
            "roleRef": { "apiGroup": group, "kind": "Role", "name": name },
            "subjects": [{ "apiGroup": group, "kind": "User", "name": user }],
        }));
        let bindings: Api<rbac::RoleBinding> = Api::namespaced(space.client.clone(), &space.name);
        bindings.create(&how, &binding).await.expect("a binding");
        let mut access = config().await;
        access.auth_info.impersonate = Some(user);
        let client = Client::try_from(access).expect("a client");
        let right = json!({
            "verb": verbs[0], "resource": "pods", "subresource": "portforward", "namespace": space.name,
        });
        let review = typed(json!({ "spec": { "resourceAttributes": right } }));
        let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
        until("a granted right", async || {
            let answer = reviews.create(&how, &review).await.ok()?;
            answer.status?.allowed.then_some(())
        })
        .await;
        let pods: Api<core::Pod> = Api::namespaced(client, &space.name);
        let answer = pods.portforward("climate-1", &[1]).await;
        let said = format!("{:?}", answer.err());
        println!("{verbs:?}: {said}");
        assert_eq!(said.contains("403"), verbs.len() == 1, "{verbs:?}: {said}");
    }
    space.close().await;
}
