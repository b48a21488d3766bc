//! The builds of a workspace as they are known: each row has a signal of its own, so that news of
//! one build touches its row alone.

use super::words::is_old;
use crate::api::{self, Answer};
use crate::hooks::{Poll, by_builds};
use leptos::prelude::*;
use std::collections::HashMap;
use vestibule_model::build::{Build, BuildList};
use vestibule_model::ids::{BuildId, WorkspaceId};
use vestibule_model::poll::{Freshness, Pace};

/// So many are asked for at first, and so many more each time.
const PAGE: usize = 100;
/// The server tells no more at once.
const MOST: usize = 500;

/// What is known.
#[derive(Clone, Copy)]
pub struct Board {
    /// The builds in their order, the newest first; none until the first list.
    pub order: RwSignal<Option<Vec<BuildId>>>,
    /// How many of them have not ended.
    pub open: RwSignal<usize>,
    /// Whether there are older ones that can be asked for.
    pub has_older: RwSignal<bool>,
    /// The builds of no avail that were made up for since, and by which.
    pub redone: RwSignal<HashMap<BuildId, BuildId>>,
    /// How far what was read can be believed.
    pub freshness: RwSignal<Freshness>,
    /// So many are asked for.
    wanted: StoredValue<usize>,
    rows: StoredValue<HashMap<BuildId, ArcRwSignal<Build>>>,
    poll: StoredValue<Option<Poll>, LocalStorage>,
}

impl Board {
    /// Follows the builds of a workspace for as long as the calling component lives.
    pub fn follow(workspace: &WorkspaceId) -> Self {
        let freshness = ArcRwSignal::new(Freshness::Loading);
        let board = Self {
            order: RwSignal::new(None),
            open: RwSignal::new(0),
            has_older: RwSignal::new(false),
            redone: RwSignal::new(HashMap::new()),
            freshness: RwSignal::from(freshness.clone()),
            wanted: StoredValue::new(PAGE),
            rows: StoredValue::new(HashMap::new()),
            poll: StoredValue::new_local(None),
        };
        let consume = Box::new(move |answer: &Answer| {
            let list: BuildList = api::read(answer)?;
            let is_busy = list.builds.iter().any(Build::is_open);
            board.take(list);
            // What others ask for has to show by itself (FIELD 19).
            Ok((if is_busy { Pace::Busy } else { Pace::Steady }, None))
        });
        let workspace = workspace.clone();
        let address = Box::new(move || {
            let wanted = board.wanted.try_get_value().unwrap_or(PAGE);
            api::builds_path(&workspace, wanted)
        });
        let poll = Poll::at(address, freshness, consume).poked_by(by_builds(|| true));
        board.poll.set_value(Some(poll));
        board
    }

    /// A build, as it is now and will be.
    pub fn row(self, id: &BuildId) -> Option<RwSignal<Build>> {
        let row = self.rows.try_with_value(|rows| rows.get(id).cloned());
        row.flatten().map(RwSignal::from)
    }

    /// There is news.
    pub fn poke(self) {
        self.poll
            .try_with_value(|poll| poll.as_ref().map(Poll::poke));
    }

    /// A person wants it tried again now.
    pub fn retry(self) {
        self.poll
            .try_with_value(|poll| poll.as_ref().map(Poll::retry));
    }

    /// Asks for older ones, too.
    pub fn show_older(self) {
        self.wanted
            .update_value(|wanted| *wanted = (*wanted + PAGE).min(MOST));
        self.poke();
    }

    /// Takes in a list. Rows that are equal, or older than what is known, change nothing.
    fn take(self, list: BuildList) {
        let order: Vec<BuildId> = list.builds.iter().map(|build| build.id.clone()).collect();
        let open = list.builds.iter().filter(|build| build.is_open()).count();
        let redone = redone(&list.builds);
        self.rows.try_update_value(|rows| {
            rows.retain(|id, _| order.contains(id));
            for build in list.builds {
                match rows.get(&build.id) {
                    Some(row) => {
                        let is_news =
                            row.with_untracked(|known| *known != build && !is_old(&build, known));
                        if is_news {
                            row.set(build);
                        }
                    }
                    None => drop(rows.insert(build.id.clone(), ArcRwSignal::new(build))),
                }
            }
        });
        let more = list.next_cursor.is_some() && order.len() < MOST;
        set(self.has_older, more);
        set(self.open, open);
        set(self.redone, redone);
        set(self.order, Some(order));
    }
}

/// Which builds were made up for since, and by which: the newest comes first.
fn redone(builds: &[Build]) -> HashMap<BuildId, BuildId> {
    let by = |old: &Build| {
        let newer = builds.iter().find(|newer| old.is_redone_by(newer))?;
        Some((old.id.clone(), newer.id.clone()))
    };
    builds.iter().filter_map(by).collect()
}

/// Sets what is other than before.
fn set<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|known| *known != value) == Some(true) {
        signal.try_set(value);
    }
}
