//! Tests of the builder with a scripted engine and store.

use super::*;
use crate::builds::{Blueprint, Progress};
use crate::connection::{Connection, Unreachable};
use crate::{ApplyError, StartPreconditions, Target};
use async_trait::async_trait;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;
use vestibule_model::app::App;
use vestibule_model::observed::Observed;
use vestibule_model::parameter::Values;
use vestibule_model::reconcile::{Action, Cadence};
use vestibule_model::run::RunLog;
use vestibule_model::time::Timestamp;

/// Engine whose builds end at once, with success or a panic.
struct TestEngine {
    panics: bool,
}

#[async_trait]
impl Engine for TestEngine {
    async fn observe(&self, _: &Target) -> Observed {
        Observed::default()
    }

    async fn apply(&self, _: &Target, _: &Action) -> Result<(), ApplyError> {
        Ok(())
    }

    fn cadence(&self) -> Cadence {
        Cadence::default()
    }

    fn take_changes(&self) -> Option<UnboundedReceiver<WorkbenchId>> {
        None
    }

    async fn endpoint(&self, _: &Target) -> Result<Connection, Unreachable> {
        Err(Unreachable::NotRunning)
    }

    async fn log(&self, _: &WorkbenchId, _: u64, _: u64, _: usize) -> RunLog {
        RunLog::default()
    }

    async fn prospect(&self, _: &str) -> StartPreconditions {
        StartPreconditions::default()
    }

    async fn apps(&self) -> Vec<App> {
        Vec::new()
    }

    async fn blueprint(&self, app: &str, parameters: &Values) -> Option<Blueprint> {
        (app != "gone").then(|| Blueprint {
            app: app.to_owned(),
            title: app.to_owned(),
            parameters: parameters.clone(),
            content: format!("{app}-2"),
            steps: vec!["step".to_owned()],
            is_built: false,
        })
    }

    async fn build(&self, _: BuildOrder) -> BuildOutcome {
        assert!(!self.panics, "broken on purpose");
        BuildOutcome {
            verdict: BuildVerdict::Built,
            progress: Progress::default(),
        }
    }
}

/// State of each build, and whether the store currently fails.
#[derive(Default)]
struct Rows {
    open: Mutex<Vec<OpenBuild>>,
    calls: Mutex<Vec<String>>,
    is_full: AtomicBool,
    changed: Arc<Notify>,
}

impl Rows {
    fn with(builds: &[(&str, &str, bool)]) -> Arc<Self> {
        let rows = Self::default();
        for (id, app, is_running) in builds {
            rows.open.lock().expect("rows").push(OpenBuild {
                id: BuildId::from(*id),
                app: (*app).to_owned(),
                parameters: Values::new(),
                content: format!("{app}-1"),
                is_running: *is_running,
                is_cancelled: false,
                is_wanted: true,
            });
        }
        Arc::new(rows)
    }

