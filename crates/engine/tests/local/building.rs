//! Builds: steps, cancellation, results and leftovers.

use crate::bench::{is_alive, kill, wait_for};
use crate::build_bench::{BuildBench, config};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;
use vestibule_engine::Engine as _;
use vestibule_engine::builds::{BuildOrder, BuildOutcome, BuildVerdict};
use vestibule_engine::local::LocalEngine;
use vestibule_model::build::{BuildReason, StepStatus};
use vestibule_model::ids::BuildId;
use vestibule_model::parameter::Values;

#[track_caller]
fn failure(ended: &BuildOutcome) -> (BuildReason, &str) {
    match &ended.verdict {
        BuildVerdict::Failed(reason, why) => (reason.clone(), why),
        other => panic!("it should have failed: {other:?}"),
    }
}

fn words(ended: &BuildOutcome) -> Vec<StepStatus> {
    let steps = ended.progress.steps.iter();
    steps.map(|step| step.status.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_run_in_order_and_each_is_reported() {
    let bench = BuildBench::new(&[
        &["sh", "-c", "echo one; echo 'exec sleep 600' > {build}/run"],
        &["sh", "-c", "echo two >&2; test -e {build}/run"],
    ]);
    let before = bench.blueprint().await;
    assert!(!before.is_built);
    assert_eq!(before.steps.len(), 2);
    let mut work = bench.begin("first").await;
    let mut reported = Vec::new();
    while let Some(progress) = work.progress.recv().await {
        let under_way = progress
            .steps
            .iter()
            .position(|s| s.status == StepStatus::Running);
        reported.push(under_way);
    }
    assert_eq!(reported, [Some(0), Some(1)]);
    let id = work.id.clone();
    let ended = work.end().await;
    assert_eq!(ended.verdict, BuildVerdict::Built);
    for step in &ended.progress.steps {
        assert_eq!(
            (&step.status, step.exit_code),
            (&StepStatus::Succeeded, Some(0))
        );
        assert!(step.started_at <= step.finished_at && step.started_at.is_some());
    }
    assert!(bench.blueprint().await.is_built);
    let log = bench.log(&id).await;
    assert!(
        log.starts_with("[vestibule] Step 1 of 2: sh echo one"),
        "{log}"
    );
    assert!(log.contains("\none\n") && log.contains("\ntwo\n"), "{log}");
    assert_eq!(ended.progress.log_bytes, log.len() as u64);
    // Only builds that are no longer kept are removed.
    bench.engine.keep_build_logs(vec![id.clone()]).await;
    assert_eq!(bench.log(&id).await, log);
    bench.engine.keep_build_logs(Vec::new()).await;
    assert_eq!(bench.log(&id).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_step_is_named_with_its_last_line_and_leaves_only_its_output() {
    let bench = BuildBench::new(&[
        &["sh", "-c", "touch {build}/half"],
        &[
            "sh",
            "-c",
            "printf 'trying\\n\\033[31mno wheel for this\\033[0m\\n\\n' >&2; exit 3",
        ],
        &["true"],
    ]);
    let ended = bench.build("first").await;
    let (reason, why) = failure(&ended);
    assert_eq!(reason, BuildReason::StepFailed);
    assert!(why.starts_with("“sh printf"), "{why}");
    assert!(why.ends_with("” failed: no wheel for this."), "{why}");
    use StepStatus::{Failed, Skipped, Succeeded};
    assert_eq!(words(&ended), [Succeeded, Failed, Skipped]);
    assert_eq!(ended.progress.steps[1].exit_code, Some(3));
    assert!(
        !bench.built().await.exists(),
        "half a build is worth nothing"
    );
    assert!(
        bench
            .log(&BuildId::from("bld-first"))
            .await
            .contains("trying")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_program_of_a_step_is_named() {
    let bench = BuildBench::new(&[&["vestibule-no-such-program", "install"]]);
    let ended = bench.build("first").await;
    let (reason, why) = failure(&ended);
    assert_eq!(reason, BuildReason::StepNotFound);
    assert!(
        why.contains("`vestibule-no-such-program` is not installed"),
        "{why}"
    );
    assert_eq!(words(&ended), [StepStatus::Failed]);
    let bench = BuildBench::new(&[&["/etc/passwd"]]);
    let ended = bench.build("first").await;
    assert_eq!(failure(&ended).0, BuildReason::StepNotStarted);
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_is_named() {
    let bench = BuildBench::new(&[&["sh", "-c", "cat /etc/passwd > /dev/full"]]);
    let ended = bench.build("first").await;
    let (reason, why) = failure(&ended);
    assert_eq!(reason, BuildReason::DiskFull, "{why}");
    assert!(why.ends_with("the disk is full."), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_build_leaves_no_process() {
    let outside = tempfile::tempdir().expect("a folder");
    let up = outside.path().join("up");
    // A child in a session of its own has left the group.
    let script = format!(
        "setsid sleep 601 & sleep 602 & touch {}; wait",
        up.display()
    );
    let bench = BuildBench::new(&[&["sh", "-c", &script], &["true"]]);
    let work = bench.begin("first").await;
    work.until(&up).await;
    wait_for("its processes", || bench.alive().len() >= 3).await;
    work.cancel.cancel();
    let ended = work.end().await;
    assert_eq!(ended.verdict, BuildVerdict::Cancelled);
    assert_eq!(words(&ended), [StepStatus::Cancelled, StepStatus::Skipped]);
    assert_eq!(bench.alive(), Vec::<i32>::new());
    assert!(!bench.built().await.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn step_that_ignores_sigterm_is_killed() {
    let outside = tempfile::tempdir().expect("a folder");
    let up = outside.path().join("up");
    let script = format!(
        "trap 'echo never' TERM; touch {}; while :; do sleep 0.1; done",
        up.display()
    );
    let bench = BuildBench::new(&[&["sh", "-c", &script]]);
    let work = bench.begin("first").await;
    work.until(&up).await;
    let (begin, id) = (Instant::now(), work.id.clone());
    work.cancel.cancel();
    let ended = work.end().await;
    assert_eq!(ended.verdict, BuildVerdict::Cancelled);
    assert!(
        begin.elapsed() >= Duration::from_secs(5),
        "it was asked first"
    );
    assert_eq!(bench.alive(), Vec::<i32>::new());
    assert!(bench.log(&id).await.contains("never"), "it was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_after_success_changes_nothing() {
    let bench = BuildBench::new(&[&["true"]]);
    let work = bench.begin("first").await;
    let cancel = work.cancel.clone();
    assert_eq!(work.end().await.verdict, BuildVerdict::Built);
    cancel.cancel();
    assert!(bench.blueprint().await.is_built);
    // Before that, it is either cancelled or built, and never something between.
    for delay in 0..12 {
        let bench = BuildBench::new(&[&["sh", "-c", "sleep 0.02"]]);
        let work = bench.begin("first").await;
        tokio::time::sleep(Duration::from_millis(delay * 8)).await;
        work.cancel.cancel();
        let ended = work.end().await;
        let is_built = bench.blueprint().await.is_built;
        assert_eq!(ended.verdict == BuildVerdict::Built, is_built, "{ended:?}");
        assert_eq!(bench.built().await.exists(), is_built);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_build_times_out() {
    let bench = BuildBench::with(&[&["sleep", "603"]], |config| {
        config.build_limit = Duration::from_millis(300);
    });
    let ended = bench.build("first").await;
    let (reason, why) = failure(&ended);
    assert_eq!(reason, BuildReason::TimedOut);
    assert!(why.contains("longer than builds may"), "{why}");
    assert_eq!(bench.alive(), Vec::<i32>::new());
}

/// The output is twenty times as long as its limit.
#[tokio::test(flavor = "multi_thread")]
async fn endless_binary_output_is_bounded_and_blocks_nothing() {
    prints(32 * 1024 * 1024).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints 1 GB, which takes a while"]
async fn gigabyte_of_output_is_bounded() {
    prints(1024 * 1024 * 1024).await;
}

async fn prints(bytes: u64) {
    let script = format!("echo begin; head -c {bytes} /dev/urandom | tr -d '\\n'; echo; echo end");
    let bench = BuildBench::new(&[&["sh", "-c", &script]]);
    let work = bench.begin("first").await;
    let id = work.id.clone();
    let ended = work.end().await;
    assert_eq!(ended.verdict, BuildVerdict::Built);
    let printed = ended.progress.log_bytes;
    assert!(
        printed > bytes / 100 * 99 && printed < bytes + 1_000,
        "{printed}"
    );
    let logs = bench.folder.path().join("builds/logs").join(id.as_str());
    let on_disk: u64 = std::fs::read_dir(logs)
        .expect("read")
        .flatten()
        .map(|file| file.metadata().map_or(0, |file| file.len()))
        .sum();
    assert!(on_disk <= 1_400 * 1024, "{on_disk}");
    let first = bench.engine.build_log(&id, Some(0), 1_000).await;
    assert!(first.text.contains("begin\n"));
    let end = bench.engine.build_log(&id, None, 1_000).await;
    assert!(end.text.ends_with("\nend\n"), "{:?}", end.text);
    assert_eq!(end.ends_at, printed);
}

#[tokio::test(flavor = "multi_thread")]
async fn end_of_the_server_interrupts_its_builds() {
    let outside = tempfile::tempdir().expect("a folder");
    let up = outside.path().join("up");
    let script = format!("trap '' TERM; touch {}; sleep 604; sleep 604", up.display());
    let bench = BuildBench::new(&[&["sh", "-c", &script]]);
    let work = bench.begin("first").await;
    work.until(&up).await;
    bench.engine.shut_down();
    let ended = work.end().await;
    assert_eq!(failure(&ended).0, BuildReason::Interrupted);
    assert_eq!(bench.alive(), Vec::<i32>::new());
    let late = bench.build("late").await;
    assert_eq!(
        failure(&late).0,
        BuildReason::Interrupted,
        "no new ones begin"
    );
}

/// FIELD 28: "After a crash, builds and runs stay busy for ever."
#[tokio::test(flavor = "multi_thread")]
async fn field_28_leftovers_of_a_killed_server_are_removed_by_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let builds = folder.path().join("builds");
    let half = builds.join("built-000000000000");
    let whole = builds.join("built-111111111111");
    for dir in [&half, &whole, &builds.join("logs/bld-old")] {
        std::fs::create_dir_all(dir).expect("a folder");
    }
    std::fs::write(half.join("half"), "").expect("half done");
    std::fs::write(whole.join(".vestibule-built"), "").expect("done");
    let root = builds.canonicalize().expect("there");
    let left_over = |folder: PathBuf| {
        let child = std::process::Command::new("sleep")
            .arg("606")
            .env("VESTIBULE_BUILD", folder)
            .spawn()
            .expect("it runs");
        (i32::try_from(child.id()).expect("a pid"), child)
    };
    let (mine, mut mine_child) = left_over(root.join("built-000000000000"));
    let (other, mut other_child) = left_over(PathBuf::from("/elsewhere/builds/x"));
    let _engine = LocalEngine::new(config(&root.join(".."), &[&["true"]], "")).expect("it begins");
    wait_for("the left-over to be dead", || !is_alive(mine)).await;
    assert!(is_alive(other), "another installation's");
    kill(other, "-KILL");
    mine_child.wait().expect("collected");
    other_child.wait().expect("collected");
    assert!(!half.exists() && whole.exists());
    assert!(
        builds.join("logs/bld-old").exists(),
        "output is not a build"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_steps_are_another_content() {
    let (one, same) = (
        BuildBench::new(&[&["true", "a"]]),
        BuildBench::new(&[&["true", "a"]]),
    );
    let other = BuildBench::new(&[&["true"], &["a"]]);
    let content = one.blueprint().await.content;
    assert_eq!(content, same.blueprint().await.content);
    assert_ne!(content, other.blueprint().await.content);
    let work = other.begin("x").await;
    assert_eq!(work.end().await.progress.steps.len(), 2);
    let (sender, _progress) = unbounded_channel();
    let order = BuildOrder {
        id: BuildId::from("bld-old"),
        app: "built".to_owned(),
        parameters: Values::new(),
        content,
        cancel: CancellationToken::new(),
        progress: sender,
    };
    let ended = other.engine.build(order).await;
    assert_eq!(
        failure(&ended).0,
        BuildReason::AppGone,
        "other steps by now"
    );
}

/// Values of parameters in build steps are another content, and are not read as placeholders.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_steps_are_built_apart() {
    let step = [
        "sh",
        "-c",
        "printf %s \"$1\" > \"$2/value\"",
        "sh",
        "{param.size}",
        "{build}",
    ];
    let bench = BuildBench::with_keys(
        &[&step],
        "[[app.parameters]]\nname = \"size\"\ndefault = \"small\"\n",
    );
    let builds = bench.blueprint().await;
    assert_eq!(builds.parameters["size"], "small");
    let mut contents = vec![builds.content];
    for size in ["large", "{build} $(id)"] {
        let set = Values::from([
            ("size".to_owned(), size.to_owned()),
            ("other".to_owned(), "x".to_owned()),
        ]);
        let blueprint = bench.engine.blueprint("built", &set).await.expect("steps");
        assert_eq!(blueprint.parameters.len(), 1, "only those that are used");
        assert!(!contents.contains(&blueprint.content) && !blueprint.is_built);
        let (sender, _progress) = unbounded_channel();
        let order = BuildOrder {
            id: BuildId::new(format!("bld-{}", contents.len())),
            app: "built".to_owned(),
            parameters: blueprint.parameters,
            content: blueprint.content.clone(),
            cancel: CancellationToken::new(),
            progress: sender,
        };
        let ended = bench.engine.build(order).await;
        assert_eq!(ended.verdict, BuildVerdict::Built);
        let built = bench.engine.blueprint("built", &set).await.expect("steps");
        assert!(built.is_built);
        let written = std::fs::read_to_string(
            bench
                .folder
                .path()
                .join("builds")
                .join(&built.content)
                .join("value"),
        );
        assert_eq!(written.expect("a value"), size);
        contents.push(blueprint.content);
    }
    assert!(
        !bench.blueprint().await.is_built,
        "the default was not built"
    );
}
