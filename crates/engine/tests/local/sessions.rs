//! Sessions: terminals in the runs of workbenches.

use crate::bench::{Bench, PATIENCE, is_alive, wait_for};
use std::time::Instant;
use vestibule_engine::Engine as _;
use vestibule_engine::local::Isolation;
use vestibule_engine::sessions::{Receiver, Sender, Size};
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::isolation::IsolationLevel;
use vestibule_model::phase::Phase;
use vestibule_model::tab::reconcile::Session;

const APPS: &str = r#"
[[app]]
name = "sleeper"
command = ["sh", "-c", "echo started; exec sleep 600"]
env = { KIND = "of-the-app" }
restart_limit = 0
stop_grace_seconds = 5
terminal = true
[[app]]
name = "closed"
command = ["sh", "-c", "echo started; exec sleep 600"]
[[app]]
name = "forbidden"
command = ["sh", "-c", "echo started; exec sleep 600"]
terminal = false
"#;

fn tab() -> TabId {
    TabId::new("01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e5f")
}

async fn running(bench: &Bench, name: &str) -> WorkbenchId {
    let id = bench.start(name, "sleeper");
    bench.until_phase(&id, Phase::Running).await;
    id
}

async fn open(bench: &Bench, id: &WorkbenchId) {
    let tab = tab();
    let opened = bench.engine().open_session(id, 1, &tab, Size::default());
    assert_eq!(opened.await, Session::Open);
}

async fn attach(bench: &Bench, id: &WorkbenchId, after: u64) -> (Receiver, Sender) {
    let tab = tab();
    let attached = bench
        .engine()
        .attach_session(id, 1, &tab, after, None)
        .await;
    attached.expect("attached").split()
}

/// Receives until the output contains this text; returns all of it and the number of its last byte.
async fn until(receiver: &mut Receiver, text: &str) -> (String, u64) {
    let begin = Instant::now();
    let (mut seen, mut end) = (String::new(), 0);
    let mut searched = 0;
    while !seen[searched..].contains(text) {
        searched = seen.floor_char_boundary(seen.len().saturating_sub(text.len()));
        assert!(begin.elapsed() < PATIENCE, "{text:?} is not in {seen:?}");
        let output = tokio::time::timeout(PATIENCE, receiver.output()).await;
        let output = output.unwrap_or_else(|_| panic!("{text:?} is not in {seen:?}"));
        let output = output.expect("connected").expect("not over");
        seen.push_str(&String::from_utf8_lossy(&output.bytes));
        end = output.at + output.bytes.len() as u64;
    }
    (seen, end)
}

#[tokio::test(flavor = "multi_thread")]
async fn session_that_is_ended_leaves_no_process() {
    let bench = Bench::new(APPS);
    let id = running(&bench, "ended").await;
    open(&bench, &id).await;
    let (mut receiver, mut sender) = attach(&bench, &id, 0).await;
    sender
        .send(b"trap '' HUP TERM; sleep 612 & echo \"<$!>\"; sleep 613\n")
        .await
        .expect("sent");
    let (seen, _) = until(&mut receiver, ">\r\n").await;
    let pid = seen
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    let pid: i32 = pid.and_then(|(pid, _)| pid.parse().ok()).expect("a pid");
    assert!(is_alive(pid));
    assert_eq!(
        bench.engine().end_session(&id, 1, &tab()).await,
        Session::Absent
    );
    wait_for("the session's processes to end", || !is_alive(pid)).await;
    assert_eq!(
        bench.engine().session(&id, 1, &tab()).await.state,
        Session::Absent
    );
    assert_eq!(
        bench.engine().end_session(&id, 1, &tab()).await,
        Session::Absent,
        "again"
    );
    bench.until_phase(&id, Phase::Running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_with_their_run() {
    let bench = Bench::new(APPS);
    let id = running(&bench, "over").await;
    open(&bench, &id).await;
    let (mut receiver, mut sender) = attach(&bench, &id, 0).await;
    sender.send(b"echo \"<$$>\"\n").await.expect("sent");
    let (seen, _) = until(&mut receiver, ">\r\n").await;
    let pid = seen
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    let pid: i32 = pid.and_then(|(pid, _)| pid.parse().ok()).expect("a pid");
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
    wait_for("the shell to end", || !is_alive(pid)).await;
    assert!(matches!(
        bench.engine().session(&id, 1, &tab()).await.state,
        Session::Unknown
    ));
}

/// In use, H1: what a terminal prints is seen without a window.
#[tokio::test(flavor = "multi_thread")]
async fn output_of_a_session_is_counted() {
    let bench = Bench::new(APPS);
    let id = running(&bench, "prints").await;
    open(&bench, &id).await;
    let (mut receiver, mut sender) = attach(&bench, &id, 0).await;
    sender.send(b"echo one-''line\n").await.expect("sent");
    let (_, end) = until(&mut receiver, "one-line").await;
    let seen = bench.engine().session(&id, 1, &tab()).await;
    assert_eq!(seen.state, Session::Open);
    assert!(seen.output >= Some(end), "{seen:?}, {end}");
    let before = seen.output;
    sender.send(b"echo another\n").await.expect("sent");
    until(&mut receiver, "another").await;
    assert!(bench.engine().session(&id, 1, &tab()).await.output > before);
}

/// A terminal runs any program. Without a sandbox an administrator has to allow it for the app.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_a_terminal_has_to_be_allowed() {
    let bench = Bench::new(APPS);
    for (app, words) in [
        ("closed", "`terminal = true`"),
        ("forbidden", "no terminals"),
    ] {
        let id = bench.start(app, app);
        bench.until_phase(&id, Phase::Running).await;
        let tab = tab();
        let opened = bench.engine().open_session(&id, 1, &tab, Size::default());
        match opened.await {
            Session::Refused(why) => assert!(why.contains(words), "{why}"),
            other => panic!("{app}: {other:?}"),
        }
        let found = bench.engine().session(&id, 1, &tab).await;
        assert_eq!(found.state, Session::Absent);
    }
}

/// In a sandbox it is inside of it: it sees the workbench's processes alone.
#[tokio::test(flavor = "multi_thread")]
async fn terminal_is_in_the_sandbox_of_its_run() {
    let mut bench = Bench::not_started(APPS);
    bench.configure = Box::new(|config| config.isolation = Isolation::Auto);
    bench.start_server();
    if bench.engine().isolation().level == IsolationLevel::None {
        eprintln!("not tried: {}", bench.engine().isolation().explanation);
        return;
    }
    let id = bench.start("inside", "closed");
    bench.until_phase(&id, Phase::Running).await;
    open(&bench, &id).await;
    let (mut receiver, mut sender) = attach(&bench, &id, 0).await;
    let asks = "ls -d /proc/[0-9]* | wc -l | sed 's/^/<count /; s/$/>/'; test -t 0 && echo at-a-te''rminal\n";
    sender.send(asks.as_bytes()).await.expect("sent");
    let (seen, _) = until(&mut receiver, "at-a-terminal").await;
    let count = seen
        .rsplit_once("<count ")
        .and_then(|(_, rest)| rest.split_once('>'));
    let count: usize = count
        .and_then(|(n, _)| n.trim().parse().ok())
        .expect("a number");
    assert!(count < 10, "it sees {count} processes");
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
}
