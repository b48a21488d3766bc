//! Simulated machine: folders, secrets, builds, slots, processes and obstacles.

mod observation;

use super::process::{GRACE, Process, ProcessEvent, ProcessPlan, State};
use super::rng::SimRng;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use vestibule_model::observed::{Exit, Observed, StopRequest};
use vestibule_model::reconcile::Action;
use vestibule_model::time::{Millis, Timestamp};

/// Number of apps.
pub const APPS: usize = 6;
/// Number of secrets that the workbenches share.
pub const SECRETS: usize = 4;
/// Beginning of the simulation, by a correct clock.
const BEGIN: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// State of one workbench on this machine.
#[derive(Debug, Default)]
pub struct SimWorkbench {
    /// `true` if its folder exists.
    pub folder: bool,
    /// `true` if its folder cannot be created or written to.
    pub broken: bool,
    /// Runs' processes, by number.
    pub processes: BTreeMap<u64, Process>,
    /// Time of the last event without a command.
    pub changed: i64,
    last_used: Option<Timestamp>,
    /// Observations of the current run since the last action, newest last.
    seen: Vec<(u64, i64, Observed)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Build {
    None,
    Queued,
    Under,
    Spoilt,
    Done,
    Failed,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Process(usize, u64, u64, ProcessEvent),
    Build(usize),
}

/// The machine.
pub struct Machine {
    /// Now, in milliseconds since the beginning.
    pub now: i64,
    /// Error of the clock.
    pub skew: i64,
    /// State of each workbench.
    pub workbenches: Vec<SimWorkbench>,
    /// Missing secrets.
    pub missing: [bool; SECRETS],
    /// `true` if the secrets cannot be read.
    pub is_key_wrong: bool,
    /// Apps whose program is not installed, or which are not in the catalogue.
    pub absent_apps: [bool; APPS],
    /// Number of slots.
    pub room: usize,
    /// Workbenches with unpublished changes.
    pub changes: Vec<usize>,
    /// Forbidden action that was carried out: the workbench, and a description.
    pub misdeed: Option<(usize, String)>,
    /// `true` if the engine never fails and never reports old facts.
    pub is_steady: bool,
    rng: SimRng,
    builds: [Build; APPS],
    due: BinaryHeap<Reverse<(i64, u64, Due)>>,
    count: u64,
}

impl Machine {
    /// Creates an empty machine.
    pub fn new(seed: u64, benches: usize) -> Self {
        Self {
            now: 0,
            skew: 0,
            workbenches: (0..benches).map(|_| SimWorkbench::default()).collect(),
            missing: [false; SECRETS],
            is_key_wrong: false,
            absent_apps: [false; APPS],
            room: benches,
            changes: Vec::new(),
            misdeed: None,
            is_steady: false,
            rng: SimRng::new(seed, 1),
            // Half of the apps need to be built first.
            builds: std::array::from_fn(|i| if i % 2 == 0 { Build::Done } else { Build::None }),
            due: BinaryHeap::new(),
            count: 0,
        }
    }

    /// Returns the time of the machine's clock.
    pub fn clock(&self) -> Timestamp {
        BEGIN + Millis(self.now + self.skew)
    }

