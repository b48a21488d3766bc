//! The workbenches of one workspace: one poller for the list, one signal per row.

use super::poll::Poll;
use crate::api::{self, Answer};
use leptos::prelude::*;
use std::collections::HashMap;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::list::List;
use vestibule_model::poll::{Freshness, Pace};
use vestibule_model::workbench::Workbench;

type Rows = HashMap<WorkbenchId, ArcRwSignal<Workbench>>;

/// A list that changes only where it has changed.
#[derive(Clone, Copy)]
pub struct WorkbenchList {
    /// The rows in their order; none until the first answer.
    pub ids: RwSignal<Option<Vec<WorkbenchId>>>,
    /// How many rows the server sent that could not be read.
    pub unreadable: RwSignal<usize>,
    rows: StoredValue<Rows>,
}

impl WorkbenchList {
    /// An empty list that has heard nothing yet.
    pub fn new() -> Self {
        Self {
            ids: RwSignal::new(None),
            unreadable: RwSignal::new(0),
            rows: StoredValue::new(HashMap::new()),
        }
    }

    /// One row.
    pub fn row(self, id: &WorkbenchId) -> Option<ArcRwSignal<Workbench>> {
        self.rows
            .try_with_value(|rows| rows.get(id).cloned())
            .flatten()
    }

    /// Takes in a whole list. Equal rows notify nobody, and the order only when it has changed.
    pub fn merge(self, list: List<Workbench>) {
        let ids: Vec<_> = list
            .items
            .iter()
            .map(|workbench| workbench.id.clone())
            .collect();
        let changed = self.rows.try_update_value(|rows| {
            rows.retain(|id, _| ids.contains(id));
            list.items
                .into_iter()
                .filter_map(|news| put(rows, news))
                .collect::<Vec<_>>()
        });
        for (row, news) in changed.unwrap_or_default() {
            row.set(news);
        }
        if self
            .ids
            .try_with_untracked(|shown| shown.as_ref() != Some(&ids))
            == Some(true)
        {
            self.ids.set(Some(ids));
        }
        if self.unreadable.try_get_untracked() != Some(list.unreadable) {
            self.unreadable.try_set(list.unreadable);
        }
    }

    /// Takes in one row, as the answer to a wish brings it.
    pub fn heard(self, news: Workbench) {
        if let Some(row) = self.row(&news.id)
            && row.with_untracked(|shown| *shown != news)
        {
            row.set(news);
        }
    }
}

/// Puts a row in its place; gives back a signal that is there already and has news.
fn put(rows: &mut Rows, news: Workbench) -> Option<(ArcRwSignal<Workbench>, Workbench)> {
    match rows.get(&news.id) {
        Some(row) => {
            let has_changed = row.with_untracked(|shown| *shown != news);
            has_changed.then(|| (row.clone(), news))
        }
        None => {
            rows.insert(news.id.clone(), ArcRwSignal::new(news));
            None
        }
    }
}

/// A polled list.
#[derive(Clone, Copy)]
pub struct ListWatch {
    /// The rows.
    pub list: WorkbenchList,
    /// How far they can be believed.
    pub freshness: RwSignal<Freshness>,
    poll: StoredValue<Poll, LocalStorage>,
}

impl ListWatch {
    /// There is news.
    pub fn poke(self) {
        self.poll.try_with_value(Poll::poke);
    }

    /// A person wants it tried again now.
    pub fn retry(self) {
        self.poll.try_with_value(Poll::retry);
    }
}

/// Follows the workbenches of a workspace for as long as the calling component lives.
pub fn use_workbench_list(workspace: &WorkspaceId) -> ListWatch {
    let list = WorkbenchList::new();
    let freshness = ArcRwSignal::new(Freshness::Loading);
    let consume = Box::new(move |answer: &Answer| {
        let news: List<Workbench> = api::read(answer)?;
        let pace = Pace::of_list(&news.items);
        list.merge(news);
        Ok((pace, None))
    });
    let poll = Poll::new(api::workbenches_path(workspace), freshness.clone(), consume);
    ListWatch {
        list,
        freshness: freshness.into(),
        poll: StoredValue::new_local(poll),
    }
}
