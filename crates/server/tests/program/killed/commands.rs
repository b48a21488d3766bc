//! Commands to the server and its responses; every accepted command must take effect.

use super::processes::{self, Counted};
use crate::support::Running;
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::list::List;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::workbench::{Desired, Workbench};
use vestibule_server::tokens;

/// Number of workbenches in use.
const WORKBENCHES: usize = 6;
/// Longest pause between two commands, in milliseconds: short, and long enough for starts to
/// progress.
const PAUSE: u64 = 25;
const APPS: [&str; 5] = ["serves", "deaf", "slow", "completes", "fails"];

/// All commands.
pub struct Commands {
    workspace: String,
    known: BTreeMap<WorkbenchId, ExpectedWorkbench>,
}

/// A workbench as its owner knows it.
#[derive(Debug)]
struct ExpectedWorkbench {
    app: &'static str,
    /// Last confirmed desired state, or `None` if its creation was not confirmed.
    granted: Option<Granted>,
    /// Command without a response when the server was killed.
    unanswered: Option<Verb>,
}

/// Desired state as a row has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Granted {
    generation: u64,
    run: u64,
    desired: Desired,
    deleting: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Create,
    Start,
    Stop,
    Delete,
}

impl Commands {
    pub fn new(workspace: String) -> Self {
        Self {
            workspace,
            known: BTreeMap::new(),
        }
    }

    /// Sends random commands until the server does not respond any more; returns the number of
    /// accepted ones.
    pub fn send_until_it_is_gone(&mut self, server: &Running, chance: &mut StdRng) -> u64 {
        let mut granted = 0;
        loop {
            let (id, verb) = self.choose(chance);
            match self.ask(server, &id, verb) {
                Some(was_granted) => granted += u64::from(was_granted),
                None => return granted,
            }
            std::thread::sleep(Duration::from_millis(chance.random_range(0..PAUSE)));
        }
    }

    fn choose(&mut self, chance: &mut StdRng) -> (WorkbenchId, Verb) {
        let living: Vec<&WorkbenchId> = self
            .known
            .iter()
            .filter(|(_, known)| known.granted.as_ref().is_none_or(|g| !g.deleting))
            .map(|(id, _)| id)
            .collect();
        if living.len() < WORKBENCHES {
            let id = WorkbenchId::new(tokens::id("wb-"));
            let app = APPS[chance.random_range(0..APPS.len())];
            let known = ExpectedWorkbench {
                app,
                granted: None,
                unanswered: None,
            };
            self.known.insert(id.clone(), known);
            return (id, Verb::Create);
        }
        let id = living[chance.random_range(0..living.len())].clone();
        let verb = match chance.random_range(0..5) {
            0 | 1 => Verb::Start,
            2 | 3 => Verb::Stop,
            _ => Verb::Delete,
        };
        (id, verb)
    }

