use super::super::PREPARING;
use super::*;
use crate::fixtures::at;
use crate::ids::TabId;
use crate::tab::TabKind;
use proptest::prelude::*;
use serde_json::json;

fn tab(kind: TabKind) -> Tab {
    let place = ("ws-1".into(), "wb-1".into());
    let id = TabId::new("01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e5f");
    Tab::new(id, place, kind, "Terminal".to_owned(), at(0))
}

fn starting() -> Provision {
    Provision::Starting { changed_at: None }
}

fn stopped() -> Provision {
    Provision::Down(
        TabErrorReason::WorkbenchStopped,
        "It is stopped.".to_owned(),
    )
}

const UP: Provision = Provision::Up { run: 1 };

/// Reconciles and returns the state with the action.
fn step(
    tab: &mut Tab,
    provision: &Provision,
    session: &Session,
    now: Timestamp,
) -> (TabState, Option<SessionAction>) {
    let action = reconcile(tab, provision, session, now);
    (tab.state.clone(), action)
}

/// FIELD 20 and 21: the tab is there at once, and becomes ready in the background.
#[test]
fn a_tab_waits_for_its_workbench_and_then_for_its_session() {
    let mut tab = tab(TabKind::Terminal);
    assert_eq!(tab.state, TabState::PendingProvision);
    assert_eq!(tab.stage, PREPARING);
    let (state, action) = step(&mut tab, &starting(), &Session::Unknown, at(10));
    assert_eq!((state, action), (TabState::PendingProvision, None));
    let create = Some(SessionAction::Create { run: 1 });
    let (state, action) = step(&mut tab, &UP, &Session::Unknown, at(20));
    assert_eq!((state, action), (TabState::PendingSessionCreate, create));
    let (state, action) = step(&mut tab, &UP, &Session::Open, at(30));
    assert_eq!((state, action), (TabState::Ready, None));
    assert_eq!((tab.run_number, tab.deadline), (Some(1), None));
    assert_eq!(tab.stage, "");
}

#[test]
fn tabs_without_a_session_are_ready_with_the_workbench() {
    for kind in [TabKind::App, TabKind::Log] {
        let mut tab = tab(kind);
        let (state, action) = step(&mut tab, &UP, &Session::Unknown, at(10));
        assert_eq!((state, action), (TabState::Ready, None));
    }
}

#[test]
fn a_log_stays_after_the_end_of_its_run_and_follows_the_next_one() {
    let workbench = |run: u64, desired: &str, phase: &str| -> Workbench {
        serde_json::from_value(json!({
            "id": "wb-1", "workspaceId": "ws-1", "desired": desired,
            "status": {"runNumber": run, "phase": phase}, "run": {"id": "r-1", "number": run},
        }))
        .expect("a workbench")
    };
    let mut log = tab(TabKind::Log);
    let mut observe = |workbench: &Workbench, now| {
        let provision = Provision::for_kind(&TabKind::Log, workbench);
        reconcile(&mut log, &provision, &Session::Absent, at(now));
        (log.state.clone(), log.run_number)
    };
    // Before the app's first response.
    let seen = observe(&workbench(1, "Running", "Running"), 10);
    assert_eq!(seen, (TabState::Ready, Some(1)));
    for phase in ["Stopped", "Failed", "Completed"] {
        let seen = observe(&workbench(1, "Stopped", phase), 20);
        assert_eq!(seen, (TabState::Ready, Some(1)), "{phase}");
    }
    let mut next = workbench(2, "Running", "Pending");
    assert_eq!(observe(&next, 30), (TabState::Ready, Some(2)));
    next.deleting = true;
    assert_eq!(observe(&next, 40).0, TabState::Error);
    log.close(at(50));
    reconcile(&mut log, &Provision::Unknown, &Session::Absent, at(50));
    assert_eq!(log.run_number, None, "it has no session to end");
}

#[test]
fn the_next_run_gets_a_new_session() {
    let mut tab = tab(TabKind::Agent);
    step(&mut tab, &UP, &Session::Open, at(10));
    let (state, _) = step(&mut tab, &starting(), &Session::Unknown, at(20));
    assert_eq!(state, TabState::PendingProvision);
    let (state, action) = step(
        &mut tab,
        &Provision::Up { run: 2 },
        &Session::Absent,
        at(30),
    );
    assert_eq!(state, TabState::PendingSessionCreate);
    assert_eq!(action, Some(SessionAction::Create { run: 2 }));
    // Also where nothing was seen between the two runs.
    step(&mut tab, &Provision::Up { run: 2 }, &Session::Open, at(40));
    let (_, action) = step(
        &mut tab,
        &Provision::Up { run: 3 },
        &Session::Unknown,
        at(50),
    );
    assert_eq!(action, Some(SessionAction::Create { run: 3 }));
}

