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
        let mut bench = Bench::wished();
        bench.sees(seen.clone()).look();
        let told = bench.wishes_stop().look();
        if seen.runner != Runner::Absent {
            told.is(Phase::Stopping, K8sStatus::Progressing)
                .does(&[Action::StopJob]);
            bench
                .sees(running(Probe::Succeeded))
                .look()
                .is(Phase::Stopping, K8sStatus::Progressing);
            bench
                .sees(ended(Exit::Code(0), 0, StopRequest::Gently))
                .look();
        }
        let told = bench
            .look()
            .is(Phase::Stopped, K8sStatus::Stopped)
            .does(&[]);
        assert_eq!(
            told.outcome.status.stopped_reason.as_deref(),
            Some(reason::USER_STOPPED)
        );
        bench
            .sees(running(Probe::Succeeded))
            .look()
            .is(Phase::Stopped, K8sStatus::Stopped)
            .does(&[Action::StopJob]);
    }
}

#[test]
fn delete_stops_then_cleans_up_then_removes() {
    let mut bench = Bench::ready();
    bench.subject.deleting = true;
    bench
        .look()
        .is(Phase::Stopping, K8sStatus::Progressing)
        .does(&[Action::StopJob]);
    bench
        .sees(ended(Exit::Signal(15), 0, StopRequest::Gently))
        .look()
        .does(&[Action::CleanUp]);
    assert!(bench.sees(nothing()).look().outcome.forget);
}