    /// Sends one command; returns whether it was accepted, or `None` without a response.
    fn ask(&mut self, server: &Running, id: &WorkbenchId, verb: Verb) -> Option<bool> {
        let known = self.known.get_mut(id).expect("it is known");
        known.unanswered = Some(verb);
        let path = format!("/api/workbenches/{id}");
        let answer = match verb {
            Verb::Create => {
                let path = format!("/api/workspaces/{}/workbenches", self.workspace);
                let app = known.app;
                let body = format!(r#"{{"id":"{id}","name":"{app}","app":"{app}"}}"#);
                server.try_to_ask("POST", &path, &body)
            }
            Verb::Start => server.try_to_ask("POST", &format!("{path}/start"), "{}"),
            Verb::Stop => server.try_to_ask("POST", &format!("{path}/stop"), "{}"),
            Verb::Delete => server.try_to_ask("DELETE", &path, ""),
        };
        let (status, body) = answer?;
        known.unanswered = None;
        match (verb, status) {
            (Verb::Create, 201) | (_, 202) => {
                let said: Workbench = serde_json::from_str(&body).expect("a workbench");
                known.granted = Some(Granted::of(&said));
                Some(true)
            }
            // It is being stopped and cannot be started; nothing changes.
            (Verb::Start, 409) => Some(false),
            _ => panic!("{verb:?} {id} was answered with {status}: {body}"),
        }
    }

    pub fn has_unanswered(&self) -> bool {
        self.known.values().any(|known| known.unanswered.is_some())
    }

    /// Compares a workbench after a kill, or its absence, with the accepted commands, and stores it
    /// as the known state.
    pub fn compare(&mut self, rows: &BTreeMap<WorkbenchId, Workbench>) {
        for id in rows.keys() {
            assert!(self.known.contains_key(id), "nobody asked for {id}");
        }
        self.known.retain(|id, known| {
            let row = rows.get(id).map(Granted::of);
            assert!(
                known.allows(row.as_ref()),
                "{id} is left as {row:?}, but {known:?}"
            );
            known.unanswered = None;
            known.granted.clone_from(&row);
            row.is_some()
        });
    }

    /// Returns the workbenches from the API.
    pub fn listed(&self, server: &Running) -> BTreeMap<WorkbenchId, Workbench> {
        let path = format!("/api/workspaces/{}/workbenches", self.workspace);
        let (status, body) = server.ask("GET", &path, "");
        assert_eq!(status, 200, "{body}");
        let list: List<Workbench> = serde_json::from_str(&body).expect("a list");
        assert_eq!(list.next_cursor, None, "there are few");
        list.items.into_iter().map(|w| (w.id.clone(), w)).collect()
    }

    /// Returns the workbenches that have not reached their desired state, as text, if any.
    pub fn unsettled(
        &self,
        rows: &BTreeMap<WorkbenchId, Workbench>,
        data: &Path,
    ) -> Option<String> {
        let mut running = processes::count(data);
        for (id, row) in rows {
            let known = self.known.get(id).expect("it was asked for");
            let counted = running.remove(id).unwrap_or_default();
            if !known.is_settled(row, counted) {
                return Some(format!("{known:?} {counted:?} {row:?}"));
            }
        }
        if !running.is_empty() {
            return Some(format!("processes of no workbench: {running:?}"));
        }
        std::fs::read_dir(data.join("workbenches"))
            .expect("the data folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .find(|name| !rows.contains_key(&WorkbenchId::new(name.as_str())))
            .map(|name| format!("the folder of no workbench: {name}"))
    }

    pub fn delete_all(&mut self, server: &Running) {
        let ids: Vec<_> = self.listed(server).into_keys().collect();
        for id in ids {
            assert_eq!(self.ask(server, &id, Verb::Delete), Some(true));
        }
    }
}

impl ExpectedWorkbench {
    /// Returns `true` if the row is possible after the kill.
    fn allows(&self, row: Option<&Granted>) -> bool {
        let Some(granted) = &self.granted else {
            return row.is_none_or(|row| {
                (row.generation, row.run, row.deleting) == (1, 1, false)
                    && row.desired == Desired::Running
            });
        };
        let Some(row) = row else {
            return granted.deleting || self.unanswered == Some(Verb::Delete);
        };
        let next = Granted {
            generation: granted.generation + 1,
            ..granted.clone()
        };
        let expected = match self.unanswered {
            Some(Verb::Start) => Granted {
                run: granted.run + 1,
                desired: Desired::Running,
                ..next
            },
            Some(Verb::Stop) => Granted {
                desired: Desired::Stopped,
                ..next
            },
            Some(Verb::Delete) => Granted {
                desired: Desired::Stopped,
                deleting: true,
                ..next
            },
            Some(Verb::Create) | None => granted.clone(),
        };
        row == granted || *row == expected
    }

    fn is_settled(&self, row: &Workbench, counted: Counted) -> bool {
        let run = row.run.as_ref().map_or(0, |run| run.number);
        let one = Counted {
            apps: 1,
            supervisors: 1,
        };
        let (phase, none) = (&row.status.phase, Counted::default());
        let is_as_wished = match (&row.desired, self.app) {
            (Desired::Stopped, _) => phase.is_terminal() && counted == none,
            (_, "serves" | "slow") => row.k8s_status == K8sStatus::Running && counted == one,
            (_, "deaf") => *phase == Phase::Running && counted == one,
            (_, "completes") => *phase == Phase::Completed && counted == none,
            _ => *phase == Phase::Failed && counted == none,
        };
        !row.deleting && row.status.run_number == run && is_as_wished
    }
}

impl Granted {
    fn of(row: &Workbench) -> Self {
        Self {
            generation: row.generation,
            run: row.run.as_ref().map_or(0, |run| run.number),
            desired: row.desired.clone(),
            deleting: row.deleting,
        }
    }
}
