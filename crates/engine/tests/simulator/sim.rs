//! Simulation: one queue of events under virtual time, from a seed.

use super::checks::{self, TRUTH_IN_THE_END, Verdict};
use super::machine::Machine;
use super::people::{self, Obstacle, UserCommand};
use super::rng::SimRng;
use super::server::Server;
use super::setup::{Fault, LoopFault, Setup, Tally};
use super::store::Store;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Event of the simulation.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// A step of the server with this epoch, for a workbench, under a token.
    Step(u32, usize, u64),
    /// The server with this epoch is woken for a workbench.
    Enqueue(u32, usize),
    /// A user gives a command.
    UserCommand,
    /// The server crashes.
    Crash,
    /// The server restarts.
    Boot,
    /// An obstacle or a failure appears.
    Trouble,
    /// An obstacle goes away.
    Relief(Obstacle),
    /// The clock is set.
    ClockStep,
    /// Commands and obstacles end.
    Calm,
}

/// Running simulation.
pub struct Sim {
    pub setup: Setup,
    pub now: i64,
    pub machine: Machine,
    pub store: Store,
    /// `None` while it is down.
    pub server: Option<Server>,
    /// Raised with every crash, which cancels the plans of the earlier server.
    pub epoch: u32,
    pub luck: SimRng,
    pub people: SimRng,
    pub tally: Tally,
    /// Workbench of a violation, if it is not that of the event.
    pub guilty: usize,
    events: BinaryHeap<Reverse<(i64, u64, Event)>>,
    count: u64,
    queued: BTreeMap<usize, u32>,
    reported: Option<usize>,
    story: Vec<String>,
}

/// Runs a simulation to its end.
pub fn run(setup: Setup) -> Result<Tally, Fault> {
    Sim::new(setup, None).run().map(|sim| sim.tally)
}

/// Returns the events of one workbench, up to the fault that ended the simulation.
pub fn story(setup: Setup, bench: usize) -> Vec<String> {
    let mut sim = Sim::new(setup, Some(bench));
    sim.play().ok();
    sim.story
}

impl Sim {
    fn new(setup: Setup, reported: Option<usize>) -> Self {
        Self {
            now: 0,
            machine: Machine::new(setup.seed, setup.benches),
            store: Store::new(setup.benches, setup.store_fault),
            server: None,
            epoch: 0,
            luck: SimRng::new(setup.seed, 2),
            people: SimRng::new(setup.seed, 3),
            tally: Tally::default(),
            guilty: 0,
            events: BinaryHeap::new(),
            count: 0,
            queued: BTreeMap::new(),
            reported,
            story: Vec::new(),
            setup,
        }
    }

    fn run(mut self) -> Result<Self, Fault> {
        match self.play() {
            Ok(()) => Ok(self),
            Err((rule, what)) => Err(Fault {
                rule,
                bench: self.guilty,
                at: self.now,
                what,
            }),
        }
    }

    fn play(&mut self) -> Verdict {
        self.plan(0, Event::Boot);
        self.plan(1, Event::UserCommand);
        self.plan(5_000, Event::Trouble);
        self.plan(20_000, Event::Crash);
        self.plan(30_000, Event::ClockStep);
        self.plan(self.setup.busy, Event::Calm);
        let end = self.setup.busy + self.setup.calm;
        loop {
            let next = self.events.peek().map_or(end, |Reverse((at, _, _))| *at);
            let due = self.machine.next_due().unwrap_or(end);
            if next.min(due) >= end {
                break;
            }
            if due <= next {
                self.now = due;
                self.machine.advance(due);
                self.plan_changes();
            } else if let Some(Reverse((at, _, event))) = self.events.pop() {
                self.now = at;
                self.machine.advance(at);
                self.happen(event)?;
            }
            if let Some((bench, what)) = self.machine.misdeed.take() {
                self.guilty = bench;
                return Err((checks::ONE_PROCESS, what));
            }
        }
        self.end()
    }

    fn happen(&mut self, event: Event) -> Verdict {
        match event {
            Event::Step(epoch, bench, token) if epoch == self.epoch => {
                self.guilty = bench;
                self.step(bench, token)?;
            }
            Event::Enqueue(epoch, bench) if epoch == self.epoch => {
                if let Some(left) = self.queued.get_mut(&bench) {
                    *left = left.saturating_sub(1);
                }
                if self.setup.loop_fault != LoopFault::LosesWakeUps {
                    self.enqueue(bench);
                }
            }
            Event::Step(..) | Event::Enqueue(..) => {}
            Event::UserCommand => self.command(),
            Event::Crash => {
                let pause = self.luck.pause(25_000);
                self.plan(pause, Event::Crash);
                self.crash();
            }
            Event::Boot => self.boot()?,
            Event::Trouble => self.add_obstacle(),
            Event::Relief(obstacle) => self.relieve(obstacle),
            Event::ClockStep => self.step_clock(),
            Event::Calm => self.machine.heal(),
        }
        Ok(())
    }

    /// Plans an event.
    pub fn plan(&mut self, pause: i64, event: Event) {
        self.count += 1;
        self.events
            .push(Reverse((self.now + pause, self.count, event)));
    }

