//! Agents of tabs: the task that hands messages over, in order, and records what agents put out.

mod live;
mod pump;
mod transcript;

pub(crate) use live::unreadable;
pub use live::{Agents, Live};

use crate::state::AppState;
use crate::store::News;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{Id, JoinSet};
use vestibule_model::ids::TabId;
use vestibule_model::tab::{Tab, TabKind};

/// Pause between two looks for tabs whose changes were missed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Serves the agent tabs until the server shuts down, each by a task of its own, so that none delays
/// another one.
pub async fn run(state: AppState) {
    let mut news = state.store.subscribe();
    sweep(&state).await;
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut pumps = JoinSet::new();
    let mut serving: HashMap<TabId, Id> = HashMap::new();
    loop {
        let due = tokio::select! {
            () = state.shutdown.cancelled() => return,
            news = news.recv() => match news {
                Ok(news) => concerned(&state, &news).await,
                Err(RecvError::Lagged(_)) => all(&state).await,
                Err(RecvError::Closed) => return,
            },
            _ = tick.tick() => all(&state).await,
            Some(ended) = pumps.join_next_with_id() => {
                let id = match ended {
                    Ok((id, ())) => id,
                    Err(error) => {
                        tracing::error!(%error, "serving an agent tab failed");
                        error.id()
                    }
                };
                serving.retain(|_, pump| *pump != id);
                continue;
            }
        };
        for tab in due {
            state.agents.live(&tab).poke();
            serving
                .entry(tab.id.clone())
                .or_insert_with(|| pumps.spawn(pump::run(state.clone(), tab)).id());
        }
    }
}

/// Returns the open agent tabs that have changed. What is kept of removed workbenches is dropped, and
/// readers of closed tabs are woken.
async fn concerned(state: &AppState, news: &News) -> Vec<Tab> {
    for gone in &news.gone {
        state.agents.remove(&gone.id).await;
    }
    let tabs = news.tabs.iter().filter(|tab| tab.kind == TabKind::Agent);
    let (open, closed): (Vec<_>, Vec<_>) = tabs.cloned().partition(Tab::is_open);
    for tab in closed {
        state.agents.close(&tab.id);
    }
    open
}

/// Removes what a crash has left of removed workbenches.
async fn sweep(state: &AppState) {
    for id in state.agents.workbenches().await {
        let wanted = id.clone();
        if let Ok(None) = state.db(move |store| store.workbench(&wanted)).await {
            state.agents.remove(&id).await;
        }
    }
}

async fn all(state: &AppState) -> Vec<Tab> {
    match state.db(|store| store.agent_tabs()).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "failed to look for agent tabs");
            Vec::new()
        }
    }
}
