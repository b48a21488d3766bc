//! Random commands of the console and edits with kubectl, and what may have become of them.

use crate::process::Running;
use crate::site::{Site, text};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_server::tokens;

/// Number of workbenches in use.
const WORKBENCHES: usize = 4;
/// Longest pause between two orders, in milliseconds.
const PAUSE: u64 = 20;

/// All commands that were given.
pub struct Orders {
    pub known: Vec<ExpectedWorkbench>,
    names: u32,
    /// Orders that were accepted, refused, and left without an answer.
    pub counts: [u32; 3],
}

/// A workbench as those who ordered it know it.
#[derive(Debug)]
pub struct ExpectedWorkbench {
    /// The request of the console; `None` if it was made with kubectl.
    request: Option<String>,
    /// The name of its creation; that of the resource, if it was made with kubectl.
    name: String,
    /// The workbench, once that is known.
    pub id: Option<String>,
    /// `true` once the server has shown it.
    is_shown: bool,
    /// The states that it may have, one of them as long as every order was answered.
    may_be: Vec<State>,
}

/// Desired state in a resource; `None` if there is none.
type State = Option<Desired>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Desired {
    name: String,
    runs: bool,
    idle: u64,
    deleting: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Order {
    Create,
    Start,
    Stop,
    Restart,
    Rename(String),
    Idle(u64),
    Delete,
}

/// Answer to an order.
enum Answer {
    Accepted,
    /// Refused command.
    Refused,
    /// Perhaps it was carried out.
    None,
}

impl Orders {
    pub fn new() -> Self {
        Self {
            known: Vec::new(),
            names: 0,
            counts: [0; 3],
        }
    }

    /// Gives random orders until the server is gone.
    pub fn until_it_is_gone(&mut self, site: &Site, server: &Running, chance: &mut StdRng) {
        while self.once(site, server, chance) {
            std::thread::sleep(Duration::from_millis(chance.random_range(0..PAUSE)));
        }
    }

    /// Gives a random order; returns `false` if the server is gone.
    pub fn once(&mut self, site: &Site, server: &Running, chance: &mut StdRng) -> bool {
        let by_kubectl = chance.random_ratio(1, 3);
        self.give(site, server, chance, by_kubectl)
    }

    /// Gives a random order to the console or with kubectl.
    pub fn give(
        &mut self,
        site: &Site,
        server: &Running,
        chance: &mut StdRng,
        by_kubectl: bool,
    ) -> bool {
        let (index, order) = self.choose(chance, by_kubectl);
        let known = &mut self.known[index];
        let answer = match by_kubectl {
            true => Some(known.edit(site, &order)),
            false => known.command(site, server, &order),
        };
        let done = known
            .may_be
            .iter()
            .map(|state| after(state, &order, &known.name));
        let done: Vec<State> = done.collect();
        let count = match answer {
            Some(Answer::Accepted) => {
                known.may_be = done;
                0
            }
            Some(Answer::Refused) => 1,
            Some(Answer::None) | None => {
                for state in done {
                    if !known.may_be.contains(&state) {
                        known.may_be.push(state);
                    }
                }
                2
            }
        };
        known.may_be.dedup();
        self.counts[count] += 1;
        answer.is_some()
    }

    fn choose(&mut self, chance: &mut StdRng, by_kubectl: bool) -> (usize, Order) {
        let may_live = |known: &ExpectedWorkbench| {
            let lives = |state: &State| state.as_ref().is_none_or(|state| !state.deleting);
            !known.is_over() && known.may_be.iter().all(lives)
        };
        let living: Vec<usize> = (0..self.known.len())
            .filter(|&index| may_live(&self.known[index]))
            .collect();
        let number = self.names + 1;
        self.names = number;
        // A browser repeats a creation without an answer.
        let unsure = living.iter().find(|&&index| {
            let known = &self.known[index];
            known.request.is_some() && known.may_be.contains(&None)
        });
        match unsure {
            Some(&index) if !by_kubectl => return (index, Order::Create),
            _ => {}
        }
        let certain: Vec<usize> = living
            .iter()
            .copied()
            .filter(|&index| !self.known[index].may_be.contains(&None))
            .collect();
        if living.len() < WORKBENCHES || certain.is_empty() {
            let request = (!by_kubectl).then(|| tokens::id("wb-"));
            self.known.push(ExpectedWorkbench {
                request,
                name: format!("n{number}"),
                id: None,
                is_shown: false,
                may_be: vec![None],
            });
            return (self.known.len() - 1, Order::Create);
        }
        let index = certain[chance.random_range(0..certain.len())];
        let order = match chance.random_range(0..12) {
            0..3 => Order::Start,
            3..6 => Order::Stop,
            6 | 7 => Order::Restart,
            8 => Order::Rename(format!("n{number}")),
            9 => Order::Idle(u64::from(number) + 600),
            10 if by_kubectl => Order::Idle(u64::from(number) + 600),
            _ => Order::Delete,
        };
        (index, order)
    }

    /// Compares the resources with what was ordered, and keeps what they are.
    #[track_caller]
    pub fn compare(&mut self, site: &Site) {
        let mut resources = site.resources();
        for known in &mut self.known {
            let of_known = |one: &Value| known.is_of(one);
            let found: Vec<Value> = resources.extract_if(.., |one| of_known(one)).collect();
            assert!(found.len() <= 1, "made twice: {known:?} {found:#?}");
            let state = found.first().map(Desired::of);
            if let Some(found) = found.first() {
                let id = format!("wb-{}", text(&found["metadata"]["uid"]));
                let before = known.id.replace(id.clone()).unwrap_or_else(|| id.clone());
                assert_eq!(before, id, "made anew: {known:?}");
            }
            let allows = |may_be: &State| match (may_be, &state) {
                // Its deletion goes on.
                (Some(may_be), None) => may_be.deleting,
                (may_be, state) => may_be == state,
            };
            assert!(
                known.may_be.iter().any(allows),
                "{state:?} was not ordered: {known:#?} {found:#?}"
            );
            if !matches!(&state, Some(state) if state.deleting) || known.may_be.len() > 1 {
                known.may_be = vec![state];
            }
        }
        assert!(resources.is_empty(), "nobody made {resources:#?}");
    }

    /// Deletes everything, by the console.
    pub fn delete_all(&mut self, site: &Site, server: &Running) {
        for bench in site.listed(server) {
            let (status, body) = site.command(server, bench.id.as_str(), "delete");
            assert_eq!(status, 202, "{body}");
        }
        for known in &mut self.known {
            known.may_be = vec![None];
        }
    }
}

impl ExpectedWorkbench {
    /// Returns `true` if it was made and is deleted.
    fn is_over(&self) -> bool {
        self.id.is_some() && self.may_be == [None]
    }

    fn is_of(&self, resource: &Value) -> bool {
        let metadata = &resource["metadata"];
        match &self.request {
            Some(request) => metadata["labels"]["vestibule.dev/request"] == **request,
            None => metadata["name"] == *self.name,
        }
    }

    /// Sends an order to the console; returns `None` if that is gone.
    fn command(&mut self, site: &Site, server: &Running, order: &Order) -> Option<Answer> {
        let (verb, path, body) = match (order, &self.id, &self.request) {
            (Order::Create, _, Some(request)) => {
                let path = format!("/api/workspaces/{}/workbenches", site.workspace);
                let body = json!({ "id": request, "name": self.name, "app": "welcome" });
                ("POST", path, body.to_string())
            }
            (_, Some(id), _) => {
                let path = format!("/api/workbenches/{id}");
                match order {
                    Order::Start => ("POST", format!("{path}/start"), "{}".to_owned()),
                    Order::Stop => ("POST", format!("{path}/stop"), "{}".to_owned()),
                    Order::Restart => ("POST", format!("{path}/restart"), "{}".to_owned()),
                    Order::Rename(name) => ("PATCH", path, json!({ "name": name }).to_string()),
                    Order::Idle(seconds) => {
                        let spec = json!({ "spec": { "idleTimeoutSeconds": seconds } });
                        ("PATCH", path, spec.to_string())
                    }
                    Order::Create | Order::Delete => ("DELETE", path, String::new()),
                }
            }
            // Its identifier is not known, so nobody can order anything.
            _ => return Some(Answer::Refused),
        };
        let (status, body) = server.try_to_ask(verb, &path, &body)?;
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        let code = text(&body["type"]).to_owned();
        match (order, status) {
            (Order::Create, 200 | 201) => {
                let id = text(&body["id"]).to_owned();
                let known = self.id.get_or_insert_with(|| id.clone());
                assert_eq!(*known, id, "made twice");
                self.is_shown = true;
                Some(Answer::Accepted)
            }
            (_, 200 | 202) => {
                self.is_shown = true;
                Some(Answer::Accepted)
            }
            // The cluster did not confirm it.
            (_, 503) => Some(Answer::None),
            (Order::Rename(_) | Order::Idle(_), 409) if code.ends_with("managed-elsewhere") => {
                Some(Answer::Refused)
            }
            // It is being stopped, and is started once it has stopped.
            (Order::Start, 409) if code.ends_with("stopping") => Some(Answer::Refused),
            (_, 404) if !self.is_shown => Some(Answer::Refused),
            _ => panic!("{order:?} {self:?} was answered with {status}: {body:#}"),
        }
    }

    /// Changes the resource as kubectl does.
    fn edit(&mut self, site: &Site, order: &Order) -> Answer {
        if *order == Order::Create {
            let made = site.make(&self.name, &json!({ "app": "welcome" }));
            self.id = Some(format!("wb-{}", text(&made["metadata"]["uid"])));
            return Answer::Accepted;
        }
        let mut resources = site.resources().into_iter();
        let Some(resource) = resources.find(|one| self.is_of(one)) else {
            return Answer::Refused;
        };
        let name = text(&resource["metadata"]["name"]);
        let spec = match order {
            Order::Start => json!({ "desired": "Running" }),
            Order::Stop => json!({ "desired": "Stopped" }),
            Order::Restart => json!({ "desired": "Running", "runRequest": tokens::id("") }),
            Order::Rename(name) => json!({ "displayName": name }),
            Order::Idle(seconds) => json!({ "idleTimeoutSeconds": seconds }),
            Order::Create | Order::Delete => {
                let path = site.path("agenticsessions", name);
                let (status, body) = site.line.call("DELETE", &path, None);
                assert_eq!(status, 200, "{body}");
                return Answer::Accepted;
            }
        };
        let (status, body) = site.edit(name, &json!({ "spec": spec }));
        assert_eq!(status, 200, "{body}");
        Answer::Accepted
    }
}

impl Desired {
    fn of(resource: &Value) -> Self {
        let spec = &resource["spec"];
        let name = spec["displayName"].as_str();
        Self {
            name: name
                .unwrap_or(text(&resource["metadata"]["name"]))
                .to_owned(),
            // The default of the definition.
            runs: spec["desired"] != "Stopped",
            idle: spec["idleTimeoutSeconds"].as_u64().unwrap_or(0),
            deleting: resource["metadata"]["deletionTimestamp"].is_string(),
        }
    }
}

/// Returns a state after an order.
fn after(state: &State, order: &Order, name: &str) -> State {
    let Some(state) = state else {
        return (*order == Order::Create).then(|| Desired {
            name: name.to_owned(),
            runs: true,
            idle: 0,
            deleting: false,
        });
    };
    let mut state = state.clone();
    match order {
        Order::Create => {}
        Order::Start | Order::Restart => state.runs = true,
        Order::Stop => state.runs = false,
        Order::Rename(name) => state.name.clone_from(name),
        Order::Idle(seconds) => state.idle = *seconds,
        Order::Delete => state.deleting = true,
    }
    Some(state)
}
