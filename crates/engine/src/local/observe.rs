//! Observation of a workbench through this machine's files and processes.

use super::catalogue::CatalogueEntry;
use super::environment::find_program;
use super::gate::AppAddress;
use super::inner::Inner;
use super::record::{Ending, Launch, Process, RunDir, is_garbled, is_shortage};
use super::slots::{AppLimit, Slots};
use crate::{StartPreconditions, Target, TargetRun};
use std::io;
use std::sync::Arc;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::isolation::IsolationLevel;
use vestibule_model::observed::{
    AppAvailability, Capacity, Exit, Lack, Restarted, RunToken, Runner, Secrets, StopRequest,
    Volume,
};
use vestibule_model::parameter::Values;

/// Note on a run of version 0.1.0, whose app has a port that others can reach.
const STARTED_BEFORE: &str = "It was started before the upgrade and isn't isolated.";

/// Observation without the readiness probe.
pub(super) struct LocalState {
    pub(super) volume: Volume,
    pub(super) secrets: Secrets,
    pub(super) app: AppAvailability,
    pub(super) capacity: Capacity,
    pub(super) runner: Runner,
    /// Sentence about what a sandbox hid from a run that has ended.
    pub(super) hidden: Option<String>,
    pub(super) token: RunToken,
    /// The run to probe, while its process is up.
    pub(super) probed_run: Option<u64>,
}

impl Inner {
    /// Observes everything but the app's answer. Blocks. An error means that the observation failed.
    pub(super) fn observe(self: &Arc<Self>, target: &Target) -> io::Result<LocalState> {
        self.folders.expect_in_place()?;
        let runner = match &target.run {
            Some(run) => self.runner(target, run)?,
            None => Runner::Absent,
        };
        let runner = self.with_size_remark(target, runner);
        let is_up = matches!(runner, Runner::Running { .. });
        let number = target.run.as_ref().map(|run| run.number);
        // The preconditions of a start matter only until there is a process.
        let (volume, secrets) = (self.volume(&target.id), self.secrets(target));
        let (app, capacity) = if runner == Runner::Absent {
            let app = self.app_state(&target.app, || self.build_state(target));
            let lacks_nothing = app == AppAvailability::Available
                && secrets == Secrets::Found
                && !matches!(volume, Volume::Failed(_));
            (app, self.capacity(target, lacks_nothing))
        } else {
            (AppAvailability::Available, Capacity::Available)
        };
        let has_failed =
            matches!(&runner, Runner::Exited { how: Exit::Code(code), .. } if *code != 0);
        let hidden = number
            .filter(|_| has_failed)
            .and_then(|number| self.hidden_from(&target.id, number));
        Ok(LocalState {
            hidden,
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
            probed_run: number.filter(|_| is_up),
        })
    }

