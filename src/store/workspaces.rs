//! Workspaces: the list, and single ones.

use super::{Poll, Query, Store};
use crate::api;
use leptos::prelude::*;
use vestibule_client::poll::{Freshness, Pace};
use vestibule_client::store::{Refetch, Topic, Updates};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::list::List;
use vestibule_model::workspace::Workspace;

/// A workspace as one view shows it.
#[derive(Clone, Copy)]
pub struct WorkspaceWatch {
    /// The newest version, or `None` before the first answer.
    pub workspace: Memo<Option<Workspace>>,
    /// The name; empty while it is unknown.
    pub name: Memo<String>,
    /// Freshness of the workspace; `Gone` as soon as it is deleted.
    pub freshness: Memo<Freshness>,
    poll: Poll,
}

impl WorkspaceWatch {
    /// Requests the workspace now: the user changed it.
    pub fn refresh(self) {
        self.poll.refresh();
    }

    /// Requests the workspace now, on the user's request, even during a pause.
    pub fn retry(self) {
        self.poll.retry();
    }
}

/// Follows a workspace for as long as the calling component lives. It is read once; the stream reports
/// changes of its name.
pub fn use_workspace(id: &WorkspaceId) -> WorkspaceWatch {
    watch(id, Pace::Ended, has_started)
}

/// Follows a workspace together with the number of its workbenches.
pub fn use_counted_workspace(id: &WorkspaceId) -> WorkspaceWatch {
    let own = id.clone();
    watch(id, Pace::Steady, move |updates| {
        updates.workspaces.contains(&own) || has_started(updates)
    })
}

/// Returns `true` if the stream has just started: a change between the answer and that is reported
/// by neither.
fn has_started(updates: &Updates) -> bool {
    matches!(updates.refetch, Refetch::Started { .. })
}

fn watch(
    id: &WorkspaceId,
    pace: Pace,
    is_affected: impl Fn(&Updates) -> bool + 'static,
) -> WorkspaceWatch {
    let store = Store::expect();
    let poll = Query::new(api::workspace_path(id))
        .refresh_on(is_affected)
        .poll(move |workspace: Workspace, requested| {
            store.update(|state| state.put_workspace(workspace, requested));
            Ok((pace, None))
        });
    let topic = || Topic::Workspace(id.clone());
    let (own, named, deleted) = (id.clone(), id.clone(), id.clone());
    let workspace = store.select(topic(), move |state| state.workspaces().get(&own).cloned());
    let known = store.select(topic(), move |state| {
        state.workspaces().name(&named).map(str::to_owned)
    });
    // A deleted workspace keeps its name on the page.
    let name = Memo::new(move |before: Option<&String>| {
        let before = || before.cloned().unwrap_or_default();
        known.get().unwrap_or_else(before)
    });
    let is_deleted = store.select(topic(), move |state| {
        state.workspaces().is_deleted(&deleted)
    });
    let polled = poll.freshness;
    let freshness = Memo::new(move |_| match is_deleted.get() {
        true => Freshness::Gone,
        false => polled.get(),
    });
    WorkspaceWatch {
        workspace,
        name,
        freshness,
        poll,
    }
}

/// The list of workspaces as one view shows it.
#[derive(Clone, Copy)]
pub struct WorkspacesWatch {
    /// The workspaces, or `None` before the first answer.
    pub workspaces: Memo<Option<Vec<Workspace>>>,
    /// Freshness of the list.
    pub freshness: RwSignal<Freshness>,
    poll: Poll,
}

impl WorkspacesWatch {
    /// Requests the list now, on the user's request, even during a pause.
    pub fn retry(self) {
        self.poll.retry();
    }
}

/// Follows the list of workspaces for as long as the calling component lives.
pub fn use_workspaces() -> WorkspacesWatch {
    let store = Store::expect();
    let poll = Query::new(api::WORKSPACES)
        .topic(Topic::Workspaces)
        .refresh_on(|updates| !updates.workspaces.is_empty() || has_started(updates))
        .poll(move |list: List<Workspace>, requested| {
            store.update(|state| state.put_workspaces(list.items, requested));
            Ok((Pace::Steady, None))
        });
    WorkspacesWatch {
        workspaces: store.select(Topic::Workspaces, |state| state.workspaces().list()),
        freshness: poll.freshness,
        poll,
    }
}
