//! Observation of a workbench through this machine's files and processes.

use super::catalogue::CatalogueEntry;
use super::environment::find_program;
use super::inner::Inner;
use super::listener::{Owner, Socket, addresses, owner};
use super::record::{Ending, Launch, Process, RunDir, is_garbled, is_shortage};
use super::slots::{AppLimit, Elsewhere, Slots};
use crate::{Prospect, Target, TargetRun};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::{
    AppState, Capacity, Exit, Restarted, RunToken, Runner, Secrets, StopRequest, Volume,
};

/// Time before, and pause between, two searches for where an app listens instead of on its port.
const ELSEWHERE_PAUSE: Duration = Duration::from_secs(2);

/// Observation without the readiness probe.
pub(super) struct LocalState {
    pub(super) volume: Volume,
    pub(super) secrets: Secrets,
    pub(super) app: AppState,
    pub(super) capacity: Capacity,
    pub(super) runner: Runner,
    pub(super) token: RunToken,
    /// The listener to probe, while the process is up.
    pub(super) listener: Option<Expected>,
}

/// Listener that the app should have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) port: u16,
    pub(super) supervisor: i32,
    pub(super) run_number: u64,
}

impl Inner {
    /// Observes everything but the app's answer. Blocks. An error means that it could not look.
    pub(super) fn look(self: &Arc<Self>, target: &Target) -> io::Result<LocalState> {
        self.folders.expect_in_place()?;
        let (runner, listener) = match &target.run {
            Some(run) => self.runner(target, run)?,
            None => (Runner::Absent, None),
        };
        // The preconditions of a start matter only until there is a process.
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
        Ok(LocalState {
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
        })
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
            .host
            .missing_secrets(&target.workspace_id, names)
        {
            Ok(missing) if missing.is_empty() => Secrets::Found,
            Ok(missing) => Secrets::Missing(missing),
            Err(error) => Secrets::Unreadable(error.to_string()),
        }
    }

    /// Returns the state of the build that the run waits for.
    fn build_state(&self, target: &Target) -> AppState {
        match self.blueprint(&target.app) {
            Some(blueprint) if !blueprint.is_built => {
                let state = self.config.host.build_state(target, &blueprint);
                state.unwrap_or_else(|error| {
                    tracing::warn!(workbench = %target.id, %error, "failed to look up a build");
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

    /// Returns whether there is a slot. A workbench that lacks nothing else joins the queue.
    fn capacity(&self, target: &Target, lacks_nothing: bool) -> Capacity {
        let turn = target.asked.filter(|_| lacks_nothing);
        if turn.is_none() {
            self.withdraw(&target.id);
        }
        let limit = self.app_limit(&target.app);
        self.free_capacity(|slots| slots.full(&target.id, turn, limit))
    }

    fn free_capacity(&self, full: impl FnOnce(&mut Slots) -> Option<String>) -> Capacity {
        let full = full(&mut self.slots());
        match full.or_else(|| self.pressure.full()) {
            Some(why) => Capacity::Full(why),
            None => Capacity::Available,
        }
    }

    /// Returns the preconditions of a start of an app. Blocks.
    pub(super) fn prospect(&self, app: &str) -> Prospect {
        let limit = self.app_limit(app);
        Prospect {
            app: self.app_state(app, || match self.blueprint(app) {
                Some(blueprint) if !blueprint.is_built => AppState::NotBuilt,
                _ => AppState::Available,
            }),
            capacity: self.free_capacity(|slots| slots.full_for_newcomer(limit)),
        }
    }

    pub(super) fn app_limit<'a>(&self, app: &'a str) -> AppLimit<'a> {
        let entry = self.config.catalogue.get(app);
        AppLimit {
            name: app,
            max: entry.map_or(0, |entry| entry.most_running),
        }
    }

    fn runner(
        self: &Arc<Self>,
        target: &Target,
        run: &TargetRun,
    ) -> io::Result<(Runner, Option<Expected>)> {
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
                    None if dir.is_stop_wanted() => StopRequest::Gently,
                    None => StopRequest::No,
                },
            };
            Ok((runner, None))
        };
        if !dir.is_held()? {
            if let Some(ending) = dir.ending()? {
                return exited(ending);
            }
            match self.unsupervised(target, run, &dir)? {
                Unsupervised::NotLaunched => return Ok((Runner::Absent, None)),
                Unsupervised::Ended(ending) => return exited(ending),
                Unsupervised::Resumed => {}
            }
        }
        let launch = unless_garbled(dir.launch())?;
        let process = unless_garbled(dir.process())?;
        self.adopt(id, run.number, &dir, launch.as_ref());
        Ok(match (process, launch) {
            (
                Some(Process {
                    crashed: Some(how),
                    restarts,
                    ..
                }),
                _,
            ) => {
                let runner = Runner::BackOff {
                    job_name,
                    restarts,
                    how,
                };
                (runner, None)
            }
            (Some(process), Some(launch)) if process.pid.is_some() => {
                running(job_name, run.number, process, &launch)
            }
            _ => (Runner::Starting { job_name }, None),
        })
    }

