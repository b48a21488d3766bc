//! What is the case with a workbench, as far as this machine's files and processes say.

use super::catalogue::Entry;
use super::engine::Inner;
use super::environment::find_program;
use super::listener::{Owner, Socket, owner};
use super::places::{Places, Seats};
use super::record::{Ending, Launch, Process, RunDir};
use crate::{Prospect, Target, TargetRun};
use std::sync::Arc;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::{
    AppState, Asked, Capacity, Exit, Restarted, RunToken, Runner, Secrets, Volume,
};

/// A look, before the app was asked.
pub(super) struct Seen {
    pub(super) volume: Volume,
    pub(super) secrets: Secrets,
    pub(super) app: AppState,
    pub(super) capacity: Capacity,
    pub(super) runner: Runner,
    pub(super) token: RunToken,
    /// Whom to ask, while the process is up.
    pub(super) listener: Option<Expected>,
}

/// The listener that the app should have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) port: u16,
    pub(super) supervisor: i32,
    pub(super) run_number: u64,
}

impl Inner {
    /// Looks at everything but the app's answer. Blocks.
    pub(super) fn look(self: &Arc<Self>, target: &Target) -> Seen {
        let (runner, listener) = match &target.run {
            Some(run) => self.runner(target, run),
            None => (Runner::Absent, None),
        };
        // What a start needs is of interest only until there is a process.
        let (volume, secrets) = (self.volume(&target.id), self.secrets(target));
        let (app, capacity) = if runner == Runner::Absent {
            let app = self.app_state(&target.app, || self.build_state(target));
            let lacks_nothing = app == AppState::Available
                && secrets == Secrets::Found
                && !matches!(volume, Volume::Failed(_));
            (app, self.capacity(target, lacks_nothing))
        } else {
            (AppState::Available, Capacity::Available)
        };
        Seen {
            volume,
            secrets,
            app,
            capacity,
            token: match (&target.run, &runner) {
                (Some(run), Runner::Running { .. }) => {
                    self.token(&target.id, run, &self.folders.run(&target.id, run.number))
                }
                _ => RunToken::Good,
            },
            runner,
            listener,
        }
    }

    fn volume(&self, id: &WorkbenchId) -> Volume {
        match self.trouble(id) {
            Some(why) => Volume::Failed(why),
            None => self.folders.volume(id),
        }
    }

    fn secrets(&self, target: &Target) -> Secrets {
        let names = &target.spec.secrets;
        if names.is_empty() {
            return Secrets::Found;
        }
        match self
            .config
            .house
            .missing_secrets(&target.workspace_id, names)
        {
            Ok(missing) if missing.is_empty() => Secrets::Found,
            Ok(missing) => Secrets::Missing(missing),
            Err(error) => Secrets::Unreadable(error.to_string()),
        }
    }

    /// How far the app's build is that the run waits for.
    fn build_state(&self, target: &Target) -> AppState {
        match self.blueprint(&target.app) {
            Some(blueprint) if !blueprint.is_built => {
                let state = self.config.house.build_state(target, &blueprint);
                state.unwrap_or_else(|error| {
                    tracing::warn!(workbench = %target.id, %error, "failed to look for a build");
                    AppState::NotBuilt
                })
            }
            _ => AppState::Available,
        }
    }

    fn app_state(&self, name: &str, built: impl FnOnce() -> AppState) -> AppState {
        let Some(app) = self.config.catalogue.get(name) else {
            return AppState::Unknown;
        };
        match missing_program(app) {
            Some(sentence) => AppState::ProgramMissing(sentence),
            None => built(),
        }
    }

    /// Who could be started but for the room asks for it, and has its turn.
    fn capacity(&self, target: &Target, lacks_nothing: bool) -> Capacity {
        let turn = target.asked.filter(|_| lacks_nothing);
        if turn.is_none() {
            self.withdraw(&target.id);
        }
        let seats = self.seats(&target.app);
        self.room(|places| places.full(&target.id, turn, seats))
    }

    fn room(&self, full: impl FnOnce(&mut Places) -> Option<String>) -> Capacity {
        let full = full(&mut self.places());
        match full.or_else(|| self.pressure.full()) {
            Some(why) => Capacity::Full(why),
            None => Capacity::Available,
        }
    }

    /// What a start of an app would find. Blocks.
    pub(super) fn prospect(&self, app: &str) -> Prospect {
        let seats = self.seats(app);
        Prospect {
            app: self.app_state(app, || match self.blueprint(app) {
                Some(blueprint) if !blueprint.is_built => AppState::NotBuilt,
                _ => AppState::Available,
            }),
            capacity: self.room(|places| places.no_room(seats)),
        }
    }

