//! The server is killed (SIGKILL) at random instants while workbenches are created, started, stopped,
//! changed and deleted in the console and with kubectl. Nothing is lost, invented or doubled.
//!
//! `VESTIBULE_TEST_KILLS` is the number of kills, `VESTIBULE_TEST_SEED` repeats the orders of a run; the
//! instants of the kills always differ.

use crate::line::Fault;
use crate::orders::Orders;
use crate::process::Running;
use crate::site::{Site, text};
use crate::support::request;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::process::Command;
use std::time::Duration;
use vestibule_model::ids::RunId;
use vestibule_model::transition::{Transition, TransitionKind};
use vestibule_model::workbench::{Desired, Workbench};
use vestibule_server::store::Store;

/// Default number of kills.
const KILLS: u64 = 20;
/// Latest instant of a kill after the server began to respond, in milliseconds.
const LATEST: u64 = 700;
/// More runs than any workbench has here.
const MANY: u32 = 10_000;

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn server_killed_at_any_instant_loses_invents_and_doubles_nothing() {
    let kills = number("VESTIBULE_TEST_KILLS").unwrap_or(KILLS);
    let mut chance = chance();
    let site = Site::new(&[]);
    let mut server = site.start();
    let mut orders = Orders::new();
    let mut journals = Journals::default();
    for round in 1..=kills {
        // Every third server is killed again while it recovers.
        if !chance.random_ratio(1, 3) {
            settle(&site, &server);
        }
        let pause = Duration::from_micros(chance.random_range(0..LATEST * 1000));
        std::thread::scope(|scope| {
            let ordering = scope.spawn(|| orders.until_it_is_gone(&site, &server, &mut chance));
            std::thread::sleep(pause);
            kill(server.pid());
            ordering.join().unwrap_or_else(|panic| {
                eprintln!("in round {round}");
                std::panic::resume_unwind(panic)
            });
        });
        let cookie = server.kill();
        orders.compare(&site);
        journals.check(&site, &orders);
        server = site.start_again(cookie);
    }
    settle(&site, &server);
    orders.compare(&site);
    let [accepted, refused, unanswered] = orders.counts;
    eprintln!(
        "{kills} kills; {accepted} orders accepted, {refused} refused, {unanswered} left without an \
         answer; {} workbenches, {} runs",
        orders.known.len(),
        journals.known.len()
    );
    orders.delete_all(&site, &server);
    settle(&site, &server);
    orders.compare(&site);
    assert_eq!(site.objects("pods"), Vec::<Value>::new());
    assert_eq!(server.end(), Some(0));
}

/// A Pod that never started is deleted once its end is requested.
#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn stop_that_was_interrupted_goes_on() {
    let site = Site::new(&[]);
    let server = site.start();
    let (id, name) = site.running(&server);
    let cookie = server.kill();
    let (status, _) = site.edit(&name, &json!({ "spec": { "desired": "Stopped" } }));
    assert_eq!(status, 200);
    let pod = site.objects("pods").pop().expect("a Pod");
    let requested = json!({ "vestibule.dev/stop-requested": "2026-11-21T10:00:00Z" });
    let patch = json!({ "metadata": { "annotations": requested } });
    let path = site.path("pods", text(&pod["metadata"]["name"]));
    assert_eq!(site.line.call("PATCH", &path, Some(&patch)).0, 200);
    let server = site.start_again(cookie);
    site.shows(&server, &id, "Stopped");
    assert_eq!(site.objects("pods"), Vec::<Value>::new());
}

/// A workbench whose deletion was not held would stay as one whose resource is gone.
#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn deletion_while_no_server_is_there_is_seen_from_the_first_moment_on() {
    let site = Site::new(&[]);
    let mut server = site.start();
    for by_kubectl in [false, true] {
        match by_kubectl {
            false => {
                // The reflector's own requests come too late.
                site.line.set(|asked| {
                    asked
                        .is_hold()
                        .then_some(Fault::Late(Duration::from_secs(60)))
                });
                let (status, body) = site.create(&server, &request(), "Climate");
                assert_eq!(status, 201, "{body}");
            }
            true => drop(site.make("climate", &json!({ "app": "welcome" }))),
        }
        site.until("a workbench", || {
            (site.listed(&server).len() == 1).then_some(())
        });
        let cookie = server.kill();
        site.line.mend();
        let made = site.resources().pop().expect("a resource");
        let path = site.path("agenticsessions", text(&made["metadata"]["name"]));
        assert_eq!(site.line.call("DELETE", &path, None).0, 200);
        server = site.start_again(cookie);
        site.until("an empty workspace", || {
            (site.listed(&server).is_empty() && site.resources().is_empty()).then_some(())
        });
    }
}

/// Returns the source of all choices, and prints how to repeat them.
pub fn chance() -> StdRng {
    let seed = number("VESTIBULE_TEST_SEED").unwrap_or_else(|| rand::rng().random());
    eprintln!("to repeat the orders: VESTIBULE_TEST_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

pub fn kill(pid: u32) {
    signal(pid, "-KILL");
}

pub fn signal(pid: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &pid.to_string()])
        .status();
    assert!(sent.expect("kill can be started").success());
}

