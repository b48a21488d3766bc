//! Commands that are sent as the users of the console (`--impersonate`), and the rights of the server.

use crate::process::{Running, vestibule};
use crate::site::{PASSWORD, Site, text};
use crate::support::{kubectl, request};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Adds an administrator of the console.
fn add_user(site: &Site, name: &str) {
    let mut adding = vestibule()
        .args(["user", "add", name, "--admin", "--data-dir"])
        .arg(site.data())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut input = adding.stdin.take().expect("its input");
    writeln!(input, "{PASSWORD}").expect("it reads");
    drop(input);
    assert!(adding.wait().expect("it ends").success());
}

/// Applies an object.
fn apply(site: &Site, object: &Value) {
    let file = site.folder().join("object.json");
    std::fs::write(&file, object.to_string()).expect("a file");
    kubectl(&["apply", "-f", &file.display().to_string()]);
}

/// Lets a user do something with the resources of the namespace.
fn permit(site: &Site, user: &str, verbs: &[&str]) {
    let namespace = &site.namespace;
    apply(
        site,
        &json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": { "name": user, "namespace": namespace },
            "rules": [{ "apiGroups": ["vestibule.dev"], "resources": ["agenticsessions"], "verbs": verbs }],
        }),
    );
    apply(
        site,
        &json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": { "name": user, "namespace": namespace },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user },
            "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user }],
        }),
    );
}

/// Checks that the API server has refused a command, in its words.
#[track_caller]
fn is_refused((status, body): &(u16, Value), words: &[&str]) {
    assert_eq!(*status, 409, "{body}");
    assert!(text(&body["type"]).ends_with("cluster-refused"), "{body}");
    let detail = text(&body["detail"]);
    for word in words {
        assert!(detail.contains(word), "{word:?} is not in {detail:?}");
    }
}

/// Sends a command until the API server knows a right that was just given.
fn until_permitted(site: &Site, what: &str, mut send: impl FnMut() -> (u16, Value)) -> Value {
    site.until(what, || {
        let (status, body) = send();
        if status == 409 {
            is_refused(&(status, body), &["is forbidden"]);
            return None;
        }
        assert!([200, 201, 202].contains(&status), "{body}");
        Some(body)
    })
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn command_has_the_rights_of_the_user_who_sends_it() {
    let site = Site::new(&["--impersonate"]);
    let mut server = site.start();
    add_user(&site, "ada");
    assert_eq!(server.sign_in("ada", PASSWORD), 200);
    let user = r#"User "ada" cannot "#;
    let created = request();
    is_refused(
        &site.create(&server, &created, "Climate"),
        &["is forbidden", user],
    );
    assert_eq!(site.resources(), Vec::<Value>::new());

    permit(&site, "ada", &["get", "create", "patch"]);
    let made = until_permitted(&site, "a permitted creation", || {
        site.create(&server, &created, "Climate")
    });
    let id = text(&made["id"]);
    site.shows(&server, id, "Creating");
    let resource = site.resource(id).expect("a resource");
    let metadata = &resource["metadata"];
    assert_eq!(metadata["annotations"]["vestibule.dev/requested-by"], "ada");
    assert!(
        metadata["managedFields"]
            .to_string()
            .contains("vestibule-console"),
        "{metadata:#}"
    );
    for verb in ["stop", "start", "restart"] {
        let (status, body) = site.command(&server, id, verb);
        assert_eq!(status, 202, "{verb}: {body}");
        let phase = if verb == "stop" {
            "Stopped"
        } else {
            "Creating"
        };
        site.shows(&server, id, phase);
    }

    // What is not among her rights.
    let words = [
        "is forbidden",
        user,
        r#"cannot delete resource "agenticsessions""#,
    ];
    is_refused(&site.command(&server, id, "delete"), &words);
    // Another user has none.
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let before = site.resource(id).expect("a resource")["spec"].clone();
    let words = ["is forbidden", r#"User "admin" cannot patch resource"#];
    is_refused(&site.command(&server, id, "stop"), &words);
    let renamed = json!({ "name": "Mine" });
    is_refused(&site.change(&server, id, &renamed), &words);
    let after = site.resource(id).expect("a resource");
    assert_eq!(after["spec"], before);
    assert!(after["metadata"]["deletionTimestamp"].is_null());
    assert_eq!(
        after["metadata"]["annotations"]["vestibule.dev/requested-by"],
        "ada"
    );
    let bench = site.listed(&server).pop().expect("a workbench");
    assert_eq!((bench.name.as_str(), bench.deleting), ("Climate", false));

    assert_eq!(server.sign_in("ada", PASSWORD), 200);
    permit(&site, "ada", &["get", "create", "patch", "delete"]);
    until_permitted(&site, "a permitted deletion", || {
        site.command(&server, id, "delete")
    });
    site.until("an empty workspace", || {
        (site.listed(&server).is_empty() && site.resources().is_empty()).then_some(())
    });
}

/// The rights of the documentation, without that to act as users.
const RIGHTS: [(&str, &str, &str); 10] = [
    ("", "namespaces", "get create list watch"),
    (
        "vestibule.dev",
        "agenticsessions",
        "get list watch create patch delete",
    ),
    ("vestibule.dev", "agenticsessions/status", "patch"),
    (
        "",
        "pods",
        "get list watch create patch delete deletecollection",
    ),
    (
        "",
        "persistentvolumeclaims",
        "get list watch create patch delete deletecollection",
    ),
    (
        "",
        "secrets",
        "get list watch create patch deletecollection",
    ),
    ("", "serviceaccounts", "get"),
    ("coordination.k8s.io", "leases", "get create patch"),
    ("", "pods/log events", "get list"),
    ("events.k8s.io", "events", "create patch"),
];

/// Gives the service account these rights: groups of API group, resources and verbs.
fn give_rights(site: &Site, rights: &[(&str, &str, &str)]) {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let rules: Vec<Value> = rights
        .iter()
        .map(|(group, resources, verbs)| {
            json!({ "apiGroups": [group], "resources": words(resources), "verbs": words(verbs) })
        })
        .collect();
    let name = format!("vestibule-{}", site.namespace);
    apply(
        site,
        &json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": { "name": name }, "rules": rules,
        }),
    );
}

