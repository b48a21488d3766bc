//! Supervised process of the simulated machine, with its planned events.

use super::rng::SimRng;
use vestibule_model::observed::{Exit, Restarted, Runner, StopRequest};
use vestibule_model::reconcile::MOST_RESTARTS;
use vestibule_model::time::Timestamp;

/// Time after which a process that ignores the request to stop is killed.
pub const GRACE: i64 = 5_000;

/// Plan of a process, drawn when it is started.
#[derive(Debug, Clone)]
pub struct ProcessPlan {
    /// Time until it is up.
    pub boot: i64,
    /// Time until it then answers; `None`: never.
    pub answer: Option<i64>,
    /// Time from then until it ends by itself, and how.
    pub end: Option<(i64, Exit)>,
    /// Number of crashes before it stays up, if that end is a crash.
    pub crashes: u32,
    /// Number of restarts after which the engine gives up; `None`: the rule decides.
    pub most_restarts: Option<u32>,
    /// Time from its start until it stops answering, and the duration of that.
    pub hang: Option<(i64, i64)>,
    /// Time until it ends when asked; `None`: it ignores the request.
    pub yields: Option<i64>,
}

impl ProcessPlan {
    /// Draws a plan.
    pub fn draw(rng: &mut SimRng) -> Self {
        let end = match rng.below(22) {
            0..=9 => None,
            10 => Some(Exit::Code(0)),
            11 => Some(Exit::Code(1)),
            12 => Some(Exit::Code(2)),
            13 => Some(Exit::Signal(15)),
            14 => Some(Exit::OutOfMemory("It used more than 64 MB.".to_owned())),
            15 => Some(Exit::Lost),
            16 => Some(Exit::Code(143)),
            17 => Some(Exit::Signal(9)),
            _ => Some(Exit::Code(3)),
        };
        Self {
            boot: rng.between(20, 2_000),
            answer: (!rng.happens(80)).then(|| rng.between(10, 9_000)),
            end: end.map(|how| (rng.between(0, 40_000), how)),
            crashes: u32::try_from(rng.below(9)).unwrap_or(0),
            most_restarts: rng.happens(500).then_some(3),
            hang: rng
                .happens(150)
                .then(|| (rng.between(500, 20_000), rng.between(200, 15_000))),
            yields: (!rng.happens(100)).then(|| rng.between(0, 1_500)),
        }
    }
}

/// State of a process.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Being brought up.
    Starting,
    /// Up since this time.
    Up(Timestamp),
    /// Crashed, and waiting for its restart.
    BackOff(Exit),
    /// Ended.
    Exited(Timestamp, Exit, StopRequest),
}

/// Next event of a process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProcessEvent {
    /// The process comes up.
    Boot,
    /// The process begins to answer.
    Answer,
    /// The process stops answering.
    Hang,
    /// The process ends as planned.
    End,
    /// The process follows the request to stop.
    Yield,
    /// End of the grace period.
    Kill,
}

/// A process under its supervisor.
#[derive(Debug, Clone)]
pub struct Process {
    /// The run it belongs to.
    pub run: u64,
    /// State.
    pub state: State,
    /// `true` if it answers its probe.
    pub answers: bool,
    /// Number of restarts.
    pub restarts: u32,
    /// The crash before its last restart.
    pub crashed: Option<Exit>,
    /// `true` if it was asked to stop.
    pub asked: bool,
    /// Plan.
    pub plan: ProcessPlan,
    /// Number of the process: another of the same run, after a deletion, has another one.
    pub born: u64,
    /// Raised whenever the planned events are cancelled.
    pub life: u64,
}

impl Process {
    /// Creates a process that is being brought up.
    pub fn new(run: u64, plan: ProcessPlan, born: u64) -> Self {
        Self {
            run,
            state: State::Starting,
            answers: false,
            restarts: 0,
            crashed: None,
            asked: false,
            plan,
            born,
            life: born,
        }
    }

    /// Returns `true` if it exists, or will be restarted.
    pub fn is_alive(&self) -> bool {
        !matches!(self.state, State::Exited(..))
    }

    /// Returns how an engine reports it.
    pub fn runner(&self, bench: usize) -> Runner {
        let job_name = format!("wb-{bench:06}-run-{}", self.run);
        match &self.state {
            State::Starting => Runner::Starting { job_name },
            State::Up(since) => Runner::Running {
                pod_name: format!("{job_name}-pid-{}", self.restarts + 1),
                job_name,
                started_at: *since,
                restarted: self.crashed.clone().map(|how| Restarted {
                    how,
                    times: self.restarts,
                    most: self.plan.most_restarts.unwrap_or(MOST_RESTARTS),
                    in_all: self.restarts,
                }),
                note: None,
            },
            State::BackOff(how) => Runner::BackOff {
                job_name,
                restarts: self.restarts,
                how: how.clone(),
            },
            State::Exited(at, how, asked) => Runner::Exited {
                job_name,
                at: *at,
                how: how.clone(),
                restarts: self.restarts,
                asked: *asked,
                last_line: None,
            },
        }
    }

    /// Returns the next events, with their delays in milliseconds.
    pub fn coming(&self) -> Vec<(i64, ProcessEvent)> {
        let mut turns = Vec::new();
        match &self.state {
            State::Starting => turns.push((self.plan.boot, ProcessEvent::Boot)),
            State::Up(_) => {
                let answer = self.plan.answer;
                turns.extend(answer.map(|pause| (pause, ProcessEvent::Answer)));
                if let (Some((from, long)), Some(_)) = (self.plan.hang, answer) {
                    turns.push((from, ProcessEvent::Hang));
                    turns.push((from + long, ProcessEvent::Answer));
                }
                let stays = self.restarts >= self.plan.crashes && self.restarts > 0;
                if let Some((pause, _)) = self.plan.end.as_ref().filter(|_| !stays) {
                    // After a crash, the next one comes sooner.
                    let pause = pause / (1 + 9 * i64::from(self.restarts.min(1)));
                    turns.push((pause, ProcessEvent::End));
                }
            }
            State::BackOff(_) => turns.push((500 << self.restarts.min(4), ProcessEvent::Boot)),
            State::Exited(..) => {}
        }
        turns
    }

    /// Returns `true` if an end of this kind is followed by a restart.
    pub fn comes_back(&self, how: &Exit) -> bool {
        let is_crash = matches!(how, Exit::Code(3) | Exit::Signal(9));
        let limit = self.plan.most_restarts.unwrap_or(u32::MAX);
        is_crash && !self.asked && self.restarts < self.plan.crashes.min(limit)
    }
}
