//! Rights of the server's service account.

use crate::notice;
use crate::support::{Server, kubeconfig, kubectl, request};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use vestibule_kubernetes::rights::{ClusterUse, cluster_role};
use vestibule_server::store::Command;

/// Service account of a server, with its kubeconfig in a folder.
struct Account {
    namespace: String,
    folder: tempfile::TempDir,
}

impl Account {
    fn new(namespace: &str) -> Self {
        let account = Self {
            namespace: namespace.to_owned(),
            folder: tempfile::tempdir().expect("a folder"),
        };
        kubectl(&["create", "serviceaccount", "vestibule", "-n", namespace]);
        account
    }

    fn apply(&self, manifest: &str) {
        let file = self.folder.path().join("manifest");
        fs::write(&file, manifest).expect("a file");
        kubectl(&["apply", "-f", &file.display().to_string()]);
    }

    /// Returns the kubeconfig of the account.
    fn kubeconfig(&self) -> PathBuf {
        let admin = fs::read(kubeconfig()).expect("a kubeconfig");
        let mut config: Value = serde_json::from_slice(&admin).expect("JSON");
        let token = kubectl(&["create", "token", "vestibule", "-n", &self.namespace]);
        config["users"][0]["user"] = json!({ "token": token.trim() });
        let file = self.folder.path().join("kubeconfig");
        fs::write(&file, config.to_string()).expect("a file");
        file
    }

    fn subject(&self) -> String {
        format!("--serviceaccount={}:vestibule", self.namespace)
    }
}

fn role() -> String {
    let uses = ClusterUse {
        creates_namespaces: true,
        adopts: true,
        ..ClusterUse::default()
    };
    cluster_role(&uses).expect("YAML")
}

/// Returns the role under another name, with the rules of pods changed.
fn changed_role(name: &str, verbs: &[&str]) -> String {
    let mut role: Value = {
        let text = kubectl(&["get", "clusterrole", "vestibule", "-o", "json"]);
        serde_json::from_str(&text).expect("JSON")
    };
    role["metadata"] = json!({ "name": name });
    let rules = role["rules"].as_array_mut().expect("rules");
    for rule in rules {
        if rule["resources"][0] == "pods" {
            rule["verbs"] = json!(verbs);
        }
    }
    role.to_string()
}

impl Server {
    async fn shows_notice(&self, words: &str) {
        self.until(&format!("notice {words:?}"), || {
            (notice::of_rights(&self.notices) == words).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn printed_role_is_enough_for_everything() {
    let mut kept = None;
    let server = Server::start_as(|namespace| {
        let account = kept.insert(Account::new(namespace));
        account.apply(&role());
        let (name, subject) = (format!("vestibule-{namespace}"), account.subject());
        let role = "--clusterrole=vestibule";
        kubectl(&["create", "clusterrolebinding", &name, role, &subject]);
        account.kubeconfig()
    })
    .await;
    let made = server
        .create(&request(), "Climate")
        .await
        .expect("it is made");
    let row = server.store.resource_row(&made.id).expect("works");
    let name = row.expect("a resource").name;
    server.shows(&name, "Creating").await;
    let events = [
        "get",
        "events",
        "-n",
        &server.namespace,
        "-o",
        "jsonpath={.items[*].involvedObject.name}",
    ];
    server
        .until("an event of the resource", || {
            kubectl(&events)
                .split(' ')
                .any(|one| one == name)
                .then_some(())
        })
        .await;
    for (command, phase) in [(Command::Stop, "Stopped"), (Command::Start, "Creating")] {
        server.command(&made.id, command).await.expect("it is done");
        server.shows(&name, phase).await;
    }
    // The same event again is read and counted.
    let counts = "jsonpath={.items[*].series.count}";
    let counts = ["get", "events", "-n", &server.namespace, "-o", counts];
    server
        .until("a counted event", || {
            (!kubectl(&counts).trim().is_empty()).then_some(())
        })
        .await;
    server
        .command(&made.id, Command::Delete)
        .await
        .expect("it is deleted");
    server
        .until("no resource", || {
            server.resource(&name).is_none().then_some(())
        })
        .await;
    let left = ["get", "pods,secrets", "-n", &server.namespace, "-o", "name"];
    server
        .until("nothing of the run", || {
            kubectl(&left).trim().is_empty().then_some(())
        })
        .await;
    assert!(server.notices.subscribe().borrow().is_empty());
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn missing_verb_is_told_until_it_is_granted() {
    let read = ["get", "list", "watch", "patch", "deletecollection"];
    let mut granting = None;
    let server = Server::start_as(|namespace| {
        let account = Account::new(namespace);
        account.apply(&role());
        let (own, find) = (format!("own-{namespace}"), format!("find-{namespace}"));
        account.apply(&changed_role(&own, &read));
        let subject = account.subject();
        let role = format!("--clusterrole={own}");
        kubectl(&[
            "create",
            "rolebinding",
            "vestibule",
            "-n",
            namespace,
            &role,
            &subject,
        ]);
        let rights = ["--verb=list,watch", "--resource=namespaces"];
        kubectl(&[&["create", "clusterrole", &find], &rights[..]].concat());
        let role = format!("--clusterrole={find}");
        kubectl(&["create", "clusterrolebinding", &find, &role, &subject]);
        let file = account.kubeconfig();
        granting = Some((account, own));
        file
    })
    .await;
    let (account, own) = granting.expect("an account");
    let place = format!("pods in the namespace {}", server.namespace);
    server
        .shows_notice(&format!("create and delete {place}"))
        .await;
    server.apply("climate", json!({ "app": "welcome" }));
    let words = format!(
        "cannot create resource \"pods\" in API group \"\" in the namespace \"{}\"",
        server.namespace
    );
    server
        .until("a refused Pod", || {
            let workbench = server.workbench()?;
            let mut all = workbench.status.conditions.iter();
            all.any(|one| one.message.contains(&words)).then_some(())
        })
        .await;
    account.apply(&changed_role(&own, &[&read[..], &["create"]].concat()));
    server.shows_notice(&format!("delete {place}")).await;
    server.shows("climate", "Creating").await;
    account.apply(&changed_role(&own, &["*"]));
    server.shows_notice("").await;
    server.end().await;
}