    pub(super) fn seats<'a>(&self, app: &'a str) -> Seats<'a> {
        let entry = self.config.catalogue.get(app);
        Seats {
            name: app,
            most: entry.map_or(0, |entry| entry.most_running),
        }
    }

    fn runner(self: &Arc<Self>, target: &Target, run: &TargetRun) -> (Runner, Option<Expected>) {
        let id = &target.id;
        let dir = self.folders.run(id, run.number);
        let job_name = format!("{id}-run-{}", run.number);
        let exited = |ending: Ending| {
            let runner = Runner::Exited {
                job_name: job_name.clone(),
                at: ending.at,
                how: ending.how,
                restarts: ending.restarts,
                asked: match ending.asked {
                    Some(asked) => asked,
                    None if dir.is_stop_wanted() => Asked::Gently,
                    None => Asked::No,
                },
            };
            (runner, None)
        };
        if let Some(ending) = dir.ending() {
            return exited(ending);
        }
        if !dir.is_held() {
            match self.unattended(target, run, &dir) {
                Unattended::NotLaunched => return (Runner::Absent, None),
                Unattended::Ended(ending) => return exited(ending),
                Unattended::Resumed => {}
            }
        }
        let launch = dir.launch().ok().flatten();
        self.adopt(id, run.number, &dir, launch.as_ref());
        match (dir.process(), launch) {
            (
                Ok(Some(Process {
                    crashed: Some(how),
                    restarts,
                    ..
                })),
                _,
            ) => {
                let runner = Runner::BackOff {
                    job_name,
                    restarts,
                    how,
                };
                (runner, None)
            }
            (Ok(Some(process)), Some(launch)) if process.pid.is_some() => {
                running(job_name, run.number, process, &launch)
            }
            _ => (Runner::Starting { job_name }, None),
        }
    }

    /// Nobody holds the run's lock, and no ending was there a moment ago.
    fn unattended(self: &Arc<Self>, target: &Target, run: &TargetRun, dir: &RunDir) -> Unattended {
        // It may have ended between the two looks.
        if let Some(ending) = dir.ending() {
            return Unattended::Ended(ending);
        }
        if dir.is_claimed() {
            // Somebody looked after it, and is gone without a word.
            return match self.seal(dir, run, Exit::Lost) {
                Some(ending) => Unattended::Ended(ending),
                None => Unattended::Resumed,
            };
        }
        if matches!(dir.launch(), Ok(None)) {
            return Unattended::NotLaunched;
        }
        // The start was decided on and not yet tried: the server ended in between. It is carried
        // on, so that it is neither lost nor begun by surprise later.
        let gift = match self.gift(target, run, dir) {
            Ok(gift) => gift,
            Err(why) => {
                tracing::warn!(run = %run.id, why, "a start that was decided on has to wait");
                return Unattended::Resumed;
            }
        };
        match self.supervise(&target.id, run, dir, &gift) {
            Ok(()) => match dir.ending() {
                Some(ending) => Unattended::Ended(ending),
                None => Unattended::Resumed,
            },
            Err(error) => {
                let how = Exit::StartError(format!("The supervisor cannot be started: {error}."));
                match self.seal(dir, run, how) {
                    Some(ending) => Unattended::Ended(ending),
                    None => Unattended::Resumed,
                }
            }
        }
    }

    /// Sees to it that a process which this server did not start has a place and is watched.
    fn adopt(
        self: &Arc<Self>,
        id: &WorkbenchId,
        number: u64,
        dir: &RunDir,
        launch: Option<&Launch>,
    ) {
        let mut places = self.places();
        if places.get_mut(id, number).is_some() {
            return;
        }
        let (app, port) = launch.map_or(("", 0), |launch| (launch.app.as_str(), launch.port));
        places.put(id, number, app, port);
        drop(places);
        let watching = Arc::clone(self).watch(id.clone(), number, dir.clone());
        self.runtime.spawn(watching);
    }

    /// Whether the app still has the socket that was found to be its own.
    pub(super) fn keeps_listener(&self, id: &WorkbenchId, expected: Expected) -> bool {
        let known = self
            .places()
            .get_mut(id, expected.run_number)
            .and_then(|place| place.socket.clone());
        known.as_ref().is_some_and(Socket::is_open)
    }

    /// Whether the app has the socket that answers on its port. Blocks.
    pub(super) fn owns_listener(&self, id: &WorkbenchId, expected: Expected) -> Result<(), String> {
        let owner = owner(expected.port, expected.supervisor);
        if let Some(place) = self.places().get_mut(id, expected.run_number) {
            place.socket = match &owner {
                Owner::Ours(socket) => Some(socket.clone()),
                Owner::Foreign | Owner::Unknown => None,
            };
        }
        match owner {
            Owner::Ours(_) | Owner::Unknown => Ok(()),
            Owner::Foreign => Err(format!(
                "Another program of this machine answers on the app's port {}.",
                expected.port
            )),
        }
    }
}

/// What becomes of a run that nobody looks after.
enum Unattended {
    NotLaunched,
    Resumed,
    Ended(Ending),
}

fn running(
    job_name: String,
    run_number: u64,
    process: Process,
    launch: &Launch,
) -> (Runner, Option<Expected>) {
    let pod_name = format!("{job_name}-pid-{}", process.pid.unwrap_or_default());
    let runner = Runner::Running {
        job_name,
        pod_name,
        started_at: process.started_at,
        restarted: process.before.map(|how| Restarted {
            how,
            times: process.restarts,
            most: launch.restart_limit,
            in_all: process.restarts_in_all,
        }),
    };
    let expected = Expected {
        port: launch.port,
        supervisor: process.supervisor,
        run_number,
    };
    (runner, Some(expected))
}

/// What an app needs and PATH does not have, as a sentence.
pub(super) fn missing_program(app: &Entry) -> Option<String> {
    let missing: Vec<_> = app
        .requires
        .iter()
        .filter(|program| find_program(program).is_none())
        .map(String::as_str)
        .collect();
    match missing.as_slice() {
        [] => None,
        [one] => Some(format!(
            "The program `{one}` is not installed on this machine. An administrator can install it."
        )),
        several => Some(format!(
            "These programs are not installed on this machine: {}. An administrator can install them.",
            several.join(", ")
        )),
    }
}
