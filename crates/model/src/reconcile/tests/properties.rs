//! Properties that hold for every sequence of observations.

use super::*;
use crate::condition::Condition;
use crate::replay::replay;
use crate::transition::{NewTransition, Transition};
use proptest::prelude::*;

fn any_exit() -> impl Strategy<Value = Exit> {
    prop_oneof![
        (0i32..4).prop_map(Exit::Code),
        Just(Exit::Signal(15)),
        Just(Exit::Signal(9)),
        Just(Exit::OutOfMemory("It used more than 64 MB.".into())),
        Just(Exit::TimedOut(
            "The run reached its time limit of 1 s.".into()
        )),
        Just(Exit::Evicted("The machine had 10 MB left.".into())),
        Just(Exit::Preempted("A more urgent Pod came.".into())),
        Just(Exit::NodeLost("Node a is gone.".into())),
        Just(Exit::Deleted("Its Pod was deleted.".into())),
        Just(Exit::Lost),
    ]
}

fn any_restart() -> impl Strategy<Value = Restarted> {
    (any_exit(), 1u32..4, 0u32..3).prop_map(|(how, times, earlier)| Restarted {
        how,
        times,
        most: 3,
        in_all: times + earlier,
    })
}

fn any_stage() -> impl Strategy<Value = Stage> {
    let fault = prop_oneof![
        Just(ImageFault::InvalidName),
        Just(ImageFault::Pull),
        Just(ImageFault::BackOff)
    ];
    prop_oneof![
        Just(Stage::Unscheduled),
        Just(Stage::Unschedulable("Too many pods.".into())),
        Just(Stage::Creating("No network.".into())),
        Just(Stage::FailedMount("It is attached elsewhere.".into())),
        Just(Stage::Initializing("Init container 1 of 1 runs.".into())),
        Just(Stage::Pulling("Pulling image \"app\".".into())),
        (fault, 0i64..200).prop_map(|(fault, since)| Stage::ImageFault {
            fault,
            since: at(since),
            why: "no such image".into()
        }),
        Just(Stage::Misconfigured("secret \"a\" not found".into())),
    ]
}

fn any_runner() -> impl Strategy<Value = Runner> {
    let job = || "job".to_owned();
    let asked = prop_oneof![
        Just(StopRequest::No),
        Just(StopRequest::Gently),
        Just(StopRequest::Forcibly)
    ];
    prop_oneof![
        2 => Just(Runner::Absent),
        1 => Just(Runner::Unobserved { since: at(3), why: "Input/output error".to_owned() }),
        1 => Just(Runner::Starting { job_name: job() }),
        2 => any_stage().prop_map(move |stage| Runner::Waiting { job_name: job(), stage }),
        1 => any_exit().prop_map(move |how| Runner::Disrupted { job_name: job(), how }),
        4 => prop::option::of(any_restart()).prop_map(move |restarted| Runner::Running {
            job_name: job(),
            pod_name: "pod".into(),
            started_at: at(1),
            restarted,
            note: None,
        }),
        1 => (any_exit(), 0u32..6).prop_map(move |(how, restarts)| Runner::BackOff {
            job_name: job(),
            restarts,
            how
        }),
        2 => (any_exit(), 0u32..5, asked).prop_map(move |(how, restarts, asked)| Runner::Exited {
            job_name: job(),
            at: at(9),
            how,
            restarts,
            asked, last_line: None, }),
    ]
}

fn any_secrets() -> impl Strategy<Value = Secrets> {
    prop_oneof![
        4 => Just(Secrets::Found),
        1 => Just(Secrets::Missing(vec!["TOKEN".to_owned()])),
        1 => Just(Secrets::Unreadable("the key is another".to_owned())),
    ]
}

fn any_volume() -> impl Strategy<Value = Volume> {
    prop_oneof![
        3 => Just(Volume::Absent),
        6 => Just(Volume::Bound),
        3 => Just(Volume::Failed("full".into())),
        1 => Just(Volume::Pending("Waiting for storage.".into())),
        1 => Just(Volume::WithJob),
        1 => Just(Volume::Resizing("to 10Gi".into())),
        1 => Just(Volume::Lost("The volume is gone.".into())),
    ]
}