#[test]
fn a_stop_is_told_and_never_undone_by_the_tab() {
    let mut tab = tab(TabKind::Terminal);
    step(&mut tab, &UP, &Session::Open, at(10));
    let (state, action) = step(&mut tab, &stopped(), &Session::Unknown, at(20));
    assert_eq!((state, action), (TabState::Error, None));
    let error = tab.error.clone().expect("an error");
    assert_eq!(error.reason, TabErrorReason::WorkbenchStopped);
    // The next start brings it back by itself.
    let (state, _) = step(&mut tab, &starting(), &Session::Unknown, at(30));
    assert_eq!(state, TabState::PendingProvision);
}

/// FIELD 22: the retry happens in place.
#[test]
fn a_session_that_ended_is_opened_again_by_a_retry_alone() {
    let mut tab = tab(TabKind::Terminal);
    step(&mut tab, &UP, &Session::Open, at(10));
    let ended = Session::Ended("The shell ended with exit code 1.".to_owned());
    let (state, action) = step(&mut tab, &UP, &ended, at(20));
    assert_eq!((state, action), (TabState::Error, None));
    let (state, action) = step(&mut tab, &UP, &Session::Absent, at(30));
    assert_eq!((state, action), (TabState::Error, None));
    let id = tab.id.clone();
    tab.retry(at(40));
    let (state, action) = step(&mut tab, &UP, &Session::Absent, at(50));
    assert_eq!(state, TabState::PendingSessionCreate);
    assert_eq!(action, Some(SessionAction::Create { run: 1 }));
    assert_eq!(tab.id, id);
}

#[test]
fn an_error_of_its_own_survives_the_workbench() {
    let mut tab = tab(TabKind::Terminal);
    let ended = Session::Ended("The shell ended with exit code 1.".to_owned());
    step(&mut tab, &UP, &ended, at(10));
    step(&mut tab, &stopped(), &Session::Unknown, at(20));
    step(&mut tab, &starting(), &Session::Unknown, at(30));
    let error = tab.error.clone().expect("an error");
    assert_eq!(error.reason, TabErrorReason::SessionEnded);
    let deleted = Provision::Down(
        TabErrorReason::WorkbenchDeleted,
        "It is deleted.".to_owned(),
    );
    step(&mut tab, &deleted, &Session::Unknown, at(40));
    let error = tab.error.clone().expect("an error");
    assert_eq!(error.reason, TabErrorReason::WorkbenchDeleted);
}

#[test]
fn a_refused_session_is_tried_a_few_times() {
    let mut tab = tab(TabKind::Agent);
    let refused = Session::Refused("`agent` is not installed.".to_owned());
    step(&mut tab, &UP, &Session::Unknown, at(0));
    let attempts = (1..20).take_while(|n| {
        step(&mut tab, &UP, &refused, at(n * 100)).0 == TabState::PendingSessionCreate
    });
    assert_eq!(attempts.count(), 4);
    let error = tab.error.expect("an error");
    assert_eq!(error.reason, TabErrorReason::SessionRefused);
    assert_eq!(error.message, "`agent` is not installed.");
}

#[test]
fn each_wait_ends() {
    let mut tab = tab(TabKind::Terminal);
    let (state, _) = step(
        &mut tab,
        &Provision::Unknown,
        &Session::Unknown,
        at(899_999),
    );
    assert_eq!(state, TabState::PendingProvision);
    let (state, _) = step(
        &mut tab,
        &Provision::Unknown,
        &Session::Unknown,
        at(900_000),
    );
    assert_eq!(state, TabState::Error);

    let mut tab = self::tab(TabKind::Terminal);
    step(&mut tab, &UP, &Session::Unknown, at(0));
    let (state, action) = step(&mut tab, &UP, &Session::Unknown, at(30_000));
    assert_eq!((state, action), (TabState::Error, None));
    let error = tab.error.expect("an error");
    assert_eq!(error.reason, TabErrorReason::SessionTimeout);
}

#[test]
fn a_workbench_that_still_changes_is_waited_for() {
    let mut tab = tab(TabKind::Terminal);
    for minute in 1..120 {
        let changed_at = Some(at(minute * 60_000));
        let provision = Provision::Starting { changed_at };
        let (state, _) = step(&mut tab, &provision, &Session::Unknown, at(minute * 60_000));
        assert_eq!(state, TabState::PendingProvision);
    }
}

/// FIELD 24: a closed tab wins over a late success, which is ended.
#[test]
fn a_tab_that_is_closed_while_pending_leaves_nothing_behind() {
    let mut tab = tab(TabKind::Terminal);
    step(&mut tab, &UP, &Session::Unknown, at(10));
    tab.close(at(20));
    let end = Some(SessionAction::End { run: 1 });
    assert_eq!(step(&mut tab, &UP, &Session::Unknown, at(30)).1, end);
    assert_eq!(step(&mut tab, &UP, &Session::Open, at(40)).1, end);
    assert_eq!(step(&mut tab, &UP, &Session::Absent, at(50)).1, None);
    assert_eq!(tab.run_number, None);
    tab.retry(at(60));
    assert_eq!(step(&mut tab, &UP, &Session::Open, at(70)).1, None);
    assert!(!tab.is_open());
}

