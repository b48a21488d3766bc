//! Apps without a sandbox against the processes that supervise them.

use crate::bench::{Bench, is_alive, pids_with, wait_for};
use vestibule_model::condition::ConditionType::Failed;
use vestibule_model::phase::Phase;

/// A shell without any mark of its run, in a session of its own, ends everything above it.
const APPS: &str = r#"
[[app]]
name = "survivor"
command = ["python3", "-u", "-c", """
import os, time
def parent(pid):
    return open('/proc/%s/stat' % pid).read().rsplit(')', 1)[1].split()[1]
mark, runner = os.environ['MARK'], os.getppid()
supervisor = parent(runner)
try:
    open('/proc/%s/mem' % supervisor)
    print('memory was opened')
except OSError:
    print('memory was refused')
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        script = 'kill -STOP %s; kill -KILL %s && echo killed || echo refused; kill -KILL %s; exec sleep %s'
        script %= (runner, supervisor, runner, mark)
        os.execve('/bin/sh', ['sh', '-c', script], {})
time.sleep(600)
"""]
restart_limit = 0
"#;

/// Returns `true` on Linux 6.12 or later.
fn has_scopes() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut numbers = release
        .split(['.', '-'])
        .map_while(|part| part.parse().ok());
    let version: (u32, u32) = (
        numbers.next().unwrap_or_default(),
        numbers.next().unwrap_or_default(),
    );
    version >= (6, 12)
}

/// Security review, finding 14; reliability review, finding 14.
#[tokio::test(flavor = "multi_thread")]
async fn app_without_a_sandbox_cannot_end_its_supervisor_and_outlive_its_run() {
    if !has_scopes() {
        println!("skipped: signals have no scopes on this system");
        return;
    }
    let bench = Bench::new(APPS);
    let mark = format!("7{}", std::process::id());
    let id = bench.create("survivor", "survivor", |record| {
        let env = record.target.spec.env.get_or_insert_default();
        env.insert("MARK".to_owned(), mark.clone());
    });
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert!(row.was_ever_true(&Failed));
    let output = bench.output(&id).await;
    assert!(output.contains("\nrefused"), "{output}");
    assert!(output.contains("memory was refused"), "{output}");
    wait_for("nothing of the run to be left", || {
        pids_with(&mark).is_empty()
    })
    .await;
    let supervisor = bench.recorded(&id, "process.json", "supervisor");
    wait_for("its supervisor to end by itself", || {
        supervisor.is_none_or(|pid| !is_alive(pid))
    })
    .await;
}
