//! `use_workbench_list`: the workbenches of one workspace, with one poll however long the list is.

use super::{Poll, Query, Store};
use crate::api::{self, ApiError};
use vestibule_client::connection_error::{ConnectionError, UnexpectedBody};
use vestibule_client::poll::Pace;
use vestibule_client::store::{Changes, Refetch, Topic, Updates};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::listing::Listing;
use vestibule_model::time::Millis;

/// Shortest time between two requests that updates of the store cause.
const MIN_GAP: Millis = Millis(100);

/// Follows the workbenches of a workspace for as long as the calling component lives. The stream's
/// events are applied directly; polls ask for the changes since the version that is known. `apply`
/// receives every change.
pub fn use_workbench_list(workspace: &WorkspaceId, apply: impl Fn(&Changes) + 'static) -> Poll {
    let store = Store::expect();
    store.follow(Topic::Workbenches(workspace.clone()));
    store.on_list_changes(apply);
    let path = api::workbenches_path(workspace);
    let of = workspace.clone();
    let address = move || {
        let since = store.read(|state| state.workbenches().since(&of).cloned());
        match since.flatten() {
            Some(version) => format!("{path}?since={}", version.as_str()),
            None => path.clone(),
        }
    };
    let of = workspace.clone();
    let is_affected = move |updates: &Updates| {
        let Refetch::Started { seq } = updates.refetch else {
            return false;
        };
        // A list with the stream's number or a newer one lacks nothing.
        let known = store.read(|state| state.workbenches().seq(&of)).flatten();
        known < Some(seq)
    };
    let of = workspace.clone();
    Query::at(address)
        .topic(Topic::Workbenches(workspace.clone()))
        .policy(|policy| policy.news_gap = MIN_GAP)
        .refresh_on(is_affected)
        .poll(move |list: Listing, _| {
            let mut is_applied = true;
            store.update(|state| {
                let updates = state.put_workbenches(&of, list);
                is_applied = updates.is_some();
                updates.unwrap_or_default()
            });
            if !is_applied {
                // Changes that do not fit lead to a request for the whole list.
                return Err(ApiError::Lost(ConnectionError::UnexpectedBody(
                    UnexpectedBody::Other,
                )));
            }
            let pace = store.read(|state| state.workbenches().pace(&of));
            Ok((pace.unwrap_or(Pace::Steady), None))
        })
}
