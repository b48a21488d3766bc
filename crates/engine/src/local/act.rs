//! Actions of the reconciler on this machine's folders and processes.

use super::catalogue::parameters;
use super::gate::AppAddress;
use super::inner::Inner;
use super::record::{RunDir, is_garbled, is_shortage};
use crate::{Target, TargetRun};
use std::io;
use std::sync::Arc;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Exit;
use vestibule_model::reconcile::Action;

impl Inner {
    pub(super) fn apply(self: &Arc<Self>, target: &Target, action: &Action) -> Result<(), String> {
        // A folder that is made anew in another data folder would hide the real one.
        let in_place = self.folders.expect_in_place();
        in_place.map_err(|error| error.to_string())?;
        match action {
            Action::EnsureVolume => {
                let created = self.folders.ensure_volume(&target.id);
                self.tried(&target.id, created)
            }
            Action::EnsureBuild => {
                let Some(blueprint) = self.blueprint_of(target) else {
                    return Ok(());
                };
                let requested = self.config.host.request_build(target, &blueprint);
                requested.map_err(|error| error.to_string())
            }
            Action::StartJob => match &target.run {
                Some(run) => self.start(target, run),
                None => Ok(()),
            },
            Action::RenewToken => match &target.run {
                Some(run) => {
                    let dir = self.folders.run(&target.id, run.number);
                    self.renew_token(&target.id, run, &dir).map(drop)
                }
                None => Ok(()),
            },
            Action::StopJob => match &target.run {
                Some(run) => self
                    .stop(&self.folders.run(&target.id, run.number))
                    .map_err(|error| error.to_string()),
                None => Ok(()),
            },
            Action::CleanUp => self.clean_up(&target.id),
        }
    }

    fn start(self: &Arc<Self>, target: &Target, run: &TargetRun) -> Result<(), String> {
        let id = &target.id;
        let app = self
            .config
            .catalogue
            .get(&target.app)
            .ok_or("the catalogue has no such app")?;
        let dir = self.tried(id, self.folders.begin_run(id, run.number))?;
        // A record of an earlier attempt: the next observation continues that start.
        match dir.launch() {
            Ok(None) => {}
            Err(error) if !is_garbled(&error) => return Err(error.to_string()),
            _ => return Ok(()),
        }
        let secrets = self.secret_env(target, run, &dir)?;
        let port = {
            let (mut slots, limit) = (self.slots(), self.app_limit(&target.app));
            if let Some(why) = slots.full(id, target.asked, limit) {
                // Another run was faster. The next reconciliation reports that there is no slot.
                tracing::info!(workbench = %id, run = %run.id, why, "a start waits for a slot");
                return Ok(());
            }
            slots.take(id, run.number, target.asked, limit)?
        };
        let launch = self.launch_record(target, run, app, port, &secrets);
        let written = launch.and_then(|launch| dir.write_launch(&launch).map(|()| launch));
        let launch = match self.tried(id, written) {
            Ok(launch) => launch,
            Err(why) => {
                self.ended(id, run.number);
                return Err(why);
            }
        };
        if let Some(slot) = self.slots().get_mut(id, run.number) {
            slot.address = Some(AppAddress::of(&launch));
        }
        let unfit = parameters::problem(&app.parameters, &target.spec);
        if let Some(why) = unfit.or_else(|| app.size_of(&target.spec).err()) {
            self.start_failed(id, run, &dir, &why);
            return Err(why);
        }
        if let Err(error) = self.supervise(id, run, &dir, &secrets) {
            let why = self.supervisor_failed(&error);
            // A shortage passes: the next reconciliation continues the start.
            if !is_shortage(&error) {
                self.start_failed(id, run, &dir, &why);
            }
            return Err(why);
        }
        Ok(())
    }

    /// Ends a run that cannot be started.
    fn start_failed(self: &Arc<Self>, id: &WorkbenchId, run: &TargetRun, dir: &RunDir, why: &str) {
        if let Err(error) = self.record_end(dir, run, Exit::StartError(why.to_owned())) {
            tracing::warn!(run = %run.id, %error, "failed to record how a run ended");
        }
        self.ended(id, run.number);
    }

    fn clean_up(&self, id: &WorkbenchId) -> Result<(), String> {
        let text = |error: io::Error| error.to_string();
        for (_, dir) in self.folders.runs_of(id).map_err(text)? {
            if dir.is_held().map_err(text)? {
                self.stop(&dir).map_err(text)?;
                return Err("a process of an earlier run is still being stopped".to_owned());
            }
        }
        self.withdraw(id);
        self.folders.remove(id).map_err(text)?;
        self.forget_write_failure(id);
        Ok(())
    }
}