    /// Handles a run whose lock is free and that had not ended a moment ago.
    fn unsupervised(
        self: &Arc<Self>,
        target: &Target,
        run: &TargetRun,
        dir: &RunDir,
    ) -> io::Result<Unsupervised> {
        // It may have ended between the two looks.
        if let Some(ending) = dir.ending()? {
            return Ok(Unsupervised::Ended(ending));
        }
        if dir.is_claimed()? {
            // Its supervisor is gone and recorded nothing.
            return self.recorded_end(dir, run, Exit::Lost);
        }
        match dir.launch() {
            Ok(None) => return Ok(Unsupervised::NotLaunched),
            Err(error) if !is_garbled(&error) => return Err(error),
            _ => {}
        }
        // The start was recorded and not tried yet: the server ended in between. It continues, so that
        // it is neither lost nor begun by surprise later.
        let secrets = match self.secret_env(target, run, dir) {
            Ok(secrets) => secrets,
            Err(why) => {
                tracing::warn!(run = %run.id, why, "a recorded start has to wait");
                return Ok(Unsupervised::Resumed);
            }
        };
        match self.supervise(&target.id, run, dir, &secrets) {
            Ok(()) => Ok(match dir.ending()? {
                Some(ending) => Unsupervised::Ended(ending),
                None => Unsupervised::Resumed,
            }),
            Err(error) if is_shortage(&error) => Err(error),
            Err(error) => {
                let how = Exit::StartError(format!("The supervisor cannot be started: {error}."));
                self.recorded_end(dir, run, how)
            }
        }
    }

    fn recorded_end(&self, dir: &RunDir, run: &TargetRun, how: Exit) -> io::Result<Unsupervised> {
        Ok(match self.record_end(dir, run, how)? {
            Some(ending) => Unsupervised::Ended(ending),
            None => Unsupervised::Resumed,
        })
    }

    /// Gives a process that this server did not start a slot, and watches it.
    fn adopt(
        self: &Arc<Self>,
        id: &WorkbenchId,
        number: u64,
        dir: &RunDir,
        launch: Option<&Launch>,
    ) {
        let mut slots = self.slots();
        if slots.get_mut(id, number).is_some() {
            return;
        }
        let (app, port) = launch.map_or(("", 0), |launch| (launch.app.as_str(), launch.port));
        slots.put(id, number, app, port);
        drop(slots);
        let watching = Arc::clone(self).watch(id.clone(), number, dir.clone());
        self.runtime.spawn(watching);
    }

    /// Returns the address of the socket that was found to be the app's own, if it is still open.
    pub(super) fn known_listener(&self, id: &WorkbenchId, run_number: u64) -> Option<SocketAddr> {
        let known = self
            .slots()
            .get_mut(id, run_number)
            .and_then(|slot| slot.socket.clone());
        known.filter(Socket::is_open).map(|socket| socket.address)
    }

