//! Agents of tabs: the task that hands messages over, in order, and records what agents put out.

mod live;
mod tab_task;
mod transcript;

pub(crate) use live::unreadable;
pub use live::{Agents, LiveTranscript};

use crate::clock;
use crate::state::AppState;
use crate::store::StoreChanges;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{Id, JoinSet};
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::tab::{Tab, TabKind};
use vestibule_model::time::{Millis, Timestamp};

/// Pause between two searches for tabs whose changes were missed.
const POLL_EVERY: Duration = Duration::from_secs(5);

/// Pause between two searches for transcripts that are not needed any longer.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);
/// Time for which the transcript of a closed tab is kept.
const KEEP_CLOSED: Millis = Millis::from_secs(7 * 24 * 60 * 60);

/// Serves the agent tabs until the server shuts down, each by a task of its own, so that none delays
/// another one.
pub async fn run(state: AppState) {
    let mut changes = state.store.subscribe();
    let mut sweeps = tokio::time::interval(SWEEP_EVERY);
    let mut tick = tokio::time::interval(POLL_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut tasks = JoinSet::new();
    let mut serving: HashMap<TabId, Id> = HashMap::new();
    loop {
        let due = tokio::select! {
            () = state.shutdown.cancelled() => return,
            changes = changes.recv() => match changes {
                Ok(changes) => concerned(&state, &changes).await,
                Err(RecvError::Lagged(_)) => all(&state).await,
                Err(RecvError::Closed) => return,
            },
            _ = tick.tick() => all(&state).await,
            _ = sweeps.tick() => {
                sweep(&state).await;
                continue;
            }
            Some(ended) = tasks.join_next_with_id() => {
                let id = match ended {
                    Ok((id, ())) => id,
                    Err(error) => {
                        tracing::error!(%error, "serving an agent tab failed");
                        error.id()
                    }
                };
                serving.retain(|_, task| *task != id);
                continue;
            }
        };
        for tab in due {
            state.agents.live(&tab).wake();
            serving
                .entry(tab.id.clone())
                .or_insert_with(|| tasks.spawn(tab_task::run(state.clone(), tab)).id());
        }
    }
}

/// Returns the open agent tabs that have changed. What is kept of removed workbenches is dropped, and
/// readers of closed tabs are woken.
async fn concerned(state: &AppState, changes: &StoreChanges) -> Vec<Tab> {
    for gone in &changes.gone {
        state.agents.remove(&gone.id).await;
    }
    let tabs = changes.tabs.iter().filter(|tab| tab.kind == TabKind::Agent);
    let (open, closed): (Vec<_>, Vec<_>) = tabs.cloned().partition(Tab::is_open);
    for tab in closed {
        state.agents.close(&tab.id);
    }
    open
}

/// Removes the transcripts of tabs that were closed long ago, and what a crash has left of removed
/// workbenches.
async fn sweep(state: &AppState) {
    for id in state.agents.workbenches().await {
        let key = id.clone();
        match state.db(move |store| store.workbench(&key)).await {
            Ok(Some(_)) => sweep_workbench(state, &id).await,
            Ok(None) => state.agents.remove(&id).await,
            Err(_) => {}
        }
    }
}

async fn sweep_workbench(state: &AppState, workbench: &WorkbenchId) {
    for tab in state.agents.tabs_of(workbench).await {
        let key = tab.clone();
        let found = state.db(move |store| store.tab(&key)).await;
        if found.is_ok_and(|found| is_dispensable(found.as_ref(), clock::now())) {
            state.agents.remove_tab(workbench, &tab).await;
        }
    }
}

/// Returns `true` if the transcript of a tab is not kept any longer; `None`: the tab is not known.
fn is_dispensable(tab: Option<&Tab>, now: Timestamp) -> bool {
    match tab {
        Some(tab) => tab
            .closed_at
            .is_some_and(|closed_at| now.since(closed_at) > KEEP_CLOSED),
        None => true,
    }
}

async fn all(state: &AppState) -> Vec<Tab> {
    match state.db(|store| store.agent_tabs()).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "failed to search for agent tabs");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_of_closed_tabs_are_kept_for_a_week() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let place = ("ws-1".into(), "wb-1".into());
        let mut tab = Tab::new("t".into(), place, TabKind::Agent, String::new(), now);
        assert!(!is_dispensable(Some(&tab), now + KEEP_CLOSED + KEEP_CLOSED));
        tab.closed_at = Some(now);
        assert!(!is_dispensable(Some(&tab), now + KEEP_CLOSED));
        assert!(is_dispensable(
            Some(&tab),
            now + KEEP_CLOSED + Millis::from_secs(1)
        ));
        assert!(is_dispensable(None, now));
    }
}
