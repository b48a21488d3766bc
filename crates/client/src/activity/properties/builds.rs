//! Builds that a server changes and a page learns about: stream events and responses, in any order
//! and repeated. No final snapshot corrects the result: the page must show the newest state of each
//! build.

use super::super::tests::{activity, build};
use super::super::*;
use crate::fixtures::{BEGIN, at};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::{BTreeMap, HashSet};
use vestibule_model::build::{BuildList, BuildStatus, BuildStep, StepStatus};
use vestibule_model::stream::{BuildRemoved, BuildUpdate};

/// Maximum length of the list.
const PAGE: usize = 3;

/// Event of the simulation.
#[derive(Debug, Clone)]
enum Operation {
    /// A build is requested.
    Begin,
    /// A build advances.
    Advance(Index),
    /// A build is deleted.
    Remove(Index),
    /// The page requests the builds.
    Ask,
    /// The server answers one of the requests.
    Reload(Index),
    /// A message arrives, and perhaps once more later.
    Receive(Index, bool),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let index = any::<Index>;
    let operation = prop_oneof![
        2 => Just(Operation::Begin),
        6 => index().prop_map(Operation::Advance),
        1 => index().prop_map(Operation::Remove),
        2 => Just(Operation::Ask),
        2 => index().prop_map(Operation::Reload),
        8 => (index(), any::<bool>()).prop_map(|(which, again)| Operation::Receive(which, again)),
    ];
    prop::collection::vec(operation, 1..80)
}

/// Returns the build at a step, of [`LAST`] steps; builds succeed, fail, or are cancelled.
fn life(number: u64, age: u64) -> Build {
    let step = |status| BuildStep {
        started_at: (status != StepStatus::Pending).then_some(BEGIN),
        finished_at: (status == StepStatus::Succeeded).then_some(BEGIN),
        status,
        ..BuildStep::default()
    };
    let steps = match age {
        0 | 1 => [StepStatus::Pending, StepStatus::Pending],
        2 | 3 => [StepStatus::Running, StepStatus::Pending],
        _ => [StepStatus::Succeeded, StepStatus::Running],
    };
    let status = match (age, number % 3) {
        (0 | 1, _) => BuildStatus::Pending,
        (2..LAST, _) => BuildStatus::Running,
        (_, 0) => BuildStatus::Succeeded,
        (_, 1) => BuildStatus::Failed,
        _ => BuildStatus::Cancelled,
    };
    let is_given_up = number % 3 == 2 && age >= 5;
    Build {
        created_at: Some(at(i64::try_from(number).expect("small"))),
        queue_position: (age < 2).then_some(if age == 0 { 2 } else { 1 }),
        steps: steps.map(step).to_vec(),
        log_bytes: if age < 3 { 0 } else { age },
        cancel_requested_at: is_given_up.then_some(BEGIN),
        ..build(number, status)
    }
}

const LAST: u64 = 6;

/// A server, a page, and the messages between them.
struct Simulation {
    activity: Activity,
    last: u64,
    /// Step of each build.
    truth: BTreeMap<u64, u64>,
    asked: Vec<u64>,
    way: Vec<(ActivityInput, Option<BuildId>)>,
    heard_gone: HashSet<BuildId>,
    /// Step of each build on the page, and the removed ones.
    seen: BTreeMap<u64, u64>,
    lost: HashSet<u64>,
    said: HashSet<(JobKey, JobStage)>,
}

impl Simulation {
    fn new() -> Self {
        Self {
            activity: activity(),
            last: 0,
            truth: BTreeMap::new(),
            asked: Vec::new(),
            way: Vec::new(),
            heard_gone: HashSet::new(),
            seen: BTreeMap::new(),
            lost: HashSet::new(),
            said: HashSet::new(),
        }
    }

    fn one(&self, which: Index) -> Option<u64> {
        let all: Vec<u64> = self.truth.keys().copied().collect();
        (!all.is_empty()).then(|| *which.get(&all))
    }

    fn publish(&mut self, number: u64) {
        let build = life(number, self.truth[&number]);
        let update = Box::new(BuildUpdate { seq: 1, build });
        self.way
            .push((ActivityInput::Event(Event::BuildUpdate(update)), None));
    }

