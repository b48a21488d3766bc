//! Two servers with data folders of their own on one cluster: one acts, the other waits.

use crate::killed::{settle, signal};
use crate::process::Running;
use crate::site::{Site, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Returns the uids of the Pods, by the number of the run; no number is there twice.
#[track_caller]
fn pods(site: &Site) -> Vec<(String, String)> {
    let pods = site.objects("pods");
    let one = |pod: &Value| {
        let metadata = &pod["metadata"];
        let run = text(&metadata["labels"]["vestibule.dev/run"]).to_owned();
        (run, text(&metadata["uid"]).to_owned())
    };
    let pods: Vec<(String, String)> = pods.iter().map(one).collect();
    let runs: BTreeSet<&String> = pods.iter().map(|(run, _)| run).collect();
    assert_eq!(runs.len(), pods.len(), "two Pods of a run: {pods:?}");
    pods
}

fn version(site: &Site, id: &str) -> String {
    let resource = site.resource(id).expect("a resource");
    text(&resource["metadata"]["resourceVersion"]).to_owned()
}

/// Sends commands to a server that must not act, and returns why it refuses the last one.
#[track_caller]
fn why_refused(site: &Site, server: &Running, id: &str) -> String {
    let mut why = String::new();
    for verb in ["restart", "delete", "stop"] {
        let (status, body) = site.command(server, id, verb);
        assert_eq!(status, 503, "{verb}: {body}");
        why = text(&body["detail"]).to_owned();
    }
    why
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn one_of_two_servers_acts_and_the_other_takes_over() {
    let one = Site::new(&[]);
    let first = one.start();
    let (id, name) = one.running(&first);
    let begun = pods(&one);

    // On a copy of the data folder, it would be the same server.
    let two = one.beside(&[]);
    let second = two.start();
    let (status, body) = second.ask("GET", "/readyz", "");
    assert_eq!(status, 503, "{body}");
    assert!(
        body.contains("another server manages the cluster"),
        "{body}"
    );
    let why = why_refused(&two, &second, &id);
    assert!(why.contains("another server manages the cluster"), "{why}");

    // The first one doesn't get any time for as long as the second one needs.
    signal(first.pid(), "-STOP");
    two.until("a second server that is ready", || {
        (second.ask("GET", "/readyz", "").0 == 200).then_some(())
    });
    let found = two.shows(&second, &id, "Creating");
    assert_eq!(found.run.expect("a run").number, 1, "the run goes on");
    assert_eq!(pods(&two), begun, "its Pod is the same");
    let (status, body) = two.command(&second, &id, "stop");
    assert_eq!(status, 202, "{body}");
    two.shows(&second, &id, "Stopped");
    let stopped = version(&two, &id);

    // Continued, it has not seen yet that another one has the lease.
    signal(first.pid(), "-CONT");
    let why = why_refused(&one, &first, &id);
    assert!(
        why.contains("lease") || why.contains("another server"),
        "{why}"
    );
    // It shows what the second one does, and does nothing itself.
    one.until("the stop in the first server", || {
        let bench = one.listed(&first).pop()?;
        (bench.desired.as_str() == "Stopped").then_some(())
    });
    assert_eq!(version(&one, &id), stopped, "nothing was written");
    one.until("the reason", || {
        let why = why_refused(&one, &first, &id);
        why.contains("another server manages the cluster")
            .then_some(())
    });
    let (status, body) = two.change(&second, &id, &json!({ "name": "Renamed" }));
    assert_eq!(status, 200, "{body}");
    settle(&two, &second);
    let renamed = version(&two, &id);
    one.until("the new name in the first server", || {
        (one.listed(&first).pop()?.name == "Renamed").then_some(())
    });
    assert_eq!(version(&one, &id), renamed, "nothing was written");

    // The second one is killed, and the first one has the cluster again.
    second.kill();
    let started = one.until("a first server that acts", || {
        let (status, body) = one.command(&first, &id, "start");
        (status == 202).then_some(body)
    });
    assert_eq!(started["name"], "Renamed");
    settle(&one, &first);
    assert_eq!(pods(&one).len(), 1);
    let (status, _) = one.edit(&name, &json!({ "spec": { "desired": "Stopped" } }));
    assert_eq!(status, 200);
    settle(&one, &first);
    assert_eq!(first.end(), Some(0));
}
