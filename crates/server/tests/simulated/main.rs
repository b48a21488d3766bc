//! The simulator's in-memory store behaves as the database does: the same commands and observations
//! in the same order lead to the same rows, journals and refusals. What the simulator proves holds
//! for the server only under this condition.

#[path = "../../../engine/tests/simulator/store.rs"]
mod memory;
#[path = "../../../engine/tests/simulator/rng.rs"]
#[expect(dead_code, reason = "the simulator draws more than this does")]
mod rng;
#[path = "../../../engine/tests/simulator/rows.rs"]
mod rows;

use rng::SimRng;
use std::collections::BTreeMap;
use vestibule_engine::controller::{Record, StatusStore};
use vestibule_model::ids::{UserId, WorkspaceId};
use vestibule_model::observed::{
    AppAvailability, Exit, Observed, Probe, Restarted, Runner, Secrets, StopRequest, Volume,
};
use vestibule_model::reconcile::{Cadence, Outcome, reconcile};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::Transition;
use vestibule_model::workbench::WorkbenchSpec;
use vestibule_server::store::{Actor, Created, NewRow, Refusal, Store};

const BENCHES: usize = 4;
const STEPS: usize = 250;

/// Both stores, and observations in progress.
struct Pair {
    rng: SimRng,
    now: Timestamp,
    real: Store,
    memory: memory::Store,
    workspace: WorkspaceId,
    /// Records read from each store earlier, to be committed later.
    pending: Vec<(usize, Record, Record)>,
    _dir: tempfile::TempDir,
}

#[test]
fn the_memory_store_behaves_as_the_database() {
    for seed in 0..6 {
        let mut pair = Pair::new(seed);
        for step in 0..STEPS {
            pair.step();
            pair.compare(&format!("seed {seed}, step {step}"));
        }
    }
}

impl Pair {
    fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let real = Store::open(dir.path()).expect("a store");
        let now = Timestamp::from_millis(1_800_000_000_000);
        let made = real.create_workspace("Sim", &sim(now));
        let workspace = made.expect("the store works").expect("it is made").id;
        Self {
            rng: SimRng::new(seed, 5),
            now,
            real,
            memory: memory::Store::new(BENCHES, memory::StoreFault::None),
            workspace,
            pending: Vec::new(),
            _dir: dir,
        }
    }

    fn step(&mut self) {
        self.now = self.now + Millis(self.rng.between(-2_000, 9_000));
        let bench = self.rng.below(BENCHES);
        match self.rng.below(20) {
            0..4 => self.create(bench),
            4..9 => self.command(bench),
            9..15 => self.load(bench),
            _ => self.commit(),
        }
    }

    fn spec(&mut self) -> WorkbenchSpec {
        WorkbenchSpec {
            env: Some(BTreeMap::new()),
            parameters: Some(BTreeMap::new()),
            start_timeout_seconds: 60,
            active_deadline_seconds: self.rng.happens(300).then_some(30),
            idle_timeout_seconds: self.rng.happens(300).then_some(20),
            ..WorkbenchSpec::default()
        }
    }

    fn create(&mut self, bench: usize) {
        let (spec, start) = (self.spec(), self.rng.happens(700));
        let was_there = self.memory.rows[bench].is_some();
        self.memory.create(bench, 0, spec.clone(), start, self.now);
        let new = NewRow {
            id: memory::name(bench),
            workspace_id: self.workspace.clone(),
            name: "Sim".to_owned(),
            app: "0".to_owned(),
            spec,
            start,
            task: None,
            by: "u-bcdfghjk".into(),
            username: "sim".to_owned(),
        };
        let made = self
            .real
            .create_workbench(&new, &sim(self.now))
            .expect("works");
        assert_eq!(!was_there, matches!(made, Created::New(_)), "{made:?}");
    }

    fn command(&mut self, bench: usize) {
        let (id, now) = (memory::name(bench), self.now);
        let spec = self.spec();
        let (memory, real) = (&mut self.memory, &self.real);
        let (reported, expected) = match self.rng.below(10) {
            0..4 => (memory.start(bench, now), real.start(&id, &sim(now))),
            4..6 => (memory.stop(bench, now), real.stop(&id, &sim(now))),
            6 => (memory.extend(bench, now), real.extend(&id, &sim(now))),
            7 | 8 => (
                memory.change(bench, spec.clone(), now),
                real.change(&id, None, Some((&spec, None)), &sim(now)),
            ),
            _ => (memory.delete(bench, now), real.delete(&id, &sim(now))),
        };
        let refused = expected.err().map(|refusal| match refusal {
            Refusal::Gone => memory::Refusal::Gone,
            Refusal::Deleting => memory::Refusal::Deleting,
            Refusal::Stopping => memory::Refusal::Stopping,
            Refusal::NotStarting => memory::Refusal::NotStarting,
            Refusal::Store(error) => panic!("{error}"),
        });
        assert_eq!(reported.err(), refused);
    }

    fn load(&mut self, bench: usize) {
        let real = StatusStore::load(&self.real, &memory::name(bench)).expect("works");
        match (self.memory.load(bench), real) {
            (Some(memory), Some(real)) => self.pending.push((bench, memory, real)),
            (memory, real) => assert_eq!(memory.is_some(), real.is_some(), "{bench}"),
        }
    }

    /// Commits the outcome of an observation, whatever commands came since.
    fn commit(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let index = self.rng.below(self.pending.len());
        let (bench, memory, real) = self.pending.remove(index);
        let seen = seen(&mut self.rng, self.now);
        let decide = |record: &Record| -> Outcome {
            let cadence = Cadence::default();
            reconcile(&record.subject, &record.status, &seen, &cadence, self.now)
        };
        let reported = self
            .memory
            .commit(bench, &memory, &decide(&memory), self.now);
        let stored = StatusStore::commit(&self.real, &real, &decide(&real), self.now);
        assert_eq!(
            reported,
            stored.expect("works").is_stored(),
            "{bench}: {seen:?}"
        );
    }

    /// Checks that everything readable is equal in both.
    fn compare(&self, at: &str) {
        let real = StatusStore::unsettled(&self.real).expect("works");
        let mut real: Vec<usize> = real.iter().map(memory::number).collect();
        real.sort_unstable();
        assert_eq!(self.memory.unsettled(), real, "{at}");
        for bench in 0..BENCHES {
            let real = StatusStore::load(&self.real, &memory::name(bench)).expect("works");
            let Some(row) = &self.memory.rows[bench] else {
                assert_eq!(real, None, "{at}");
                continue;
            };
            let memory = self.memory.load(bench).expect("it is there");
            let real = real.expect("it is there too");
            assert_eq!(memory.subject, real.subject, "{at}");
            assert_eq!(memory.status, real.status, "{at}");
            assert_eq!(memory.target.spec, real.target.spec, "{at}");
            self.compare_runs(bench, row, at);
        }
    }

    fn compare_runs(&self, bench: usize, row: &rows::Row, at: &str) {
        let all = self.real.runs(&memory::name(bench), None, u32::MAX - 1);
        let (mut runs, _) = all.expect("works");
        runs.reverse();
        assert_eq!(row.runs.len(), runs.len(), "{at}");
        for (memory, real) in row.runs.iter().zip(runs) {
            assert_eq!(memory.status, real.status, "{at}");
            assert_eq!(memory.cause, real.cause, "{at}");
            assert_eq!(memory.exit_code, real.exit_code, "{at}");
            assert_eq!(memory.ready_at, real.ready_at, "{at}");
            assert_eq!(memory.finished_at, real.finished_at, "{at}");
            let (journal, more) = self.real.journal(&real.id, 0).expect("works");
            assert!(!more, "{at}: a journal of more than one page");
            let plain = |journal: &[Transition]| journal.iter().map(plain).collect::<Vec<_>>();
            assert_eq!(plain(&memory.journal), plain(&journal), "{at}");
            assert!(
                journal.windows(2).all(|two| two[0].seq < two[1].seq),
                "{at}"
            );
        }
    }
}