    fn happen(&mut self, operation: Operation) {
        match operation {
            Operation::Begin => {
                self.last += 1;
                self.truth.insert(self.last, 0);
                self.publish(self.last);
            }
            Operation::Advance(which) => {
                let next = self.one(which).filter(|number| self.truth[number] < LAST);
                if let Some(number) = next {
                    *self.truth.entry(number).or_default() += 1;
                    self.publish(number);
                }
            }
            Operation::Remove(which) => {
                if let Some(number) = self.one(which) {
                    self.truth.remove(&number);
                    let id = life(number, 0).id;
                    let removed = BuildRemoved { seq: 1, id };
                    let id = Some(removed.id.clone());
                    self.way
                        .push((ActivityInput::Event(Event::BuildRemoved(removed)), id));
                }
            }
            Operation::Ask => self.asked.push(self.activity.ask()),
            Operation::Reload(which) if !self.asked.is_empty() => {
                let asked = self.asked.swap_remove(which.index(self.asked.len()));
                let newest = self.truth.iter().rev().take(PAGE);
                let list = BuildList {
                    builds: newest.map(|(number, age)| life(*number, *age)).collect(),
                    next_cursor: (self.truth.len() > PAGE).then(|| "more".to_owned()),
                };
                self.way.push((
                    ActivityInput::Builds {
                        asked,
                        workspace: None,
                        list,
                    },
                    None,
                ));
            }
            Operation::Receive(which, again) if !self.way.is_empty() => {
                let place = which.index(self.way.len());
                let (input, gone) = if again {
                    self.way[place].clone()
                } else {
                    self.way.swap_remove(place)
                };
                self.heard_gone.extend(gone);
                self.activity.take(input, BEGIN);
                self.check();
            }
            Operation::Reload(_) | Operation::Receive(..) => {}
        }
    }

    /// Checks the invariants.
    fn check(&mut self) {
        let jobs = self.activity.jobs(JobScope::Everyone, BEGIN);
        let keys: HashSet<JobKey> = jobs.iter().map(JobView::key).collect();
        assert_eq!(keys.len(), jobs.len(), "nothing is shown twice");
        let mut now = BTreeMap::new();
        for job in &jobs {
            let JobSubject::Build(shown) = job.subject else {
                panic!("only builds were told of");
            };
            assert!(
                !self.heard_gone.contains(&shown.id),
                "revived: {}",
                shown.id
            );
            let number = (1..=self.last).find(|number| life(*number, 0).id == shown.id);
            let number = number.expect("it was begun");
            let age = (0..=LAST).find(|age| life(number, *age) == *shown);
            now.insert(number, age.expect("it was so at some time"));
        }
        for (number, age) in &now {
            let before = self.seen.get(number).copied().unwrap_or(0);
            assert!(*age >= before, "{number} goes back from {before} to {age}");
            assert!(
                !self.lost.contains(number),
                "{number} was gone, and is back"
            );
        }
        let lost = self.seen.keys().filter(|number| !now.contains_key(number));
        self.lost.extend(lost);
        self.seen = now;
        for change in self.activity.changes() {
            let said = (change.key.clone(), change.stage);
            assert!(self.said.insert(said), "said twice: {change:?}");
        }
    }

    /// Delivers a message.
    fn end(mut self, order: &[Index]) {
        for which in order.iter().cycle() {
            if self.way.is_empty() {
                break;
            }
            self.happen(Operation::Receive(*which, false));
        }
        let truth: Vec<Build> = self.truth.iter().map(|(n, age)| life(*n, *age)).collect();
        let jobs = self.activity.jobs(JobScope::Everyone, BEGIN);
        let mut shown: Vec<(Build, JobStage)> = jobs
            .iter()
            .filter_map(|job| match job.subject {
                JobSubject::Build(build) => Some((build.clone(), job.stage)),
                _ => None,
            })
            .collect();
        shown.sort_by_key(|(build, _)| build.created_at);
        let truth: Vec<(Build, JobStage)> = truth
            .into_iter()
            .map(|build| (build.clone(), JobStage::of_build(&build)))
            .collect();
        assert_eq!(shown, truth);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn builds_reach_the_newest_state_in_any_order(
        operations in operations(),
        order in prop::collection::vec(any::<Index>(), 16),
    ) {
        let mut simulation = Simulation::new();
        for operation in operations {
            simulation.happen(operation);
        }
        simulation.end(&order);
    }
}
