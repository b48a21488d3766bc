//! Builds: done once, failed with a reason, interrupted without a trace.

use crate::bench::{Bench, kill, pids_with, wait_for};
use vestibule_engine::Engine as _;
use vestibule_model::condition::ConditionType::{Failed, JobCreated};
use vestibule_model::phase::Phase;
use vestibule_model::reason;

fn apps(steps: &str) -> String {
    format!(
        "[[app]]\nname = \"built\"\nbuild = {steps}\ncommand = [\"sh\", \"{{build}}/run\"]\nstop_grace_seconds = 5\n"
    )
}

/// Counts its builds, and makes a program that runs until it is stopped.
fn good(count: &std::path::Path) -> String {
    apps(&format!(
        "[[\"sh\", \"-c\", \"echo once >> {}\"], [\"sh\", \"-c\", \"echo 'exec sleep 600' > {{build}}/run\"]]",
        count.display()
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_built_once_for_everybody_who_waits() {
    let outside = tempfile::tempdir().expect("a folder");
    let count = outside.path().join("count");
    let mut bench = Bench::new(&good(&count));
    assert!(!bench.engine().apps().await[0].built);
    let ids = [bench.start("one", "built"), bench.start("two", "built")];
    for id in &ids {
        let row = bench.until_phase(id, Phase::Running).await;
        let was_told = row
            .journal
            .iter()
            .any(|entry| entry.condition == Some(JobCreated) && entry.reason == reason::BUILDING);
        assert!(was_told, "{:#?}", row.journal);
    }
    assert!(bench.engine().apps().await[0].built);
    bench.end_server().await;
    bench.start_server();
    let later = bench.start("later", "built");
    bench.until_phase(&later, Phase::Running).await;
    let built = std::fs::read_to_string(&count).expect("counted");
    assert_eq!(built, "once\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_build_tells_its_last_lines_and_a_new_run_tries_again() {
    let outside = tempfile::tempdir().expect("a folder");
    let switch = outside.path().join("works-now");
    let bench = Bench::new(&apps(&format!(
        "[[\"sh\", \"-c\", \"echo no wheel for this platform >&2; test -e {}\"], [\"sh\", \"-c\", \"echo 'exec sleep 600' > {{build}}/run\"]]",
        switch.display()
    )));
    let id = bench.start("failed", "built");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::BUILD_FAILED);
    let message = row.message(&Failed);
    for part in [
        "Step 1 of 2",
        "exit status: 1",
        "no wheel for this platform",
    ] {
        assert!(message.contains(part), "no {part:?} in {message}");
    }
    assert!(!bench.engine().apps().await[0].built);
    std::fs::write(&switch, "").expect("written");
    bench.start_again(&id);
    bench.until_phase(&id, Phase::Running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_cannot_be_started_is_a_failed_build() {
    let bench = Bench::new(&apps("[[\"/no/such/installer\"]]"));
    let id = bench.start("nostep", "built");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::BUILD_FAILED);
    assert!(
        row.message(&Failed).contains("could not be started"),
        "{}",
        row.message(&Failed)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_build_dies_with_the_server_and_looks_like_none() {
    let outside = tempfile::tempdir().expect("a folder");
    let first = outside.path().join("first");
    let steps = format!(
        "[[\"sh\", \"-c\", \"echo 'exec sleep 600' > {{build}}/run; if ! test -e {0}; then touch {0}; sleep 605; fi\"]]",
        first.display()
    );
    let mut bench = Bench::new(&apps(&steps));
    let id = bench.start("interrupted", "built");
    wait_for("the build to be under way", || first.exists()).await;
    bench
        .until(&id, "told what is done", |row| {
            row.message(&JobCreated).starts_with("Step 1 of 1: sh")
        })
        .await;
    let mark = format!("VESTIBULE_BUILD={}", bench.folder().display());
    assert!(!pids_with(&mark).is_empty());
    bench.end_server().await;
    wait_for("the build to be dead", || pids_with(&mark).is_empty()).await;
    bench.start_server();
    let row = bench.until_phase(&id, Phase::Running).await;
    assert!(!row.was_ever_true(&Failed), "an interruption is no failure");
}

/// What a server that was killed has left running must not write into the next build.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_left_over_by_a_killed_server_is_cleared_away() {
    let outside = tempfile::tempdir().expect("a folder");
    let mut bench = Bench::new(&good(&outside.path().join("count")));
    let id = bench.start("first", "built");
    bench.until_phase(&id, Phase::Running).await;
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
    bench.end_server().await;
    let builds = bench.folder().join("builds").canonicalize().expect("there");
    let build = std::fs::read_dir(builds)
        .expect("read")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.join("run").exists())
        .expect("the build");
    std::fs::remove_file(build.join(".vestibule-built")).expect("half done");
    std::fs::write(build.join("half"), "").expect("half done");
    let mut left_over = std::process::Command::new("sleep")
        .arg("606")
        .env("VESTIBULE_BUILD", &build)
        .spawn()
        .expect("it runs");
    bench.start_server();
    bench.start_again(&id);
    bench.until_phase(&id, Phase::Running).await;
    assert!(!build.join("half").exists());
    let killed = left_over.try_wait().expect("it can be asked");
    kill(i32::try_from(left_over.id()).expect("a pid"), "-KILL");
    left_over.wait().expect("collected");
    assert!(killed.is_some(), "it was still writing");
}
