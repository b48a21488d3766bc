//! Events about resources, as kubectl shows them.

use crate::killed::settle;
use crate::site::{Site, text};
use crate::support::kubectl;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Returns how often each event about a resource was published, by its reason and message. Every event is
/// there once.
#[track_caller]
fn events(site: &Site, name: &str) -> BTreeMap<(String, String), u64> {
    let mut counts = BTreeMap::new();
    for event in site.objects("events") {
        if event["regarding"]["kind"] != "AgenticSession" || event["regarding"]["name"] != name {
            continue;
        }
        let what = (
            text(&event["reason"]).to_owned(),
            text(&event["note"]).to_owned(),
        );
        let count = event["series"]["count"].as_u64().unwrap_or(1);
        let before = counts.insert(what, count);
        assert!(before.is_none(), "twice: {event:#}");
    }
    counts
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn transitions_are_events_and_each_is_there_once() {
    let site = Site::new(&[]);
    let server = site.start();
    let made = site.make("climate", &json!({ "app": "welcome" }));
    let id = format!("wb-{}", text(&made["metadata"]["uid"]));
    site.shows(&server, &id, "Creating");
    let first = site.until("an event", || {
        let events = events(&site, "climate");
        let waits = events.keys().any(|(reason, _)| reason == "Unschedulable");
        waits.then_some(events)
    });
    assert!(first.values().all(|count| *count == 1), "{first:#?}");

    // A restart of the server is no transition of the workbench.
    let cookie = server.kill();
    let server = site.start_again(cookie);
    settle(&site, &server);
    let (status, _) = site.edit("climate", &json!({ "spec": { "displayName": "Climate" } }));
    assert_eq!(status, 200);
    settle(&site, &server);
    assert_eq!(events(&site, "climate"), first);

    // The same again is counted.
    for run in 2..=4 {
        for desired in ["Stopped", "Running"] {
            let (status, _) = site.edit("climate", &json!({ "spec": { "desired": desired } }));
            assert_eq!(status, 200);
            let phase = if desired == "Stopped" {
                "Stopped"
            } else {
                "Creating"
            };
            let bench = site.shows(&server, &id, phase);
            assert_eq!(
                bench.run.expect("a run").number,
                run - u64::from(desired == "Stopped")
            );
        }
        site.until("the event of a run that waits", || {
            let events = events(&site, "climate");
            let waits = events
                .iter()
                .filter(|((reason, _), _)| reason == "Unschedulable");
            (waits.map(|(_, count)| count).sum::<u64>() >= run).then_some(())
        });
    }
    let last = events(&site, "climate");
    eprintln!("{last:#?}");
    let reasons: BTreeSet<&str> = last.keys().map(|(reason, _)| reason.as_str()).collect();
    let shown = kubectl(&["describe", "ags", "climate", "-n", &site.namespace]);
    let (_, shown) = shown.split_once("Events:").expect("events");
    for reason in reasons {
        assert!(shown.contains(reason), "{reason} is not in {shown}");
    }
    let by_name = [
        "get",
        "events",
        "-n",
        &site.namespace,
        "--field-selector",
        "involvedObject.name=climate",
    ];
    let listed = kubectl(&by_name);
    assert!(listed.contains("Unschedulable"), "{listed}");
    assert_eq!(site.objects("pods").len(), 1);
    let pod = site.objects("pods").pop().unwrap_or(Value::Null);
    assert_eq!(pod["metadata"]["labels"]["vestibule.dev/run"], "4");
}