/// Returns an entry without the fields that each store generates.
fn plain(entry: &Transition) -> Transition {
    let message = match entry.condition {
        Some(_) => entry.message.clone(),
        None => String::new(),
    };
    Transition {
        seq: 0,
        run_id: "run-bcdfghjk".into(),
        message,
        ..entry.clone()
    }
}

/// Returns a random observation.
fn seen(rng: &mut SimRng, now: Timestamp) -> Observed {
    let job_name = "job".to_owned();
    let exits = [Exit::Code(0), Exit::Code(1), Exit::Signal(9), Exit::Lost];
    let runner = match rng.below(8) {
        0 | 1 => Runner::Absent,
        2 => Runner::Starting { job_name },
        3..=5 => Runner::Running {
            job_name,
            pod_name: "pod".to_owned(),
            started_at: now - Millis(100),
            restarted: rng.happens(300).then(|| Restarted {
                how: Exit::Signal(9),
                times: 1,
                most: 3,
                in_all: 1 + u32::from(rng.happens(500)),
            }),
            note: None,
        },
        6 => Runner::BackOff {
            job_name,
            restarts: 4,
            how: Exit::Code(3),
        },
        _ => Runner::Exited {
            job_name,
            at: now - Millis(50),
            how: exits[rng.below(exits.len())].clone(),
            restarts: 0,
            asked: rng.one_of(&[StopRequest::No, StopRequest::Gently, StopRequest::Forcibly]),
            last_line: None,
        },
    };
    Observed {
        volume: [Volume::Absent, Volume::Bound][rng.below(2)].clone(),
        secrets: match rng.below(4) {
            0 => Secrets::Missing(vec!["KEY".to_owned()]),
            _ => Secrets::Found,
        },
        app: match rng.below(12) {
            0 => AppAvailability::Unknown,
            _ => AppAvailability::Available,
        },
        probe: [Probe::Succeeded, Probe::Failed("No.".to_owned())][rng.below(2)].clone(),
        runner,
        after_restart: rng.happens(100),
        ..Observed::default()
    }
}

fn sim(now: Timestamp) -> Actor {
    Actor::local(&UserId::from("u-bcdfghjk"), "sim", now)
}
