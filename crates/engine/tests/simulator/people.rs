//! Commands of users, and obstacles.

use super::chance::Chance;
use super::store::{Refusal, Store};
use super::world::{APPS, SECRETS, World};
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
    /// There is no slot.
    Room,
    /// The secrets cannot be read.
    Key,
}

/// Command of a user.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
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

impl Wish {
    /// Draws a command that suits the state of the workbench.
    pub fn draw(people: &mut Chance, is_there: bool) -> Self {
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
    pub fn ask(&self, store: &mut Store, world: &mut World, bench: usize) -> Result<(), Refusal> {
        let now = world.clock();
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
                world.used(bench);
                Ok(())
            }
        }
    }
}

fn spec(people: &mut Chance) -> WorkbenchSpec {
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
pub fn trouble(world: &mut World, luck: &mut Chance) -> Option<Obstacle> {
    let benches = world.places.len();
    let bench = luck.below(benches);
    match luck.below(11) {
        0 | 1 => {
            let secret = luck.below(SECRETS);
            world.missing[secret] = true;
            Some(Obstacle::Secret(secret))
        }
        2 => {
            let app = luck.below(APPS);
            world.absent_apps[app] = true;
            Some(Obstacle::App(app))
        }
        3 => {
            world.spoil_build(luck.below(APPS));
            None
        }
        4 => {
            world.room = luck.below(benches / 2 + 1);
            Some(Obstacle::Room)
        }
        5 => {
            world.places[bench].folder = false;
            None
        }
        6 | 7 => {
            // Several at once, as when a machine runs short or loses power.
            for _ in 0..=benches / 20 {
                let bench = luck.below(benches);
                end_one(world, luck, bench);
            }
            None
        }
        8 => {
            world.is_key_wrong = true;
            Some(Obstacle::Key)
        }
        _ => {
            world.places[bench].broken = true;
            Some(Obstacle::Folder(bench))
        }
    }
}

fn end_one(world: &mut World, luck: &mut Chance, bench: usize) {
    let newest = world.places[bench].processes.keys().next_back();
    let Some(run) = newest.copied() else {
        return;
    };
    match luck.below(3) {
        0 => world.lose(bench),
        1 => world.exit(bench, run, Exit::Lost),
        _ => {
            let why = "The machine had 10 MB left.".to_owned();
            world.exit(bench, run, Exit::Evicted(why));
        }
    }
}

/// Removes an obstacle.
pub fn relieve(world: &mut World, obstacle: Obstacle) {
    match obstacle {
        Obstacle::App(app) => world.absent_apps[app] = false,
        Obstacle::Folder(bench) => world.places[bench].broken = false,
        Obstacle::Key => world.is_key_wrong = false,
        Obstacle::Room => world.room = world.places.len(),
        Obstacle::Secret(secret) => world.missing[secret] = false,
    }
}

/// Returns `true` if a workbench names the secret of this number.
pub fn names_secret(store: &Store, bench: usize, secret: usize) -> bool {
    let name = format!("SECRET_{secret}");
    store.rows[bench]
        .as_ref()
        .and_then(|row| row.run())
        .is_some_and(|run| run.spec.secrets.contains(&name))
}
