//! Background storage of the end of each run's output.

use crate::store::Store;
use std::sync::Arc;
use tokio::sync::Notify;
use vestibule_engine::Engine;
use vestibule_model::run::Run;

/// Bytes of a run's output that are stored and shown.
pub const KEPT_BYTES: usize = 64 * 1024;

/// Stores the output of runs that have ended, at the start and whenever a run ends. Never returns.
pub async fn run(store: Arc<Store>, engine: Arc<dyn Engine>, run_ended: Arc<Notify>) {
    loop {
        let found = tokio::task::spawn_blocking({
            let store = Arc::clone(&store);
            move || store.runs_without_log()
        });
        match found.await {
            Ok(Ok(runs)) => {
                for run in runs {
                    keep(&store, &*engine, run).await;
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, "failed to search for runs that have ended"),
            Err(error) => tracing::error!(%error, "the search for runs that have ended broke off"),
        }
        run_ended.notified().await;
    }
}

async fn keep(store: &Arc<Store>, engine: &dyn Engine, run: Run) {
    let log = engine
        .log(&run.workbench_id, run.number, 0, KEPT_BYTES)
        .await;
    let store = Arc::clone(store);
    let id = run.id.clone();
    let kept = tokio::task::spawn_blocking(move || store.keep_log(&id, &log)).await;
    match kept {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(run = %run.id, %error, "failed to keep a run's output"),
        Err(error) => tracing::error!(run = %run.id, %error, "keeping a run's output broke off"),
    }
}