    fn volume(&self, id: &WorkbenchId) -> Volume {
        match self.write_failure(id) {
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
    fn build_state(&self, target: &Target) -> AppAvailability {
        match self.blueprint_of(target) {
            Some(blueprint) if !blueprint.is_built => {
                let state = self.config.host.build_state(target, &blueprint);
                state.unwrap_or_else(|error| {
                    tracing::warn!(workbench = %target.id, %error, "failed to look up a build");
                    AppAvailability::NotBuilt
                })
            }
            _ => AppAvailability::Available,
        }
    }

    fn app_state(&self, name: &str, built: impl FnOnce() -> AppAvailability) -> AppAvailability {
        let Some(app) = self.config.catalogue.get(name) else {
            return AppAvailability::Unknown;
        };
        match self.lacking(app) {
            Some((lack, sentence)) => AppAvailability::Lacking(lack, sentence),
            None => built(),
        }
    }

    /// Returns what an app lacks to start here, and a sentence about it, or `None`.
    pub(super) fn lacking(&self, app: &CatalogueEntry) -> Option<(Lack, String)> {
        let is_task = app.agent.as_ref().is_some_and(|agent| agent.task.is_some());
        if is_task && self.refuses_sessions_of(app).is_some() {
            let sentence = "Its task needs a sandbox, which this server doesn't have. An administrator can set one up.";
            return Some((Lack::Sandbox, sentence.to_owned()));
        }
        missing_program(app).map(|sentence| (Lack::Program, sentence))
    }

    /// Returns a sentence about what its sandbox hid from a run, or `None`.
    fn hidden_from(&self, id: &WorkbenchId, number: u64) -> Option<String> {
        // A record that cannot be read explains nothing.
        let launch = self.folders.run(id, number).launch().ok().flatten()?;
        launch.sandbox.as_ref()?.hides(&launch.command)
    }

    /// Returns why workbenches of an app that start now can have no terminals and scripts, or `None`.
    pub(super) fn refuses_sessions_of(&self, app: &CatalogueEntry) -> Option<&'static str> {
        app.refuses_sessions(self.isolation_of(app).level == IsolationLevel::Sandbox)
    }

    /// Returns `true` if there is a slot. A workbench that lacks nothing else joins the queue.
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
    pub(super) fn prospect(&self, app: &str) -> StartPreconditions {
        let limit = self.app_limit(app);
        StartPreconditions {
            app: self.app_state(app, || match self.blueprint(app, &Values::new()) {
                Some(blueprint) if !blueprint.is_built => AppAvailability::NotBuilt,
                _ => AppAvailability::Available,
            }),
            capacity: self.free_capacity(|slots| slots.full_for_newcomer(limit)),
        }
    }

    pub(super) fn app_limit<'a>(&'a self, app: &'a str) -> AppLimit<'a> {
        let entry = self.config.catalogue.get(app);
        AppLimit {
            name: app,
            title: entry.map_or(app, |entry| &entry.title),
            max: entry.map_or(0, |entry| entry.most_running),
        }
    }

    fn runner(self: &Arc<Self>, target: &Target, run: &TargetRun) -> io::Result<Runner> {
        let id = &target.id;
        let dir = self.folders.run(id, run.number);
        let job_name = format!("{id}-run-{}", run.number);
        let exited = |ending: Ending| {
            Ok(Runner::Exited {
                job_name: job_name.clone(),
                at: ending.at,
                how: ending.how,
                restarts: ending.restarts,
                asked: match ending.stop_requested {
                    Some(request) => request,
                    None if dir.is_stop_wanted() => StopRequest::Gently,
                    None => StopRequest::No,
                },
                last_line: ending.last_line,
            })
        };
        if !dir.is_held()? {
            if let Some(ending) = dir.ending()? {
                return exited(ending);
            }
            match self.unsupervised(target, run, &dir)? {
                Unsupervised::NotLaunched => return Ok(Runner::Absent),
                Unsupervised::Ended(ending) => return exited(ending),
                Unsupervised::Resumed => {}
            }
        }
        let is_begun = dir.is_claimed()? || dir.has_reserve();
        let launch = unless_garbled(dir.launch())?;
        let process = unless_garbled(dir.process())?;
        self.adopt(id, run.number, &dir, launch.as_ref());
        if launch.is_none() || (process.is_none() && is_begun) {
            // Its supervisor writes it again.
            return Err(io::Error::other("the run's record was removed or damaged"));
        }
        Ok(match (process, launch) {
            (
                Some(Process {
                    crashed: Some(how),
                    restarts,
                    ..
                }),
                _,
            ) => Runner::BackOff {
                job_name,
                restarts,
                how,
            },
            (Some(process), Some(launch)) if process.pid.is_some() => {
                running(job_name, process, &launch)
            }
            _ => Runner::Starting { job_name },
        })
    }

    /// Handles a run whose lock is free and that had not ended a moment ago.
    fn unsupervised(
        self: &Arc<Self>,
        target: &Target,
        run: &TargetRun,
        dir: &RunDir,
    ) -> io::Result<Unsupervised> {
        // It may have ended between the two reads.
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
                let how = Exit::StartError(self.supervisor_failed(&error));
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

    /// Assigns a slot to a process that this server did not start, and watches it.
    fn adopt(
        self: &Arc<Self>,
        id: &WorkbenchId,
        number: u64,
        dir: &RunDir,
        launch: Option<&Launch>,
    ) {
        let mut slots = self.slots();
        if let Some(slot) = slots.get_mut(id, number) {
            // The record could not be read when the run was found.
            if let Some(launch) = launch.filter(|_| slot.address.is_none()) {
                slot.address = Some(AppAddress::of(launch));
                slot.app.clone_from(&launch.app);
                slot.port = launch.port;
            }
            return;
        }
        let (app, port) = launch.map_or(("", 0), |launch| (launch.app.as_str(), launch.port));
        slots.put(id, number, app, port, launch.map(AppAddress::of));
        drop(slots);
        let watching = Arc::clone(self).watch(id.clone(), number, dir.clone());
        self.runtime.spawn(watching);
    }
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

fn running(job_name: String, process: Process, launch: &Launch) -> Runner {
    let pod_name = format!("{job_name}-pid-{}", process.pid.unwrap_or_default());
    Runner::Running {
        job_name,
        pod_name,
        started_at: process.started_at,
        restarted: process.previous_exit.map(|how| Restarted {
            how,
            times: process.restarts,
            most: launch.restart_limit,
            in_all: process.restarts_in_all,
        }),
        note: launch.sockets.is_none().then(|| STARTED_BEFORE.to_owned()),
    }
}

/// Returns a sentence that names the programs an app requires and PATH does not have.
fn missing_program(app: &CatalogueEntry) -> Option<String> {
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
