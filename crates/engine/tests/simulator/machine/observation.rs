//! Observations of the simulated engine: current, or of a moment ago.

use super::{Build, Machine};
use crate::process::State;
use vestibule_model::observed::{
    AppAvailability, Capacity, Creation, Lack, Observed, Probe, RunToken, Runner, Secrets, Volume,
};

impl Machine {
    /// Observes. `app` and `secrets` are those of the workbench.
    pub fn observe(
        &mut self,
        bench: usize,
        run: Option<u64>,
        app: usize,
        secrets: &[usize],
    ) -> Observed {
        let seen = self.current(bench, run, app, secrets);
        let (now, run) = (self.now, run.unwrap_or(0));
        let is_steady = self.is_steady;
        let workbench = &mut self.workbenches[bench];
        workbench.seen.retain(|(of, _, _)| *of == run);
        if workbench.seen.len() > 2 {
            workbench.seen.remove(0);
        }
        workbench.seen.push((run, now, seen.clone()));
        if is_steady || !self.rng.happens(40) {
            return seen;
        }
        // An engine may report slightly old facts, but never from before its last action.
        let old = self.rng.below(self.workbenches[bench].seen.len());
        match &self.workbenches[bench].seen[old] {
            (_, at, old) if now - at < 8_000 => old.clone(),
            _ => seen,
        }
    }

    fn current(
        &mut self,
        bench: usize,
        run: Option<u64>,
        app: usize,
        secrets: &[usize],
    ) -> Observed {
        let workbench = &self.workbenches[bench];
        let process = run.and_then(|run| workbench.processes.get(&run));
        let runner = process.map_or(Runner::Absent, |process| process.runner(bench));
        let probe = match process {
            Some(process) if matches!(process.state, State::Up(_)) => match process.answers {
                true => Probe::Succeeded,
                false => Probe::Failed("Connection refused.".to_owned()),
            },
            _ => Probe::NotTried,
        };
        let missing: Vec<String> = secrets
            .iter()
            .filter(|secret| self.missing[**secret])
            .map(|secret| format!("SECRET_{secret}"))
            .collect();
        Observed {
            hidden: None,
            volume: match (workbench.broken, workbench.folder) {
                (true, _) => Volume::Failed("The disk is full.".to_owned()),
                (false, true) => Volume::Bound,
                (false, false) => Volume::Absent,
            },
            secrets: if self.is_key_wrong && !secrets.is_empty() {
                Secrets::Unreadable("They were encrypted with another key.".to_owned())
            } else if missing.is_empty() {
                Secrets::Found
            } else {
                Secrets::Missing(missing)
            },
            app: self.app(app),
            creation: Creation::Unhindered,
            capacity: if runner != Runner::Absent || self.taken() < self.room {
                Capacity::Available
            } else {
                Capacity::Full(format!("All {} places are taken.", self.room))
            },
            last_used: workbench.last_used,
            token: if self.rng.happens(20) {
                RunToken::Due
            } else {
                RunToken::Good
            },
            runner,
            probe,
            after_restart: false,
            absence: None,
            clock_steps: Vec::new(),
        }
    }

    fn app(&self, app: usize) -> AppAvailability {
        if self.absent_apps[app] {
            return if app == 0 {
                AppAvailability::Unknown
            } else {
                AppAvailability::Lacking(Lack::Program, "The program is not installed.".to_owned())
            };
        }
        match self.builds[app] {
            Build::None => AppAvailability::NotBuilt,
            Build::Queued => {
                AppAvailability::Queued("Build queued; it is the next one.".to_owned())
            }
            Build::Under | Build::Spoilt => AppAvailability::Building("Step 1 of 2".to_owned()),
            Build::Done => AppAvailability::Available,
            Build::Failed => {
                AppAvailability::BuildFailed("The build ended with exit code 1.".to_owned())
            }
        }
    }
}