prop_compose! {
    fn any_observed()(
        volume in any_volume(),
        creation in prop_oneof![3 => Just(Creation::Unhindered), 1 => Just(Creation::Denied("no".into())), 1 => Just(Creation::Failed("quota".into()))],
        secrets in any_secrets(),
        app in prop_oneof![4 => Just(AppAvailability::Available), 1 => Just(AppAvailability::NotBuilt), 1 => Just(AppAvailability::Unknown)],
        capacity in prop_oneof![3 => Just(Capacity::Available), 1 => Just(Capacity::Full("full".into()))],
        runner in any_runner(),
        probe in prop_oneof![Just(Probe::NotTried), Just(Probe::Succeeded), Just(Probe::Failed("no".into())), Just(Probe::Inconclusive("slow".into())), Just(Probe::Busy("busy".into()))],
        last_used in prop::option::of((0i64..200).prop_map(at)),
        after_restart in prop::bool::weighted(0.1),
        token in prop_oneof![Just(RunToken::Good), Just(RunToken::Due)],
    ) -> Observed {
        Observed { volume, secrets, app, capacity, creation, runner, probe, hidden: None, absence: None, last_used, token, after_restart, clock_steps: Vec::new() }
    }
}

fn any_limit() -> impl Strategy<Value = Option<Millis>> {
    prop::option::of((1i64..300).prop_map(Millis::from_secs))
}

proptest! {
    /// No step is True without evidence, no end changes, and every unsettled workbench is observed
    /// again.
    #[test]
    fn rules_hold_for_every_observation(observations in prop::collection::vec((any_observed(), 0i64..200, prop::bool::weighted(0.1)), 1..30), limits in (any_limit(), any_limit())) {
        let mut bench = Bench::start_requested();
        let run = bench.subject.run.as_mut().expect("a run");
        (run.active_deadline, run.idle_timeout) = limits;
        let mut journal: Vec<Transition> = Vec::new();
        for (observed, seconds, stop) in observations {
            if stop { bench.stop(); }
            let before = bench.status.clone();
            bench.sees(observed.clone()).at(seconds);
            let Outcome { status, k8s_status, transitions, actions, requeue_after, .. } = bench.reconcile().outcome;

            prop_assert_eq!(status.conditions.len(), ConditionType::KNOWN.len());
            let was_green = derive_k8s_status(&before.phase, &before.conditions) == K8sStatus::Running;
            if k8s_status == K8sStatus::Running {
                match (&observed.runner, &observed.probe) {
                    (Runner::Running { .. }, Probe::Succeeded) => {}
                    (Runner::Unobserved { .. }, _) | (Runner::Running { .. }, Probe::Inconclusive(_) | Probe::Busy(_)) => {
                        prop_assert!(was_green, "green without an observation");
                    }
                    other => prop_assert!(false, "green by {other:?}"),
                }
            }
            if let Runner::Running { restarted, .. } = &observed.runner && status.phase == Phase::Running {
                let result = find(&status.conditions, &ConditionType::RunnerStarted).is_some_and(|c| c.message.contains("was started again"));
                prop_assert_eq!(result, restarted.is_some(), "a restart that is not told, or was none");
            }
            if before.phase.is_terminal() {
                let answered = WorkbenchStatus { observed_generation: status.observed_generation, ..before.clone() };
                prop_assert_eq!(&status, &answered, "the end was told differently");
            } else {
                prop_assert!(status.phase.is_terminal() || requeue_after.is_some(), "stuck");
            }
            if bench.subject.desired == Desired::Stopped {
                prop_assert!(!actions.contains(&Action::StartJob), "started against the command");
            }
            if actions.contains(&Action::StartJob) {
                prop_assert!(observed.runner == Runner::Absent);
                prop_assert!(matches!(observed.volume, Volume::Bound | Volume::WithJob | Volume::Resizing(_)));
            }
            let changed = status.conditions.iter().filter(|c| find(&before.conditions, &c.kind) != Some(*c)
                && find(&before.conditions, &c.kind).is_none_or(|b| (&b.status, &b.reason, &b.message) != (&c.status, &c.reason, &c.message))).count();
            prop_assert_eq!(transitions.len(), changed, "the journal tells every change, once");

            let stored = |new: NewTransition| new.numbered(0, "run-bcdfghjk".into(), at(seconds));
            journal.extend(transitions.into_iter().map(stored));
            for (i, entry) in journal.iter_mut().enumerate() { entry.seq = i as u64 + 1; }
            let result = replay(&journal);
            let answered: Vec<_> = result.conditions.iter().zip(&status.conditions)
                .map(|(result, stored)| Condition { observed_generation: stored.observed_generation, ..result.clone() }).collect();
            prop_assert_eq!(&answered, &status.conditions, "the journal tells another story");
            prop_assert_eq!((&result.phase, &result.k8s_status), (&status.phase, &k8s_status));
        }
    }
}
