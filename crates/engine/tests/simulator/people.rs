//! Commands of users, and obstacles.

use super::machine::{APPS, Machine, SECRETS};
use super::rng::SimRng;
use super::store::{Refusal, Store};
use vestibule_model::observed::Exit;
use vestibule_model::workbench::WorkbenchSpec;

/// Obstacle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// A secret is missing.
    Secret(usize),
    /// An app is missing.
    App(usize),
    /// A workbench's folder cannot be written to.
    Folder(usize),
    /// No slot.
    Room,
    /// The secrets cannot be read.
    Key,
}

/// Command of a user.
#[derive(Debug, Clone, PartialEq)]
pub enum UserCommand {
    /// Create it, and start it or not.
    Create(usize, WorkbenchSpec, bool),
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Allow its start more time.
    Extend,
    /// Change its settings.
    Change(WorkbenchSpec),
    /// Delete it.
    Delete,
    /// Use its app.
    Use,
}

impl UserCommand {
    /// Draws a command that suits the state of the workbench.
    pub fn draw(people: &mut SimRng, is_there: bool) -> Self {
        let spec = spec(people);
        if !is_there {
            return Self::Create(people.below(APPS), spec, !people.happens(100));
        }
        match people.below(100) {
            0..45 => Self::Start,
            45..65 => Self::Stop,
            65..73 => Self::Extend,
            73..80 => Self::Change(spec),
            80..90 => Self::Delete,
            _ => Self::Use,
        }
    }

    /// Gives the command.
    pub fn ask(
        &self,
        store: &mut Store,
        machine: &mut Machine,
        bench: usize,
    ) -> Result<(), Refusal> {
        let now = machine.clock();
        match self {
            Self::Create(app, spec, start) => {
                store.create(bench, *app, spec.clone(), *start, now);
                Ok(())
            }
            Self::Start => store.start(bench, now),
            Self::Stop => store.stop(bench, now),
            Self::Extend => store.extend(bench, now),
            Self::Change(spec) => store.change(bench, spec.clone(), now),
            Self::Delete => store.delete(bench, now),
            Self::Use => {
                machine.used(bench);
                Ok(())
            }
        }
    }
}

fn spec(people: &mut SimRng) -> WorkbenchSpec {
    let mut some = |of: &[u32], share| people.happens(share).then(|| people.one_of(of));
    WorkbenchSpec {
        active_deadline_seconds: some(&[20, 60, 3_600], 200),
        idle_timeout_seconds: some(&[15, 45, 3_600], 200),
        start_timeout_seconds: some(&[2, 10, 60], 900).unwrap_or(300),
        size: None,
        secrets: some(&[0, 1, 2, 3], 300)
            .map(|secret| format!("SECRET_{secret}"))
            .into_iter()
            .collect(),
        parameters: None,
        env: Some([("NUMBER".to_owned(), people.below(1000).to_string())].into()),
    }
}

/// Changes the machine; returns the new obstacle, if there is one.
pub fn add_obstacle(machine: &mut Machine, luck: &mut SimRng) -> Option<Obstacle> {
    let benches = machine.workbenches.len();
    let bench = luck.below(benches);
    match luck.below(11) {
        0 | 1 => {
            let secret = luck.below(SECRETS);
            machine.missing[secret] = true;
            Some(Obstacle::Secret(secret))
        }
        2 => {
            let app = luck.below(APPS);
            machine.absent_apps[app] = true;
            Some(Obstacle::App(app))
        }
        3 => {
            machine.spoil_build(luck.below(APPS));
            None
        }
        4 => {
            machine.room = luck.below(benches / 2 + 1);
            Some(Obstacle::Room)
        }
        5 => {
            machine.workbenches[bench].folder = false;
            None
        }
        6 | 7 => {
            // Several at once, as when a machine runs short or loses power.
            for _ in 0..=benches / 20 {
                let bench = luck.below(benches);
                end_one(machine, luck, bench);
            }
            None
        }
        8 => {
            machine.is_key_wrong = true;
            Some(Obstacle::Key)
        }
        _ => {
            machine.workbenches[bench].broken = true;
            Some(Obstacle::Folder(bench))
        }
    }
}

fn end_one(machine: &mut Machine, luck: &mut SimRng, bench: usize) {
    let newest = machine.workbenches[bench].processes.keys().next_back();
    let Some(run) = newest.copied() else {
        return;
    };
    match luck.below(3) {
        0 => machine.lose(bench),
        1 => machine.exit(bench, run, Exit::Lost),
        _ => {
            let why = "The machine had 10 MB left.".to_owned();
            machine.exit(bench, run, Exit::Evicted(why));
        }
    }
}

/// Removes an obstacle.
pub fn relieve(machine: &mut Machine, obstacle: Obstacle) {
    match obstacle {
        Obstacle::App(app) => machine.absent_apps[app] = false,
        Obstacle::Folder(bench) => machine.workbenches[bench].broken = false,
        Obstacle::Key => machine.is_key_wrong = false,
        Obstacle::Room => machine.room = machine.workbenches.len(),
        Obstacle::Secret(secret) => machine.missing[secret] = false,
    }
}

/// Returns `true` if a workbench names the secret of this number, in its spec or in that of its run.
pub fn names_secret(store: &Store, bench: usize, secret: usize) -> bool {
    let name = format!("SECRET_{secret}");
    store.rows[bench].as_ref().is_some_and(|row| {
        let of_run = row.run().map(|run| &run.spec);
        let mut specs = of_run.into_iter().chain([&row.spec]);
        specs.any(|spec| spec.secrets.contains(&name))
    })
}
