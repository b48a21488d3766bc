//! Commands of the console while the API server refuses, doesn't answer, or isn't there.

use crate::killed::{chance, settle};
use crate::line::Fault;
use crate::orders::Orders;
use crate::site::{Site, text};
use crate::support::{request, without_api_server};
use axum::http::Method;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Longest time that a command may take, whatever the API server does.
const LIMIT: Duration = Duration::from_secs(20);
/// Orders that are given on a bad line.
const ORDERS: u32 = 30;

/// Checks an answer to a command that the cluster has not confirmed.
#[track_caller]
fn unconfirmed((status, body): &(u16, Value), words: &[&str]) {
    assert_eq!(*status, 503, "{body}");
    assert!(text(&body["type"]).ends_with("cluster-away"), "{body}");
    let detail = text(&body["detail"]);
    for word in words {
        assert!(detail.contains(word), "{word:?} is not in {detail:?}");
    }
}

/// Returns what a command changes.
fn spec(site: &Site, id: &str) -> Value {
    let resource = site.resource(id).expect("a resource");
    json!([resource["spec"], resource["metadata"]["deletionTimestamp"]])
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn refused_command_is_told_and_changes_nothing() {
    let site = Site::new(&[]);
    let server = site.start();
    site.line.on_commands(1, Fault::Refused(500));
    let id = request();
    let words = ["etcdserver: request timed out", "may have been carried out"];
    unconfirmed(&site.create(&server, &id, "Climate"), &words);
    assert_eq!(site.resources(), Vec::<Value>::new());
    let (status, made) = site.create(&server, &id, "Climate");
    assert_eq!(status, 201, "{made}");
    let id = text(&made["id"]);
    site.shows(&server, id, "Creating");

    // In the order in which each has an effect.
    for verb in ["restart", "stop", "start", "delete"] {
        let before = spec(&site, id);
        site.line.on_commands(1, Fault::Refused(500));
        unconfirmed(&site.command(&server, id, verb), &words);
        assert_eq!(spec(&site, id), before, "{verb}");
        // A conflict with a newer version is nobody's concern.
        site.line.on_commands(2, Fault::Refused(409));
        let (status, body) = site.command(&server, id, verb);
        assert_eq!(status, 202, "{verb}: {body}");
        match verb {
            "delete" => site.until("no workbench", || {
                site.listed(&server).is_empty().then_some(())
            }),
            "stop" => drop(site.shows(&server, id, "Stopped")),
            _ => settle(&site, &server),
        }
    }
    site.until("no resource", || site.resources().is_empty().then_some(()));
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn command_without_an_answer_can_be_sent_again() {
    let site = Site::new(&[]);
    let server = site.start();
    site.line.on_commands(1, Fault::Lost);
    let request = request();
    unconfirmed(
        &site.create(&server, &request, "Climate"),
        &["may have been carried out"],
    );
    let (status, made) = site.create(&server, &request, "Climate");
    assert_eq!(status, 200, "it was made by the first one: {made}");
    assert_eq!(site.resources().len(), 1);
    let id = text(&made["id"]);
    let first = site.shows(&server, id, "Creating");
    assert_eq!(first.run.expect("a run").number, 1);

    for (verb, desired, run) in [("stop", "Stopped", 1), ("start", "Running", 2)] {
        site.line.on_commands(1, Fault::Lost);
        unconfirmed(
            &site.command(&server, id, verb),
            &["may have been carried out"],
        );
        let (status, body) = site.command(&server, id, verb);
        assert_eq!(status, 202, "{verb}: {body}");
        assert_eq!(body["run"]["number"], run, "{verb}");
        settle(&site, &server);
        assert_eq!(spec(&site, id)[0]["desired"], desired);
        let bench = site.listed(&server).pop().expect("a workbench");
        assert_eq!(bench.run.as_ref().expect("a run").number, run, "{verb}");
        let said = site.journal(&server, &bench);
        let commands = said
            .iter()
            .filter(|said| said.contains(&format!("asked to {verb} it")));
        assert_eq!(commands.count(), 1, "{said:?}");
    }
    site.line.on_commands(1, Fault::Lost);
    let renamed = json!({ "name": "Climate 2027" });
    unconfirmed(
        &site.change(&server, id, &renamed),
        &["may have been carried out"],
    );
    let (status, body) = site.change(&server, id, &renamed);
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["name"], "Climate 2027");

    site.line.on_commands(1, Fault::Lost);
    unconfirmed(
        &site.command(&server, id, "delete"),
        &["may have been carried out"],
    );
    let (status, body) = site.command(&server, id, "delete");
    assert!(status == 202 || status == 404, "{body}");
    site.until("an empty workspace", || {
        (site.listed(&server).is_empty() && site.resources().is_empty()).then_some(())
    });
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn request_makes_one_resource_also_with_other_content_after_a_restart() {
    let site = Site::new(&[]);
    let server = site.start();
    let request = request();
    let (status, made) = site.create(&server, &request, "Climate");
    assert_eq!(status, 201, "{made}");
    // The new server has not listed the resources yet.
    site.line.set(|asked| {
        asked
            .is_list()
            .then_some(Fault::Late(Duration::from_secs(3)))
    });
    let server = site.start_again(server.kill());
    let (status, body) = site.create(&server, &request, "Ocean");
    assert_eq!(status, 409, "{body}");
    assert!(text(&body["type"]).ends_with("id-taken"), "{body}");
    let (status, again) = site.create(&server, &request, "Climate");
    assert_eq!((status, &again["id"]), (200, &made["id"]), "{again}");
    assert_eq!(site.resources().len(), 1);
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn slow_or_busy_api_server_keeps_nobody_waiting_for_long() {
    let site = Site::new(&[]);
    let server = site.start();
    let (id, _) = site.running(&server);
    // Both are carried out, one after the other.
    site.line
        .on_commands(1, Fault::Late(Duration::from_millis(1500)));
    let (stop, start) = std::thread::scope(|scope| {
        let stop = scope.spawn(|| site.command(&server, &id, "stop"));
        site.until("the stop on its way", || {
            // The resource of the second one is another one's.
            (spec(&site, &id)[0]["desired"] == "Running").then_some(())
        });
        let change = scope.spawn(|| site.change(&server, &id, &json!({ "name": "Other" })));
        (
            stop.join().expect("an answer"),
            change.join().expect("an answer"),
        )
    });
    assert_eq!((stop.0, start.0), (202, 200), "{stop:?} {start:?}");
    site.shows(&server, &id, "Stopped");
    let spec_now = spec(&site, &id);
    assert_eq!(
        (&spec_now[0]["desired"], &spec_now[0]["displayName"]),
        (&json!("Stopped"), &json!("Other"))
    );

    // The client's own patience is minutes.
    site.line.on_commands(u32::MAX, Fault::Refused(429));
    let begin = Instant::now();
    let answer = site.command(&server, &id, "start");
    assert!(begin.elapsed() < LIMIT, "{:?}", begin.elapsed());
    unconfirmed(
        &answer,
        &["didn't answer within", "may have been carried out"],
    );
    site.line.mend();
    let (status, body) = site.command(&server, &id, "start");
    assert_eq!(status, 202, "{body}");
    site.shows(&server, &id, "Creating");
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn edits_during_a_cut_watch_are_caught_up() {
    let site = Site::new(&[]);
    let server = site.start();
    let (id, name) = site.running(&server);
    let mut refusals = 0;
    site.line.set(move |asked| {
        refusals += u32::from(asked.is_watch());
        let code = if refusals % 2 == 0 { 500 } else { 429 };
        (asked.is_watch() && refusals < 6).then_some(Fault::Refused(code))
    });
    site.line.cut_watches();
    let (status, _) = site.edit(
        &name,
        &json!({ "spec": { "desired": "Stopped", "displayName": "Seen" } }),
    );
    assert_eq!(status, 200);
    // A command meanwhile is one after the edit, which the server has not seen: a start waits for the stop.
    site.until("a start after the stop", || {
        let (status, body) = site.command(&server, &id, "start");
        let is_stopping = status == 409 && text(&body["type"]).ends_with("stopping");
        assert!(status == 202 || is_stopping, "{body}");
        (status == 202).then_some(())
    });
    assert_eq!(spec(&site, &id)[0]["desired"], "Running");
    settle(&site, &server);
    let bench = site.listed(&server).pop().expect("a workbench");
    assert_eq!(bench.name, "Seen");
    // Deleted behind its back.
    site.line.cut_watches();
    let path = site.path("agenticsessions", &name);
    assert_eq!(site.line.call("DELETE", &path, None).0, 200);
    site.until("an empty workspace", || {
        (site.listed(&server).is_empty() && site.resources().is_empty()).then_some(())
    });
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn command_while_the_api_server_restarts_is_told_and_works_afterwards() {
    let site = Site::new(&[]);
    let server = site.start();
    let (id, _) = site.running(&server);
    let before = spec(&site, &id);
    let created = request();
    without_api_server(|| {
        let begin = Instant::now();
        unconfirmed(&site.command(&server, &id, "stop"), &["cluster"]);
        unconfirmed(&site.create(&server, &created, "Ocean"), &["cluster"]);
        assert!(begin.elapsed() < LIMIT * 2, "{:?}", begin.elapsed());
        // What it knew is shown.
        assert_eq!(site.listed(&server).len(), 1);
    });
    assert_eq!(spec(&site, &id), before);
    let (status, body) = site.command(&server, &id, "stop");
    assert_eq!(status, 202, "{body}");
    site.shows(&server, &id, "Stopped");
    let (status, body) = site.create(&server, &created, "Ocean");
    assert_eq!(status, 201, "{body}");
    settle(&site, &server);
    assert_eq!(site.resources().len(), 2);
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn orders_on_a_bad_line_lose_invent_and_double_nothing() {
    let mut chance = chance();
    let site = Site::new(&[]);
    let server = site.start();
    let mut faults = StdRng::seed_from_u64(chance.random());
    site.line.set(move |asked| {
        let pause = Duration::from_millis(faults.random_range(0..800));
        match faults.random_range(0..24) {
            0 => Some(Fault::Refused(500)),
            1 => Some(Fault::Refused(429)),
            2 if asked.method != Method::GET => Some(Fault::Refused(409)),
            3 if !asked.is_watch() => Some(Fault::Lost),
            4 if asked.is_watch() => Some(Fault::Refused(410)),
            4 | 5 => Some(Fault::Late(pause)),
            _ => None,
        }
    });
    let mut orders = Orders::new();
    for number in 1..=ORDERS {
        assert!(orders.once(&site, &server, &mut chance), "it answers");
        if number % 10 == 0 {
            site.line.cut_watches();
            orders.compare(&site);
        }
        if number == ORDERS / 2 {
            // Kubectl has no way either.
            std::thread::scope(|scope| {
                let restart = scope.spawn(|| without_api_server(|| ()));
                while !restart.is_finished() {
                    assert!(
                        orders.give(&site, &server, &mut chance, false),
                        "it answers"
                    );
                }
            });
        }
    }
    site.line.mend();
    settle(&site, &server);
    orders.compare(&site);
    eprintln!("{:?} accepted, refused, unconfirmed", orders.counts);
    orders.delete_all(&site, &server);
    settle(&site, &server);
    orders.compare(&site);
    assert_eq!(site.objects("pods"), Vec::<Value>::new());
}