    /// Returns the time of the next event.
    pub fn next_due(&self) -> Option<i64> {
        self.due.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Runs all events until then.
    pub fn advance(&mut self, to: i64) {
        while let Some(Reverse((at, _, _))) = self.due.peek()
            && *at <= to
        {
            self.now = self.now.max(*at);
            match self.due.pop() {
                Some(Reverse((_, _, Due::Process(bench, run, life, turn)))) => {
                    self.turn(bench, run, life, &turn);
                }
                Some(Reverse((_, _, Due::Build(app)))) => self.built(app),
                None => {}
            }
        }
        self.now = self.now.max(to);
    }

    fn plan(&mut self, pause: i64, what: Due) {
        self.count += 1;
        self.due
            .push(Reverse((self.now + pause.max(0), self.count, what)));
    }

    /// Returns the number of occupied slots.
    pub fn taken(&self) -> usize {
        let alive = |workbench: &SimWorkbench| {
            workbench
                .processes
                .values()
                .filter(|p| p.is_alive())
                .count()
        };
        self.workbenches.iter().map(alive).sum()
    }

    /// Applies an action, or fails with or without effect.
    pub fn apply(
        &mut self,
        bench: usize,
        run: Option<u64>,
        app: usize,
        action: &Action,
    ) -> Result<(), String> {
        self.workbenches[bench].seen.clear();
        if !self.is_steady && self.rng.happens(15) {
            return Err("the machine would not".to_owned());
        }
        let done = match action {
            Action::EnsureVolume if self.workbenches[bench].broken => {
                Err("the disk is full".to_owned())
            }
            Action::EnsureVolume => {
                self.workbenches[bench].folder = true;
                Ok(())
            }
            Action::EnsureBuild => {
                if self.builds[app] == Build::None {
                    self.builds[app] = Build::Queued;
                    let pause = self.rng.between(50, 3_000);
                    self.plan(pause, Due::Build(app));
                }
                Ok(())
            }
            Action::StartJob => run.map_or(Ok(()), |run| self.start(bench, run)),
            Action::RenewToken => Ok(()),
            Action::StopJob => {
                if let Some(run) = run {
                    self.ask_to_stop(bench, run);
                }
                Ok(())
            }
            Action::CleanUp => self.clean_up(bench),
        };
        if !self.is_steady && self.rng.happens(10) {
            return Err("the answer was lost".to_owned());
        }
        done
    }

    fn start(&mut self, bench: usize, run: u64) -> Result<(), String> {
        let workbench = &self.workbenches[bench];
        if workbench.processes.contains_key(&run) {
            return Ok(());
        }
        if let Some(other) = workbench.processes.values().find(|p| p.is_alive()) {
            let what = format!(
                "run {run} is started beside the process of run {}",
                other.run
            );
            self.misdeed.get_or_insert((bench, what));
        }
        if self.taken() >= self.room {
            return Err("all places were taken in the meantime".to_owned());
        }
        let plan = ProcessPlan::draw(&mut self.rng);
        self.count += 1;
        let process = Process::new(run, plan, self.count);
        self.workbenches[bench].processes.insert(run, process);
        match self.rng.below(40) {
            0 => self.exit(bench, run, Exit::NotFound("No such program.".to_owned())),
            1 => self.exit(
                bench,
                run,
                Exit::StartError("Permission denied.".to_owned()),
            ),
            _ => self.changed(bench, run),
        }
        Ok(())
    }

    fn ask_to_stop(&mut self, bench: usize, run: u64) {
        let Some(process) = self.workbenches[bench].processes.get_mut(&run) else {
            return;
        };
        if process.asked || !process.is_alive() {
            return;
        }
        process.asked = true;
        let born = process.born;
        let pause = match process.state {
            State::BackOff(_) => 0,
            _ => process.plan.yields.unwrap_or(GRACE),
        };
        let turn = if pause == GRACE {
            ProcessEvent::Kill
        } else {
            ProcessEvent::Yield
        };
        self.plan(pause, Due::Process(bench, run, born, turn));
    }

    fn clean_up(&mut self, bench: usize) -> Result<(), String> {
        let alive = self.workbenches[bench].processes.values();
        let alive: Vec<u64> = alive.filter(|p| p.is_alive()).map(|p| p.run).collect();
        for run in &alive {
            self.ask_to_stop(bench, *run);
        }
        if !alive.is_empty() {
            return Err("a process is still being stopped".to_owned());
        }
        let workbench = &mut self.workbenches[bench];
        workbench.folder = false;
        workbench.processes.clear();
        Ok(())
    }

    fn turn(&mut self, bench: usize, run: u64, life: u64, turn: &ProcessEvent) {
        let clock = self.clock();
        let Some(process) = self.workbenches[bench].processes.get_mut(&run) else {
            return;
        };
        let is_meant = match turn {
            ProcessEvent::Yield | ProcessEvent::Kill => process.born == life,
            _ => process.life == life,
        };
        if !is_meant {
            return;
        }
        match turn {
            ProcessEvent::Boot => {
                if let State::BackOff(how) = std::mem::replace(&mut process.state, State::Up(clock))
                {
                    process.restarts += 1;
                    process.crashed = Some(how);
                }
                self.changed(bench, run);
            }
            ProcessEvent::Answer | ProcessEvent::Hang => {
                process.answers = *turn == ProcessEvent::Answer;
                self.workbenches[bench].changed = self.now;
            }
            ProcessEvent::End => {
                let how = process.plan.end.clone().map_or(Exit::Lost, |(_, how)| how);
                if process.comes_back(&how) {
                    process.state = State::BackOff(how);
                    self.changed(bench, run);
                } else {
                    self.exit(bench, run, how);
                }
            }
            ProcessEvent::Yield => self.exit(bench, run, Exit::Signal(15)),
            ProcessEvent::Kill => self.exit(bench, run, Exit::Signal(9)),
        }
    }

    /// Changes the state of a process, which cancels its planned events.
    fn changed(&mut self, bench: usize, run: u64) {
        self.count += 1;
        let life = self.count;
        let workbench = &mut self.workbenches[bench];
        workbench.changed = self.now;
        if let Some(process) = workbench.processes.get_mut(&run) {
            process.life = life;
            process.answers = false;
            for (pause, turn) in process.coming() {
                self.plan(pause, Due::Process(bench, run, life, turn));
            }
        }
        self.changes.push(bench);
    }

    /// Ends a process.
    pub fn exit(&mut self, bench: usize, run: u64, how: Exit) {
        let clock = self.clock();
        if let Some(process) = self.workbenches[bench].processes.get_mut(&run)
            && process.is_alive()
        {
            let asked = match (process.asked, &how) {
                (false, _) => StopRequest::No,
                (true, Exit::Signal(9)) => StopRequest::Forcibly,
                (true, _) => StopRequest::Gently,
            };
            process.state = State::Exited(clock, how, asked);
            self.changed(bench, run);
        }
    }

    /// Removes the newest process and all its records.
    pub fn lose(&mut self, bench: usize) {
        let workbench = &mut self.workbenches[bench];
        workbench.processes.pop_last();
        workbench.changed = self.now;
    }

    /// Records a use of the app.
    pub fn used(&mut self, bench: usize) {
        self.workbenches[bench].last_used = Some(self.clock());
    }

    fn built(&mut self, app: usize) {
        self.builds[app] = match self.builds[app] {
            Build::Spoilt => {
                // A later start retries: the failure is reported for a while only.
                self.plan(3_000, Due::Build(app));
                Build::Failed
            }
            Build::Failed => Build::None,
            Build::Queued => {
                let pause = self.rng.between(200, 9_000);
                self.plan(pause, Due::Build(app));
                Build::Under
            }
            Build::None | Build::Under | Build::Done => Build::Done,
        };
    }

    /// Lets the running build fail, or removes the finished one.
    pub fn spoil_build(&mut self, app: usize) {
        self.builds[app] = match self.builds[app] {
            Build::Queued | Build::Under | Build::Spoilt => Build::Spoilt,
            Build::None | Build::Done => Build::None,
            Build::Failed => Build::Failed,
        };
    }

    /// Removes all obstacles and failures of the engine.
    pub fn heal(&mut self) {
        self.is_steady = true;
        self.room = self.workbenches.len();
        self.missing = [false; SECRETS];
        self.is_key_wrong = false;
        self.absent_apps = [false; APPS];
        for workbench in &mut self.workbenches {
            workbench.broken = false;
        }
    }
}