#[test]
fn a_run_of_an_earlier_version_has_no_sessions() {
    let mut tab = tab(TabKind::Terminal);
    step(&mut tab, &UP, &Session::NotSupported, at(10));
    let (state, action) = step(&mut tab, &UP, &Session::Unknown, at(20));
    assert_eq!((state, action), (TabState::Error, None));
    let (state, _) = step(
        &mut tab,
        &Provision::Up { run: 2 },
        &Session::Unknown,
        at(30),
    );
    assert_eq!(state, TabState::PendingSessionCreate);
}

#[test]
fn a_workbench_shows_what_a_tab_can_expect() {
    let workbench = |desired: &str, phase: &str, ready: bool| -> Workbench {
        let ready = ready.then_some("2026-11-21T10:00:05Z");
        serde_json::from_value(json!({
            "id": "wb-1", "workspaceId": "ws-1", "generation": 2, "desired": desired,
            "status": {"observedGeneration": 2, "runNumber": 3, "phase": phase, "readyTime": ready},
        }))
        .expect("a workbench")
    };
    let of = |desired, phase, ready| Provision::of(&workbench(desired, phase, ready));
    assert_eq!(of("Running", "Running", true), Provision::Up { run: 3 });
    assert_eq!(of("Running", "Running", false), starting());
    assert_eq!(of("Running", "Creating", false), starting());
    for (desired, phase, reason) in [
        ("Stopped", "Running", TabErrorReason::WorkbenchStopped),
        ("Stopped", "Stopped", TabErrorReason::WorkbenchStopped),
        ("Running", "Failed", TabErrorReason::RunEnded),
        ("Running", "Completed", TabErrorReason::RunEnded),
    ] {
        let found = of(desired, phase, true);
        assert!(
            matches!(&found, Provision::Down(is, _) if *is == reason),
            "{desired} {phase}: {found:?}"
        );
    }
    // A start that was not observed yet.
    let mut wanted = workbench("Running", "Failed", false);
    wanted.generation = 3;
    assert_eq!(Provision::of(&wanted), starting());
    wanted.deleting = true;
    assert!(matches!(
        Provision::of(&wanted),
        Provision::Down(TabErrorReason::WorkbenchDeleted, _)
    ));
}

fn provisions() -> impl Strategy<Value = Provision> {
    prop_oneof![
        Just(Provision::Unknown),
        Just(starting()),
        Just(stopped()),
        (1_u64..4).prop_map(|run| Provision::Up { run }),
    ]
}

fn sessions() -> impl Strategy<Value = Session> {
    prop_oneof![
        Just(Session::Unknown),
        Just(Session::Absent),
        Just(Session::Open),
        Just(Session::Ended("It ended.".to_owned())),
        Just(Session::Refused("It was refused.".to_owned())),
        Just(Session::NotSupported),
    ]
}

proptest! {
    #[test]
    fn a_tab_is_always_in_one_plain_state(
        steps in prop::collection::vec((provisions(), sessions(), 0_i64..60_000, 0_u8..12), 1..60),
        kind in prop::sample::select(vec![TabKind::Terminal, TabKind::Agent, TabKind::Log]),
    ) {
        let mut tab = tab(kind);
        let mut now = at(0);
        for (provision, session, pause, command) in steps {
            now = now + Millis(pause);
            match command {
                0 => tab.close(now),
                1 => tab.retry(now),
                _ => {}
            }
            let before = tab.clone();
            let action = reconcile(&mut tab, &provision, &session, now);
            // Every wait has an end, and nothing else has.
            prop_assert_eq!(tab.deadline.is_some(), tab.state.is_pending());
            prop_assert_eq!(tab.error.is_some(), tab.state == TabState::Error);
            // Ready means that the session was seen open in the current run, now or before.
            if tab.state == TabState::Ready && before.state != TabState::Ready {
                prop_assert!(session == Session::Open || !tab.kind.has_session());
            }
            prop_assert!(action.is_none() || tab.kind.has_session());
            match action {
                Some(SessionAction::Create { run }) => {
                    prop_assert!(tab.is_open());
                    prop_assert_eq!(&provision, &Provision::Up { run });
                    prop_assert_eq!(tab.run_number, Some(run));
                    prop_assert_eq!(&tab.state, &TabState::PendingSessionCreate);
                }
                Some(SessionAction::End { run }) => {
                    prop_assert!(!tab.is_open());
                    prop_assert_eq!(&provision, &Provision::Up { run });
                }
                None => {}
            }
            if !before.is_open() {
                prop_assert_eq!(&tab.state, &before.state);
            }
            // The same observations again change nothing, but for the count of refusals.
            if !matches!(session, Session::Refused(_)) {
                let settled = tab.clone();
                let again = reconcile(&mut tab, &provision, &session, now);
                prop_assert_eq!(&tab, &settled);
                prop_assert_eq!(again, action);
            }
        }
    }
}