    fn record(&self, what: String) -> Result<(), StoreError> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(StoreError("the disk is full".to_owned()));
        }
        self.calls.lock().expect("words").push(what);
        Ok(())
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("words").clone()
    }

    fn forget(&self, id: &BuildId) {
        self.open
            .lock()
            .expect("rows")
            .retain(|build| build.id != *id);
    }

    async fn until(&self, words: &[&str]) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while self.calls() != words {
            assert!(tokio::time::Instant::now() < deadline, "{:?}", self.calls());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl BuildStore for Rows {
    fn open_builds(&self) -> Result<Vec<OpenBuild>, StoreError> {
        Ok(self.open.lock().expect("rows").clone())
    }

    fn builds_changed(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }

    fn redraw_build(&self, id: &BuildId, now: &Blueprint) -> Result<(), StoreError> {
        let mut open = self.open.lock().expect("rows");
        if let Some(build) = open.iter_mut().find(|build| build.id == *id) {
            build.content.clone_from(&now.content);
        }
        self.record(format!("{id} is {}", now.content))
    }

    fn begin_build(&self, id: &BuildId, _: Timestamp) -> Result<bool, StoreError> {
        let mut open = self.open.lock().expect("rows");
        if let Some(build) = open.iter_mut().find(|build| build.id == *id) {
            build.is_running = true;
        }
        self.record(format!("{id} begins"))?;
        // From now on nothing can be stored.
        self.is_full
            .store(id.as_str() == "bld-full", Ordering::SeqCst);
        Ok(true)
    }

    fn note_build(&self, _: &BuildId, _: &Progress) -> Result<(), StoreError> {
        Ok(())
    }

    fn end_build(
        &self,
        id: &BuildId,
        ended: &BuildOutcome,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        let word = match &ended.verdict {
            BuildVerdict::Built => "built".to_owned(),
            BuildVerdict::Cancelled => "cancelled".to_owned(),
            BuildVerdict::Failed(reason, _) => reason.to_string(),
        };
        self.record(format!("{id} {word}"))?;
        self.forget(id);
        Ok(())
    }

    fn dismiss_build(&self, id: &BuildId, why: Dismissal, _: Timestamp) -> Result<(), StoreError> {
        self.record(format!("{id} {why:?}"))?;
        self.forget(id);
        Ok(())
    }

    fn waiting_for_build(&self, _: &BuildId) -> Result<Vec<WorkbenchId>, StoreError> {
        Ok(Vec::new())
    }

    fn kept_builds(&self) -> Result<Vec<BuildId>, StoreError> {
        Ok(Vec::new())
    }
}

fn start(rows: &Arc<Rows>, panics: bool) -> Builder {
    Builder::start(
        Arc::new(TestEngine { panics }),
        rows.clone(),
        1,
        Box::new(|_| {}),
    )
}

/// FIELD 28: "After a crash, builds and runs stay busy for ever."
#[tokio::test]
async fn field_28_running_builds_are_interrupted_and_queued_ones_use_the_current_steps() {
    let rows = Rows::with(&[
        ("bld-1", "lab", true),
        ("bld-2", "gone", false),
        ("bld-3", "lab", false),
    ]);
    let builder = start(&rows, false);
    let story = [
        "bld-1 Interrupted",
        "bld-2 AppGone",
        "bld-3 is lab-2",
        "bld-3 begins",
        "bld-3 built",
    ];
    rows.until(&story).await;
    builder.shut_down().await;
}

#[tokio::test]
async fn end_that_could_not_be_stored_is_retried() {
    let rows = Rows::with(&[("bld-full", "lab", false)]);
    let builder = start(&rows, false);
    let begun = ["bld-full is lab-2", "bld-full begins"];
    rows.until(&begun).await;
    rows.is_full.store(false, Ordering::SeqCst);
    rows.until(&[begun[0], begun[1], "bld-full built"]).await;
    builder.shut_down().await;
}

#[tokio::test]
async fn panic_fails_one_build_and_not_the_next() {
    let rows = Rows::with(&[("bld-1", "a", false), ("bld-2", "b", false)]);
    let builder = start(&rows, true);
    let story = [
        "bld-1 is a-2",
        "bld-2 is b-2",
        "bld-1 begins",
        "bld-1 StepNotStarted",
        "bld-2 begins",
        "bld-2 StepNotStarted",
    ];
    rows.until(&story).await;
    builder.shut_down().await;
}

#[tokio::test]
async fn no_build_begins_after_close() {
    let rows = Rows::with(&[]);
    let builder = start(&rows, false);
    builder.close();
    let late = Rows::with(&[("bld-1", "lab", false)]);
    rows.open
        .lock()
        .expect("rows")
        .extend(late.open_builds().expect("rows"));
    rows.changed.notify_one();
    builder.shut_down().await;
    assert!(!rows.calls().iter().any(|calls| calls.ends_with("begins")));
}
