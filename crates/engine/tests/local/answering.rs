//! Answers of running apps: busy ones, silent ones, and those that serve others meanwhile.

use crate::bench::{Bench, kill};
use crate::starting::FILES;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vestibule_engine::Engine as _;
use vestibule_engine::test_support::Row;
use vestibule_model::condition::ConditionType::Ready;
use vestibule_model::observed::Probe;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;
use vestibule_model::transition::TransitionKind;

/// Sends a byte every 50 ms at `/drip`, and answers nothing else once there is a file `deaf`.
const DRIPS: &str = r#"
[[app]]
name = "drips"
command = ["python3", "-u", "-c", """
import http.server, os, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        while self.path != '/drip' and os.path.exists('deaf'):
            time.sleep(0.1)
        self.send_response(200)
        self.end_headers()
        while self.path == '/drip':
            self.wfile.write(b'.')
            time.sleep(0.05)

http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
""", "{port}"]
restart_limit = 0
stop_grace_seconds = 1
"#;

/// Reliability review, finding 3.
#[tokio::test(flavor = "multi_thread")]
async fn one_missed_answer_of_a_busy_app_changes_nothing() {
    let bench = Bench::new(FILES);
    let id = bench.start("busy", "files");
    let before = bench.until_running(&id).await;
    kill(bench.pid(&id), "-STOP");
    let seen = bench.engine().observe(&before.record.target).await;
    kill(bench.pid(&id), "-CONT");
    // The loop may have missed an answer meanwhile, too: from the second one on the message says that the
    // app may be busy.
    assert!(
        matches!(seen.probe, Probe::Inconclusive(_) | Probe::Busy(_)),
        "{:?}",
        seen.probe
    );
    let seen = bench.engine().observe(&before.record.target).await;
    assert_eq!(seen.probe, Probe::Succeeded);
    let row = bench.row(&id).expect("it is there");
    let statuses = |row: &Row| {
        let all = row.journal.iter();
        let statuses = all.filter(|entry| entry.kind == TransitionKind::Status);
        statuses.cloned().collect::<Vec<_>>()
    };
    assert_eq!(statuses(&row), statuses(&before));
}

/// Reliability review, finding 3.
#[tokio::test(flavor = "multi_thread")]
async fn catalogue_says_how_long_and_how_often_an_app_may_be_silent() {
    let catalogue = format!(
        "{FILES}[app.readiness]\ntimeout_seconds = 2\nfailure_threshold = 3\n{}",
        FILES.replace("\"files\"", "\"strict\"") + "[app.readiness]\nfailure_threshold = 1\n"
    );
    let bench = Bench::new(&catalogue);
    let (patient, strict) = (
        bench.start("patient", "files"),
        bench.start("strict", "strict"),
    );
    let target = bench.until_running(&patient).await.record.target;
    let strict_target = bench.until_running(&strict).await.record.target;
    kill(bench.pid(&patient), "-STOP");
    kill(bench.pid(&strict), "-STOP");
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(bench.engine().observe(&target).await.probe);
    }
    let once = bench.engine().observe(&strict_target).await.probe;
    kill(bench.pid(&patient), "-CONT");
    kill(bench.pid(&strict), "-CONT");
    assert!(
        matches!(&once, Probe::Failed(why) if why.contains("within 1 s")),
        "{once:?}"
    );
    // The controller observes, too, so that the first misses may be its own.
    assert!(
        matches!(&seen[2], Probe::Failed(why) if why.contains("within 2 s")),
        "{seen:?}"
    );
    assert!(!matches!(&seen[0], Probe::Failed(_)), "{seen:?}");
}

/// Reliability review, finding 3: an app that computes for one user answers its probe late, and
/// still sends to others.
#[tokio::test(flavor = "multi_thread")]
async fn app_that_sends_through_the_gateway_misses_no_answer() {
    let bench = Bench::new(DRIPS);
    let id = bench.start("drips", "drips");
    let target = bench.until_running(&id).await.record.target;
    let mut stream = bench.engine().endpoint(&target).await.expect("the app");
    stream
        .write_all(b"GET /drip HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("sent");
    let reading = tokio::spawn(async move {
        let mut buffer = [0; 64];
        while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    });
    std::fs::write(bench.workbench_folder(&id).join("files/deaf"), "").expect("its folder");
    for _ in 0..4 {
        let probe = bench.engine().observe(&target).await.probe;
        assert!(matches!(probe, Probe::Inconclusive(_)), "{probe:?}");
    }
    let row = bench.row(&id).expect("it is there");
    assert_eq!(row.k8s_status, K8sStatus::Running);
    assert!(!reading.is_finished(), "the app sends");
    reading.abort();
    bench
        .until(&id, "told as not answering", |row| {
            row.reason(&Ready) == reason::PROBE_FAILED
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_probe_shows_while_the_process_lives() {
    let bench = Bench::new(FILES);
    let id = bench.start("dead-probe", "files");
    bench.until_running(&id).await;
    kill(bench.pid(&id), "-STOP");
    let row = bench
        .until(&id, "not ready", |row| {
            row.reason(&Ready) == reason::PROBE_FAILED
        })
        .await;
    assert_eq!(row.record.status.phase, Phase::Running);
    assert_ne!(row.k8s_status, K8sStatus::Running);
    kill(bench.pid(&id), "-CONT");
    bench.until_running(&id).await;
}
