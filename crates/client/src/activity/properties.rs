//! Reports in any order and any number of times lead to the newest state.

mod builds;

use super::tests::{activity, build, builds, run, snapshot, update};
use super::*;
use crate::fixtures::BEGIN;
use proptest::prelude::*;
use std::collections::BTreeMap;
use vestibule_model::build::BuildStatus;
use vestibule_model::run::RunStatus;
use vestibule_model::stream::RunRemoved;

/// An event of the simulated server: a change of one of a few runs, or a snapshot.
#[derive(Debug, Clone)]
enum Operation {
    Advance(u64),
    Remove(u64),
    Snapshot,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let operation = prop_oneof![
        6 => (0_u64..5).prop_map(Operation::Advance),
        1 => (0_u64..5).prop_map(Operation::Remove),
        2 => Just(Operation::Snapshot),
    ];
    prop::collection::vec(operation, 1..40)
}

/// Returns the stages of a run, in a cycle, as a workbench that is started again.
fn life(steps: u64) -> RunStatus {
    match steps.min(4) {
        1 => RunStatus::Pending,
        2 => RunStatus::Running,
        3 => RunStatus::Stopping,
        _ => RunStatus::Stopped,
    }
}

/// Returns the server's events, and its state in the end.
fn history(operations: &[Operation]) -> (Vec<ActivityInput>, Vec<Run>) {
    let mut runs: BTreeMap<u64, (u64, Run)> = BTreeMap::new();
    let mut names = [0_u64, 1, 2, 3, 4];
    let mut reported = Vec::new();
    for (seq, operation) in (1..).zip(operations) {
        match operation {
            Operation::Advance(which) => {
                let name = names[usize::try_from(*which).expect("small")];
                let steps = runs.get(&name).map_or(1, |(steps, _)| steps + 1);
                let run = run(name, life(steps), seq);
                runs.insert(name, (steps, run.clone()));
                reported.push(update(run));
            }
            Operation::Remove(which) => {
                let name = &mut names[usize::try_from(*which).expect("small")];
                if let Some((_, run)) = runs.remove(name) {
                    reported.push(ActivityInput::Event(Event::RunRemoved(RunRemoved {
                        seq,
                        id: run.id,
                    })));
                }
                // An id is never used again.
                *name += 10;
            }
            Operation::Snapshot => {
                let all = runs.values().map(|(_, run)| run.clone());
                reported.push(snapshot(seq, all.collect()));
            }
        }
    }
    let all = runs.into_values().map(|(_, run)| run).collect();
    (reported, all)
}

/// Returns the same events in another order and partly repeated.
fn shuffled(reported: Vec<ActivityInput>) -> impl Strategy<Value = Vec<ActivityInput>> {
    let again = prop::collection::vec(any::<prop::sample::Index>(), 0..12);
    again.prop_flat_map(move |again| {
        let mut all = reported.clone();
        if !reported.is_empty() {
            all.extend(again.iter().map(|index| index.get(&reported).clone()));
        }
        Just(all).prop_shuffle()
    })
}

fn known(activity: &Activity) -> Vec<Run> {
    activity.runs.all().cloned().collect()
}

fn sorted(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by(|one, other| one.id.cmp(&other.id));
    runs
}

proptest! {
    #[test]
    fn runs_reach_the_newest_state_in_any_order(
        (reported, truth) in operations().prop_map(|operations| history(&operations)).prop_flat_map(|(reported, truth)| {
            (shuffled(reported), Just(truth))
        }),
    ) {
        let mut activity = activity();
        for input in reported {
            activity.take(input, BEGIN);
        }
        prop_assert_eq!(known(&activity), sorted(truth));
    }

    /// The next snapshot corrects any missed or invented report.
    #[test]
    fn snapshot_replaces_everything(
        reported in operations().prop_map(|operations| history(&operations).0).prop_flat_map(shuffled),
        lost in any::<u64>(),
        truth in operations().prop_map(|operations| history(&operations).1),
    ) {
        let mut activity = activity();
        for (place, input) in reported.into_iter().enumerate() {
            if lost >> (place % 64) & 1 == 0 {
                activity.take(input, BEGIN);
            }
        }
        let truth: Vec<Run> = truth
            .into_iter()
            .map(|run| Run {
                id: RunId::new(format!("{}-new", run.id)),
                last_seq: run.last_seq + 1_000,
                ..run
            })
            .collect();
        activity.take(snapshot(2_000, truth.clone()), BEGIN);
        prop_assert_eq!(known(&activity), sorted(truth));
    }

    /// `+N` is every job in progress but one, and no job is counted twice.
    #[test]
    fn count_equals_that_of_the_panel(
        runs in prop::collection::vec(0_u64..6, 0..12),
        jobs in prop::collection::vec(0_u8..5, 0..6),
        requests in prop::collection::vec((0_u8..4, 0_u64..14), 0..4),
    ) {
        let mut activity = activity();
        let all = (1..).zip(&runs).map(|(number, kind)| {
            let status = if *kind == 5 { RunStatus::Failed } else { life(*kind) };
            let mut run = run(number, status, number);
            run.build_id = (kind % 2 == 1).then(|| BuildId::new(format!("bld-{}", number % 6)));
            run
        });
        activity.take(snapshot(100, all.collect()), BEGIN);
        let all = (0..).zip(&jobs).map(|(number, kind)| {
            build(number, BuildStatus::KNOWN[usize::from(*kind)].clone())
        });
        activity.take(builds(1, all.collect()), BEGIN);
        for (id, (kind, workbench)) in (0..).zip(requests) {
            let kinds = [Request::Command(WorkbenchCommand::Start), Request::Command(WorkbenchCommand::Stop), Request::Save, Request::Check];
            let workbench = WorkbenchId::new(format!("wb-{workbench}"));
            let request = kinds[usize::from(kind)];
            let input = ActivityInput::Begin { id, request, workbench: Some(workbench) };
            activity.take(input, BEGIN);
        }
        let listed = activity.jobs(JobScope::Mine, BEGIN);
        let moves = |job: &&JobView<'_>| {
            let counts = matches!(job.group(), JobGroup::UnderWay | JobGroup::Running);
            counts && !matches!(job.stage, JobStage::Waiting | JobStage::Unknown)
        };
        let moving = listed.iter().filter(moves).count();
        let failed = listed.iter().filter(|job| job.needs_attention).count();
        match activity.headline(JobScope::Mine, BEGIN) {
            None => prop_assert_eq!((moving, failed), (0, 0)),
            Some(headline) => {
                prop_assert_eq!(headline.lead.is_some(), moving > 0);
                prop_assert_eq!(headline.more, moving.saturating_sub(1));
                prop_assert_eq!(headline.failures.len(), failed);
            }
        }
    }
}