/// Waits until rows, resources and Pods agree.
#[track_caller]
pub fn settle(site: &Site, server: &Running) {
    let mut why = String::new();
    let begin = std::time::Instant::now();
    while let Some(unsettled) = unsettled(site, server) {
        why = unsettled;
        assert!(
            begin.elapsed() < Duration::from_secs(90),
            "it stays like this: {why}"
        );
        std::thread::sleep(Duration::from_millis(30));
    }
    if begin.elapsed() > Duration::from_secs(15) {
        eprintln!("settled only after {:?}: {why}", begin.elapsed());
    }
}

fn unsettled(site: &Site, server: &Running) -> Option<String> {
    let benches = site.listed(server);
    let (resources, mut pods) = (site.resources(), site.objects("pods"));
    for resource in &resources {
        let id = format!("wb-{}", text(&resource["metadata"]["uid"]));
        let Some(bench) = benches.iter().find(|bench| bench.id.as_str() == id) else {
            return Some(format!("no workbench of {resource:#}"));
        };
        let own = pods.extract_if(.., |pod| {
            pod["metadata"]["labels"]["vestibule.dev/workbench"] == *id
        });
        let own: Vec<Value> = own.collect();
        if let Some(why) = differs(bench, resource, &own) {
            return Some(format!("{why}: {bench:?} {resource:#} {own:#?}"));
        }
    }
    if benches.len() != resources.len() {
        return Some(format!("workbenches without resources: {benches:#?}"));
    }
    (!pods.is_empty()).then(|| format!("Pods of no workbench: {pods:#?}"))
}

/// Returns what of a workbench, its resource and its Pods does not agree.
fn differs(bench: &Workbench, resource: &Value, pods: &[Value]) -> Option<&'static str> {
    let (spec, status) = (&resource["spec"], &resource["status"]);
    let metadata = &resource["metadata"];
    if bench.deleting || metadata["deletionTimestamp"].is_string() {
        return Some("it is being deleted");
    }
    let name = spec["displayName"]
        .as_str()
        .unwrap_or(text(&metadata["name"]));
    let idle = spec["idleTimeoutSeconds"].as_u64();
    let runs = spec["desired"] != "Stopped";
    let number = bench.run.as_ref().map_or(0, |run| run.number);
    let phase = bench.status.phase.as_str();
    let numbers: Vec<&str> = pods
        .iter()
        .map(|pod| text(&pod["metadata"]["labels"]["vestibule.dev/run"]))
        .collect();
    let distinct: BTreeSet<&&str> = numbers.iter().collect();
    let checks = [
        (metadata["generation"] == bench.generation, "the generation"),
        (name == bench.name, "the name"),
        (
            idle == bench.spec.idle_timeout_seconds.map(u64::from),
            "the settings",
        ),
        (
            runs == (bench.desired == Desired::Running),
            "the desired state",
        ),
        (bench.status.run_number == number, "the run of the status"),
        (status["phase"] == phase, "the phase"),
        (
            status["runNumber"].as_u64().unwrap_or(0) == number,
            "the run of the resource",
        ),
        (
            status["observedGeneration"] == bench.status.observed_generation,
            "the observed generation",
        ),
        (distinct.len() == numbers.len(), "two Pods of a run"),
        (!runs || phase == "Creating", "no start"),
        (!runs || numbers == [number.to_string()], "the Pod"),
        (runs || phase == "Stopped", "no stop"),
        (runs || numbers.is_empty(), "a Pod of a stopped run"),
    ];
    checks
        .into_iter()
        .find(|(is_so, _)| !is_so)
        .map(|(_, what)| what)
}

/// The journals of all runs at the last check.
#[derive(Default)]
struct Journals {
    known: HashMap<RunId, Vec<Transition>>,
}

impl Journals {
    /// Checks the database of a server that was killed.
    #[track_caller]
    fn check(&mut self, site: &Site, orders: &Orders) {
        let store = Store::open(&site.data()).expect("the database is whole");
        let workspace = site.workspace.as_str().into();
        let ordered: BTreeSet<&str> = orders
            .known
            .iter()
            .filter_map(|one| one.id.as_deref())
            .collect();
        for bench in store.workbenches(&workspace).expect("works") {
            let id = bench.id.as_str();
            assert!(ordered.contains(id), "nobody ordered {bench:?}");
            let (runs, _) = store.runs(&bench.id, None, MANY).expect("works");
            let mut numbers: Vec<u64> = runs.iter().map(|run| run.number).collect();
            numbers.reverse();
            assert!(numbers.is_sorted_by(|a, b| a < b), "{id}: {numbers:?}");
            let mut commands = BTreeSet::new();
            for run in &runs {
                let journal = whole(&store, &run.id);
                for entry in journal
                    .iter()
                    .filter(|entry| entry.kind == TransitionKind::Command)
                {
                    let command = (entry.generation, entry.reason.clone());
                    assert!(commands.insert(command), "a command twice: {journal:#?}");
                }
                let before = self.known.insert(run.id.clone(), journal.clone());
                let before = before.unwrap_or_default();
                assert!(
                    journal.starts_with(&before),
                    "{before:#?} became {journal:#?}"
                );
            }
        }
    }
}

fn whole(store: &Store, run: &RunId) -> Vec<Transition> {
    let mut journal: Vec<Transition> = Vec::new();
    loop {
        let after = journal.last().map_or(0, |entry| entry.seq);
        let (page, more) = store.journal(run, after).expect("works");
        journal.extend(page);
        if !more {
            return journal;
        }
    }
}