    /// Returns a number that was never returned before.
    pub fn plan_token(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Returns `true` if commands and obstacles have ended.
    pub fn is_calm(&self) -> bool {
        self.now >= self.setup.busy
    }

    /// Writes a line of the trace, if it is about the traced workbench.
    pub fn trace_line(&mut self, bench: usize, line: impl FnOnce() -> String) {
        if self.reported == Some(bench) {
            self.story.push(format!("{:>8} ms  {}", self.now, line()));
        }
    }

    /// Plans a wake-up of a workbench.
    pub fn plan_poke(&mut self, bench: usize) {
        *self.queued.entry(bench).or_default() += 1;
        let pause = self.luck.between(0, 5);
        self.plan(pause, Event::Enqueue(self.epoch, bench));
    }

    /// Returns `true` if a wake-up is planned.
    pub fn is_poked(&self, bench: usize) -> bool {
        self.queued.get(&bench).is_some_and(|left| *left > 0)
    }

    /// Plans the engine's change reports: late, twice or never.
    fn plan_changes(&mut self) {
        for bench in std::mem::take(&mut self.machine.changes) {
            let line = self.machine.workbenches[bench]
                .processes
                .values()
                .next_back();
            let line = format!("the machine: {:?}", line.map(|p| (p.run, &p.state)));
            self.trace_line(bench, || line);
            if self.server.is_none() {
                continue;
            }
            for _ in 0..self.luck.one_of(&[0, 1, 1, 1, 1, 1, 1, 2]) {
                let pause = self.luck.between(0, 300);
                self.plan(pause, Event::Enqueue(self.epoch, bench));
            }
        }
    }

    /// Crashes the server, which loses its memory and restarts after a while.
    pub fn crash(&mut self) {
        if self.is_calm() || self.server.take().is_none() {
            return;
        }
        self.tally.crashes += 1;
        self.epoch += 1;
        self.queued.clear();
        let pause = self.luck.between(100, 12_000);
        self.plan(pause, Event::Boot);
        if let Some(bench) = self.reported {
            self.trace_line(bench, || format!("the server crashes, for {pause} ms"));
        }
    }

    /// Crashes the server here, now and then.
    pub fn crash_by_chance(&mut self) {
        if self.luck.below(self.setup.benches * 40) == 0 {
            self.crash();
        }
    }

    /// Gives a random command, and plans the next one.
    fn command(&mut self) {
        if self.is_calm() {
            return;
        }
        let benches = i64::try_from(self.setup.benches).unwrap_or(i64::MAX);
        let pause = self.people.pause(1 + self.setup.patience / benches);
        self.plan(pause, Event::UserCommand);
        let bench = self.people.below(self.setup.benches);
        let command = UserCommand::draw(&mut self.people, self.store.rows[bench].is_some());
        // An impatient user sends the command twice.
        for _ in 0..self.people.one_of(&[1, 1, 1, 1, 2]) {
            if self.server.is_some() {
                self.ask(bench, &command);
            }
        }
    }

    fn ask(&mut self, bench: usize, command: &UserCommand) {
        let asked = command.ask(&mut self.store, &mut self.machine, bench);
        self.trace_line(bench, || {
            format!("a person requests: {command:?}: {asked:?}")
        });
        match asked {
            Ok(()) => self.tally.commands += 1,
            Err(_) => self.tally.refusals += 1,
        }
        // The server may crash between the command and its wake-up.
        self.crash_by_chance();
        if asked.is_ok() && *command != UserCommand::Use && self.server.is_some() {
            self.plan_poke(bench);
        }
    }

    /// Adds an obstacle, and plans the next one.
    fn add_obstacle(&mut self) {
        if self.is_calm() {
            return;
        }
        let pause = self.luck.pause(2_500);
        self.plan(pause, Event::Trouble);
        if let Some(obstacle) = people::add_obstacle(&mut self.machine, &mut self.luck) {
            let pause = self.luck.between(500, 20_000);
            self.plan(pause, Event::Relief(obstacle));
        }
    }

    fn relieve(&mut self, obstacle: Obstacle) {
        people::relieve(&mut self.machine, obstacle);
        let Obstacle::Secret(secret) = obstacle else {
            return;
        };
        // Adding a secret reconciles the workbenches that wait for it.
        for bench in 0..self.setup.benches {
            if self.server.is_some() && people::names_secret(&self.store, bench, secret) {
                self.plan_poke(bench);
            }
        }
    }

    /// Sets the clock forwards or backwards, by a little or by hours.
    fn step_clock(&mut self) {
        if self.is_calm() {
            return;
        }
        let pause = self.luck.pause(60_000);
        self.plan(pause, Event::ClockStep);
        let most = self.luck.one_of(&[2_000, 30_000, 7_200_000]);
        self.machine.skew += self.luck.between(-most, most);
    }

    /// Compares every status with the machine at the end.
    fn end(&mut self) -> Verdict {
        for bench in 0..self.setup.benches {
            self.guilty = bench;
            let is_attended = self
                .server
                .as_ref()
                .is_some_and(|server| server.has_task(bench));
            let fits = super::truth::compare(&self.machine, &self.store, bench, is_attended);
            fits.map_err(|what| (TRUTH_IN_THE_END, what))?;
        }
        Ok(())
    }
}