/// Returns a kubeconfig of a service account with these rights.
fn service_account(site: &Site, rights: &[(&str, &str, &str)]) -> PathBuf {
    give_rights(site, rights);
    let (namespace, name) = (&site.namespace, format!("vestibule-{}", site.namespace));
    kubectl(&["create", "serviceaccount", "vestibule", "-n", namespace]);
    apply(
        site,
        &json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": { "name": name },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name },
            "subjects": [{ "kind": "ServiceAccount", "name": "vestibule", "namespace": namespace }],
        }),
    );
    let token = kubectl(&["create", "token", "vestibule", "-n", namespace]);
    let seen = kubectl(&["config", "view", "--raw", "--minify", "-o", "json"]);
    let mut config: Value = serde_json::from_str(&seen).expect("JSON");
    config["users"][0]["user"] = json!({ "token": token.trim() });
    config["contexts"][0]["context"]["namespace"] = json!(namespace);
    let file = site.folder().join("account.kubeconfig");
    std::fs::write(&file, config.to_string()).expect("a file");
    file
}

fn start(site: Site, kubeconfig: &Path) -> (Site, Running) {
    let site = site.with_kubeconfig(kubeconfig);
    let server = site.start();
    (site, server)
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn documented_rights_are_enough_and_a_missing_one_is_told() {
    let site = Site::new(&[]);
    let account = service_account(&site, &RIGHTS);
    let (site, server) = start(site, &account);
    let (status, made) = site.create(&server, &request(), "Climate");
    assert_eq!(status, 201, "{made}");
    let id = text(&made["id"]).to_owned();
    site.shows(&server, &id, "Creating");
    for verb in ["stop", "start", "restart", "stop"] {
        let (status, body) = site.command(&server, &id, verb);
        assert_eq!(status, 202, "{verb}: {body}");
        let phase = if verb == "stop" {
            "Stopped"
        } else {
            "Creating"
        };
        site.shows(&server, &id, phase);
    }
    // Also to count events.
    site.until("a counted event", || {
        let events = site.objects("events");
        let counts = events.iter().map(|one| one["series"]["count"].as_u64());
        counts.flatten().max().filter(|count| *count > 1)
    });
    assert_eq!(server.end(), Some(0));

    // The same server, with users' rights and without its own to act as them.
    let site = site.with_flag("--impersonate");
    let mut server = Running::start(&mut site.serve());
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let before = site.resource(&id).expect("a resource")["spec"].clone();
    let words = ["is forbidden", "cannot impersonate"];
    is_refused(&site.command(&server, &id, "start"), &words);
    is_refused(&site.command(&server, &id, "delete"), &words);
    is_refused(&site.create(&server, &request(), "Ocean"), &words);
    assert_eq!(site.resources().len(), 1);
    assert_eq!(site.resource(&id).expect("a resource")["spec"], before);

    // With it, and a user's own rights, the same works.
    permit(&site, "admin", &["get", "create", "patch", "delete"]);
    let act_as = ("", "users", "impersonate");
    give_rights(&site, &[&RIGHTS[..], &[act_as]].concat());
    until_permitted(&site, "a permitted start", || {
        site.command(&server, &id, "start")
    });
    site.shows(&server, &id, "Creating");
    until_permitted(&site, "a deletion", || site.command(&server, &id, "delete"));
    site.until("an empty workspace", || {
        (site.listed(&server).is_empty() && site.resources().is_empty()).then_some(())
    });
    assert_eq!(server.end(), Some(0));
    kubectl(&[
        "delete",
        "clusterrole,clusterrolebinding",
        &format!("vestibule-{}", site.namespace),
    ]);
}
