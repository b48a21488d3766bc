//! Builds: those of a workspace, and single ones.

use super::{Poll, Query, Store};
use crate::api::{self, ApiError};
use leptos::prelude::*;
use vestibule_client::connection_error::{ConnectionError, UnexpectedBody};
use vestibule_client::poll::{Freshness, Pace};
use vestibule_client::store::Topic;
use vestibule_model::build::{Build, BuildList};
use vestibule_model::ids::{BuildId, WorkspaceId};

/// Number of builds that are requested at first, and further ones each time.
const PAGE: usize = 100;

/// The server answers at most so many at once.
const MOST: usize = 500;

/// A build as one view shows it.
#[derive(Clone, Copy)]
pub struct BuildWatch {
    /// The newest version, or `None` before the first answer.
    pub build: Memo<Option<Build>>,
    /// Freshness of the build; `Gone` as soon as it is removed.
    pub freshness: Memo<Freshness>,
    poll: Poll,
}

impl BuildWatch {
    /// Requests the build now, on the user's request, even during a pause.
    pub fn retry(self) {
        self.poll.retry();
    }
}

/// Follows a build for as long as the calling component lives.
pub fn use_build(id: &BuildId) -> BuildWatch {
    let store = Store::expect();
    let (expected, of) = (id.clone(), id.clone());
    let query = Query::new(api::build_path(id)).reported_by(move |updates| {
        let known = store.read(|state| state.build(&of).map(pace));
        let is_reported = updates.topics.contains(&Topic::Builds);
        let pace = known.flatten().filter(|_| is_reported)?;
        Some((pace, None))
    });
    let poll = query.poll(move |build: Build, _| {
        if build.id != expected {
            // The answer is about something else (FIELD 3).
            return Err(ApiError::Lost(ConnectionError::UnexpectedBody(
                UnexpectedBody::Other,
            )));
        }
        let pace = pace(&build);
        store.put_build(build);
        Ok((pace, None))
    });
    let (own, removed) = (id.clone(), id.clone());
    let build = store.select(Topic::Builds, move |state| state.build(&own).cloned());
    let is_removed = store.select(Topic::Builds, move |state| {
        state.activity().is_removed(&removed)
    });
    let polled = poll.freshness;
    BuildWatch {
        build,
        freshness: Memo::new(move |_| match is_removed.get() {
            true => Freshness::Gone,
            false => polled.get(),
        }),
        poll,
    }
}

fn pace(build: &Build) -> Pace {
    if build.is_open() {
        Pace::Busy
    } else {
        Pace::Ended
    }
}

/// The builds of a workspace as one view shows them.
#[derive(Clone, Copy)]
pub struct BuildsWatch {
    /// The builds, the newest first, or `None` before the first answer.
    pub order: Memo<Option<Vec<BuildId>>>,
    /// `true` if there are older builds on the server.
    pub has_older: RwSignal<bool>,
    /// Freshness of the list.
    pub freshness: RwSignal<Freshness>,
    limit: StoredValue<usize>,
    poll: Poll,
}

impl BuildsWatch {
    /// Requests older builds as well.
    pub fn show_older(self) {
        self.limit
            .update_value(|limit| *limit = (*limit + PAGE).min(MOST));
        self.poll.refresh();
    }

    /// Requests the list now, on the user's request, even during a pause.
    pub fn retry(self) {
        self.poll.retry();
    }
}

/// Follows the builds of a workspace for as long as the calling component lives.
pub fn use_builds(workspace: &WorkspaceId) -> BuildsWatch {
    let store = Store::expect();
    let (is_read, has_older) = (RwSignal::new(false), RwSignal::new(false));
    let limit = StoredValue::new(PAGE);
    let (of, asked_of, shown_of) = (workspace.clone(), workspace.clone(), workspace.clone());
    let poll = Query::at(move || {
        let limit = limit.try_get_value().unwrap_or(PAGE);
        api::builds_path(&asked_of, limit)
    })
    .poll(move |list: BuildList, request| {
        let is_busy = list.builds.iter().any(Build::is_open);
        has_older.try_set(list.next_cursor.is_some() && list.builds.len() < MOST);
        store.put_builds(Some(of.clone()), list, request);
        is_read.try_set(true);
        // Builds that others request appear by themselves (FIELD 19).
        Ok((if is_busy { Pace::Busy } else { Pace::Steady }, None))
    });
    let known = store.select(Topic::Builds, move |state| {
        let builds = state.builds_of(&shown_of).into_iter();
        builds.map(|build| build.id.clone()).collect::<Vec<_>>()
    });
    BuildsWatch {
        order: Memo::new(move |_| {
            let known = known.get();
            (is_read.get() || !known.is_empty()).then_some(known)
        }),
        has_older,
        freshness: poll.freshness,
        limit,
        poll,
    }
}
