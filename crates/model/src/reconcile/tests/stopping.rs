//! Stop and deletion in every phase.

use super::*;

#[test]
fn stop_works_in_every_phase_and_a_late_success_does_not_undo_it() {
    let starting = Observed {
        runner: Runner::Starting {
            job_name: "job".into(),
        },
        ..prepared()
    };
    for seen in [
        nothing(),
        prepared(),
        starting,
        running(Probe::NotTried),
        running(Probe::Succeeded),
    ] {
        let mut bench = Bench::start_requested();
        bench.sees(seen.clone()).reconcile();
        let result = bench.stop().reconcile();
        if seen.runner != Runner::Absent {
            result
                .is(Phase::Stopping, K8sStatus::Progressing)
                .does(&[Action::StopJob]);
            bench
                .sees(running(Probe::Succeeded))
                .reconcile()
                .is(Phase::Stopping, K8sStatus::Progressing);
            bench
                .sees(ended(Exit::Code(0), 0, StopRequest::Gently))
                .reconcile();
        }
        let result = bench
            .reconcile()
            .is(Phase::Stopped, K8sStatus::Stopped)
            .does(&[]);
        assert_eq!(
            result.outcome.status.stopped_reason.as_deref(),
            Some(reason::USER_STOPPED)
        );
        bench
            .sees(running(Probe::Succeeded))
            .reconcile()
            .is(Phase::Stopped, K8sStatus::Stopped)
            .does(&[Action::StopJob]);
    }
}

#[test]
fn delete_stops_then_cleans_up_then_removes() {
    let mut bench = Bench::ready();
    bench.subject.deleting = true;
    bench
        .reconcile()
        .is(Phase::Stopping, K8sStatus::Progressing)
        .does(&[Action::StopJob]);
    bench
        .sees(ended(Exit::Signal(15), 0, StopRequest::Gently))
        .reconcile()
        .does(&[Action::CleanUp]);
    assert!(bench.sees(nothing()).reconcile().outcome.forget);
}
