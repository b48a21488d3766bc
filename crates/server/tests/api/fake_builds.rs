//! Builds whose end the test controls.

use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use tokio::sync::{oneshot, watch};
use vestibule_engine::builds::{Blueprint, BuildOrder, BuildOutcome, BuildVerdict, Progress};
use vestibule_model::app::App;
use vestibule_model::build::{BuildStep, StepStatus};
use vestibule_model::ids::BuildId;
use vestibule_model::parameter::Values;
use vestibule_model::run::RunLog;

/// Blueprints, and builds in progress.
#[derive(Default)]
pub struct FakeBuilds {
    state: Mutex<State>,
    /// `true` if cancelled builds keep running.
    holds_on: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    blueprints: Vec<Blueprint>,
    under_way: HashMap<BuildId, (String, oneshot::Sender<BuildVerdict>)>,
    /// Every started build, in order.
    begun: Vec<BuildId>,
    /// Highest number of builds that ran at once.
    most: usize,
    /// `true` if two builds of the same content ever ran at once.
    was_doubled: bool,
}

impl FakeBuilds {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics with the lock")
    }

    /// Adds an app with two build steps.
    pub fn has(&self, app: &str) {
        self.state().blueprints.push(Blueprint {
            app: app.to_owned(),
            title: format!("The {app}"),
            parameters: Values::new(),
            content: format!("{app}-1"),
            steps: vec!["pip install it".to_owned(), "check it".to_owned()],
            is_built: false,
        });
    }

    pub fn blueprint(&self, app: &str) -> Option<Blueprint> {
        self.state()
            .blueprints
            .iter()
            .find(|b| b.app == app)
            .cloned()
    }

    pub fn apps(&self) -> Vec<App> {
        let shown = |b: &Blueprint| {
            let app = json!({"name": b.app, "available": true, "needsBuild": true,
                "built": b.is_built, "startTimeoutSeconds": 900});
            serde_json::from_value(app).expect("an app")
        };
        self.state().blueprints.iter().map(shown).collect()
    }

    /// Returns the running builds in the order of their starts.
    pub fn under_way(&self) -> Vec<BuildId> {
        let state = self.state();
        let is_there = |id: &&BuildId| state.under_way.contains_key(id);
        state.begun.iter().filter(is_there).cloned().collect()
    }

    /// Returns the highest number of builds at once, and whether two of them had the same content.
    pub fn seen(&self) -> (usize, bool) {
        let state = self.state();
        (state.most, state.was_doubled)
    }

    /// Ends a running build.
    pub fn end(&self, id: &BuildId, verdict: BuildVerdict) {
        let (_, sender) = self.state().under_way.remove(id).expect("it is under way");
        sender.send(verdict).expect("it is waited for");
    }

    /// Makes cancelled builds keep running.
    pub fn holds_on(&self) {
        self.holds_on.send_replace(true);
    }

    /// Makes cancelled builds end.
    pub fn release_cancelled(&self) {
        self.holds_on.send_replace(false);
    }

    pub async fn build(&self, order: BuildOrder) -> BuildOutcome {
        let (sender, verdict) = oneshot::channel();
        {
            let mut state = self.state();
            state.was_doubled |= state.under_way.values().any(|(c, _)| *c == order.content);
            let under_way = (order.content.clone(), sender);
            state.under_way.insert(order.id.clone(), under_way);
            state.begun.push(order.id.clone());
            state.most = state.most.max(state.under_way.len());
        }
        let progress = |first: StepStatus, second: StepStatus| Progress {
            steps: [("pip install it", first), ("check it", second)]
                .map(|(title, status)| BuildStep {
                    title: title.to_owned(),
                    status,
                    ..BuildStep::default()
                })
                .into(),
            log_bytes: 5,
        };
        use StepStatus::{Cancelled, Failed, Running, Skipped, Succeeded};
        let reported = order.progress.send(progress(Running, StepStatus::Pending));
        reported.expect("somebody listens");
        let verdict = tokio::select! {
            verdict = verdict => verdict.expect("the test ends it"),
            () = order.cancel.cancelled() => {
                let mut holds_on = self.holds_on.subscribe();
                let _ = holds_on.wait_for(|holds_on| !holds_on).await;
                self.state().under_way.remove(&order.id);
                BuildVerdict::Cancelled
            }
        };
        let progress = match verdict {
            BuildVerdict::Built => {
                let mut state = self.state();
                let mut blueprints = state.blueprints.iter_mut();
                if let Some(built) = blueprints.find(|b| b.content == order.content) {
                    built.is_built = true;
                }
                progress(Succeeded, Succeeded)
            }
            BuildVerdict::Cancelled => progress(Cancelled, Skipped),
            BuildVerdict::Failed(..) => progress(Succeeded, Failed),
        };
        BuildOutcome { verdict, progress }
    }

    /// Returns three pieces, the second of which was dropped.
    pub fn log(&self, _: &BuildId, after: Option<u64>) -> RunLog {
        let (text, skipped_bytes) = match after {
            Some(0) => ("begin\n", 0),
            Some(6..100) => ("end\n", 100),
            None => ("end\n", 100),
            Some(after) => ("", after),
        };
        RunLog {
            text: text.to_owned(),
            skipped_bytes,
            ends_at: skipped_bytes + text.len() as u64,
        }
    }
}
