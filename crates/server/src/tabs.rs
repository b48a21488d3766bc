//! Task that moves tabs: it compares each with its workbench and session, and does the one thing that
//! is due. The rules are those of [`vestibule_model::tab::reconcile`].

use crate::clock;
use crate::state::AppState;
use crate::store::{self, StoreChanges};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use vestibule_engine::agents::{AgentAnswer, AgentRequest};
use vestibule_engine::sessions::Size;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::tab::reconcile::{MAX_ATTEMPTS, Provision, Session, SessionAction, reconcile};
use vestibule_model::tab::{Tab, TabKind, TabState};

/// Pause between two rounds at every tab, for deadlines and sessions that have ended.
const POLL_EVERY: Duration = Duration::from_secs(2);

/// Largest number of actions in one round for a tab.
const MAX_STEPS: usize = 2 * MAX_ATTEMPTS as usize;

/// Time limit of an action, so that the tab's own deadline is kept.
const ACT_WITHIN: Duration = Duration::from_secs(15);

/// Pause after a session was refused.
const REFUSED_PAUSE: Duration = Duration::from_millis(200);

/// Moves tabs until the server shuts down. Workbenches are reconciled side by side, so that one whose
/// sessions cannot be reached delays no other.
pub async fn run(state: AppState) {
    let mut changes = state.store.subscribe();
    let mut tick = tokio::time::interval(POLL_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut rounds: JoinSet<WorkbenchId> = JoinSet::new();
    let (mut busy, mut again) = (HashSet::new(), HashSet::new());
    loop {
        let due = tokio::select! {
            () = state.shutdown.cancelled() => return,
            changes = changes.recv() => match changes {
                Ok(changes) => concerned(&changes),
                Err(RecvError::Lagged(_)) => all(&state).await,
                Err(RecvError::Closed) => return,
            },
            _ = tick.tick() => all(&state).await,
            Some(ended) = rounds.join_next() => match ended {
                Ok(id) => {
                    busy.remove(&id);
                    HashSet::from_iter(again.take(&id))
                }
                Err(error) => {
                    // The panic is in the log; which workbench it was is not known.
                    tracing::error!(%error, "the reconciliation of a workbench's tabs failed");
                    busy.clear();
                    HashSet::new()
                }
            },
        };
        for id in due {
            if busy.insert(id.clone()) {
                rounds.spawn(reconcile_tabs(state.clone(), id));
            } else {
                again.insert(id);
            }
        }
    }
}

/// Returns the workbenches whose tabs some changes may move.
fn concerned(changes: &StoreChanges) -> HashSet<WorkbenchId> {
    let tabs = changes.tabs.iter().map(|tab| &tab.workbench_id);
    let runs = changes.runs.iter().map(|run| &run.workbench_id);
    let workbenches = changes.workbenches.iter().map(|update| &update.id);
    tabs.chain(runs).chain(workbenches).cloned().collect()
}

async fn all(state: &AppState) -> HashSet<WorkbenchId> {
    match state.db(|store| store.workbenches_with_tabs()).await {
        Ok(found) => found.into_iter().collect(),
        Err(error) => {
            tracing::warn!(%error, "failed to search for tabs");
            HashSet::new()
        }
    }
}

async fn reconcile_tabs(state: AppState, id: WorkbenchId) -> WorkbenchId {
    if let Err(error) = try_reconcile_tabs(&state, &id).await {
        // The next round tries again.
        tracing::warn!(workbench = %id, %error, "failed to move the tabs of a workbench");
    }
    id
}

async fn try_reconcile_tabs(state: &AppState, id: &WorkbenchId) -> store::Result<()> {
    let key = id.clone();
    let (workbench, tabs) = state
        .db(move |store| {
            let tabs = store.tabs_to_reconcile(&key)?;
            let workbench = match tabs.is_empty() {
                true => None,
                false => store.workbench(&key)?,
            };
            store::Result::Ok((workbench, tabs))
        })
        .await?;
    let Some(workbench) = workbench else {
        return Ok(());
    };
    for tab in tabs {
        let provision = Provision::for_kind(&tab.kind, &workbench);
        step(state, tab, &provision).await?;
    }
    Ok(())
}

/// Moves one tab as far as it goes now.
async fn step(state: &AppState, mut tab: Tab, provision: &Provision) -> store::Result<()> {
    let mut session = observe(state, &tab, provision).await;
    for _ in 0..MAX_STEPS {
        let before = tab.clone();
        let action = reconcile(&mut tab, provision, &session, clock::now());
        if tab != before {
            let (id, changed) = (tab.id.clone(), tab.clone());
            let (stored, newest) = state
                .db(move |store| {
                    let stored = store.store_tab(&changed)?;
                    store::Result::Ok((stored, store.tab(&id)?))
                })
                .await?;
            match newest {
                Some(newest) if stored => tab = newest,
                // It has changed meanwhile: its changes are handled next.
                _ => return Ok(()),
            }
        }
        let Some(action) = action else {
            return Ok(());
        };
        session = act(state, &tab, action).await;
        match session {
            Session::Unknown => return Ok(()),
            // The missing resource may be there again.
            Session::Refused(_) => tokio::time::sleep(REFUSED_PAUSE).await,
            _ => {}
        }
        // It may have been closed meanwhile.
        let id = tab.id.clone();
        match state.db(move |store| store.tab(&id)).await? {
            Some(newest) => tab = newest,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Observes the session of a tab that has one. The others are not there as far as it matters: one that
/// is being created is created unless it exists, and a closed one is ended.
async fn observe(state: &AppState, tab: &Tab, provision: &Provision) -> Session {
    match (provision, tab.run_number) {
        _ if !tab.is_open() => Session::Unknown,
        (Provision::Up { run }, Some(of)) if *run == of && tab.state == TabState::Ready => {
            observe_session(state, tab, of).await
        }
        _ => Session::Absent,
    }
}

async fn observe_session(state: &AppState, tab: &Tab, run: u64) -> Session {
    let (workbench, id) = (&tab.workbench_id, &tab.id);
    match tab.kind {
        TabKind::Agent => {
            let answer = state
                .engine
                .agent(workbench, run, id, AgentRequest::Inspect);
            session_of(answer.await)
        }
        _ => {
            let seen = state.engine.session(workbench, run, id).await;
            // What could not be observed has not ended.
            if seen.state != Session::Unknown {
                state.host.uses.note_output(workbench, id, seen.output);
            }
            seen.state
        }
    }
}

fn session_of(answer: AgentAnswer) -> Session {
    match answer {
        AgentAnswer::Unknown => Session::Unknown,
        AgentAnswer::NotSupported => Session::NotSupported,
        AgentAnswer::Absent => Session::Absent,
        AgentAnswer::Refused(why) => Session::Refused(why),
        AgentAnswer::Open(_) => Session::Open,
    }
}

async fn act(state: &AppState, tab: &Tab, action: SessionAction) -> Session {
    let engine = Arc::clone(&state.engine);
    let (id, of) = (&tab.id, &tab.workbench_id);
    let acting = async {
        match action {
            SessionAction::Create { run } if tab.kind == TabKind::Agent => {
                session_of(engine.agent(of, run, id, AgentRequest::Open).await)
            }
            SessionAction::End { run } if tab.kind == TabKind::Agent => {
                session_of(engine.agent(of, run, id, AgentRequest::End).await)
            }
            SessionAction::Create { run } => {
                engine.open_session(of, run, id, Size::default()).await
            }
            SessionAction::End { run } => engine.end_session(of, run, id).await,
        }
    };
    let done = tokio::time::timeout(ACT_WITHIN, acting).await;
    done.unwrap_or(Session::Unknown)
}