    /// Returns where the app listens instead of on its port, as a sentence, once it has had the time
    /// to begin; `None` if nowhere. Blocks.
    pub(super) fn listens_elsewhere(
        &self,
        id: &WorkbenchId,
        expected: Expected,
    ) -> io::Result<Option<String>> {
        let now = Instant::now();
        let is_recent = |at: Option<Instant>| {
            at.is_some_and(|at| now.saturating_duration_since(at) < ELSEWHERE_PAUSE)
        };
        {
            let mut slots = self.slots();
            let Some(slot) = slots.get_mut(id, expected.run_number) else {
                return Ok(None);
            };
            let elsewhere = &mut slot.elsewhere;
            if is_recent(Some(*elsewhere.since.get_or_insert(now))) || is_recent(elsewhere.looked) {
                return Ok(elsewhere.sentence.clone());
            }
        }
        let found = elsewhere(expected.port, &addresses(expected.supervisor)?);
        if let Some(slot) = self.slots().get_mut(id, expected.run_number) {
            slot.elsewhere.looked = Some(now);
            slot.elsewhere.sentence.clone_from(&found);
        }
        Ok(found)
    }

    /// Finds the owner of the socket that listens on the app's port. Blocks.
    pub(super) fn listener_owner(&self, id: &WorkbenchId, expected: Expected) -> io::Result<Owner> {
        let owner = owner(expected.port, expected.supervisor)?;
        if let Some(slot) = self.slots().get_mut(id, expected.run_number) {
            slot.socket = match &owner {
                Owner::Ours(socket) => Some(socket.clone()),
                Owner::Foreign | Owner::Nobody | Owner::Hidden => None,
            };
        }
        Ok(owner)
    }

    /// Returns whether requests for the app may be sent to its port: not while another program
    /// listens there. Blocks.
    pub(super) fn is_port_safe(&self, id: &WorkbenchId, run_number: u64, port: u16) -> bool {
        let process = self.folders.run(id, run_number).process();
        let Ok(Some(Process { supervisor, .. })) = process else {
            return false;
        };
        let expected = Expected {
            port,
            supervisor,
            run_number,
        };
        match self.listener_owner(id, expected) {
            Ok(owner) => owner != Owner::Foreign,
            Err(_) => false,
        }
    }

    /// Counts a missed answer of the app; returns the number in a row.
    pub(super) fn missed_answer(&self, id: &WorkbenchId, run_number: u64) -> u32 {
        match self.slots().get_mut(id, run_number) {
            Some(slot) => {
                slot.missed_answers = slot.missed_answers.saturating_add(1);
                slot.missed_answers
            }
            None => u32::MAX,
        }
    }

    /// Records that the app has responded.
    pub(super) fn answered(&self, id: &WorkbenchId, run_number: u64) {
        if let Some(slot) = self.slots().get_mut(id, run_number) {
            slot.missed_answers = 0;
            slot.elsewhere = Elsewhere::default();
        }
    }
}

/// Returns where an app listens instead of on its port, as a sentence.
fn elsewhere(port: u16, addresses: &[SocketAddr]) -> Option<String> {
    if let Some(address) = addresses.iter().find(|address| address.port() == port) {
        return Some(format!(
            "The app listens on {address}, but has to listen on 127.0.0.1:{port}. Its command should name that address."
        ));
    }
    let listed: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    (!listed.is_empty()).then(|| {
        format!(
            "Nothing listens on the app's port {port} yet; the app listens on {}. Its command should name the port by {{port}} \
             or the variable PORT.",
            listed.join(", ")
        )
    })
}

/// Returns what was read, or `None` if it is garbled.
fn unless_garbled<T>(read: io::Result<Option<T>>) -> io::Result<Option<T>> {
    match read {
        Err(error) if is_garbled(&error) => Ok(None),
        read => read,
    }
}

/// State of a run without a supervisor.
enum Unsupervised {
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

/// Returns a sentence that names the programs an app requires and PATH does not have.
pub(super) fn missing_program(app: &CatalogueEntry) -> Option<String> {
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
