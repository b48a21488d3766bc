//! The workbenches of one workspace: one poller for the list, however long it is.

use super::poll::{Matter, Poll};
use crate::api::{self, Answer};
use leptos::prelude::*;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use vestibule_model::feed::News;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::list::List;
use vestibule_model::poll::{Freshness, Pace};
use vestibule_model::workbench::Workbench;

/// Where the rows of a list are kept.
pub trait Rows {
    /// Takes in the whole list.
    fn take(&self, list: List<Workbench>);
    /// Takes in one row, be it known or not.
    fn put(&self, row: Workbench);
    /// Takes a row out.
    fn remove(&self, id: &WorkbenchId);
    /// A row as it is known.
    fn row(&self, id: &WorkbenchId) -> Option<Workbench>;
    /// How many there are.
    fn total(&self) -> usize;
}

/// Sees to the stream's news about single rows.
pub type RowReader = Box<dyn Fn(&News) -> Matter>;

/// What a reader of single rows is given.
pub struct Reads {
    /// The list it is about.
    pub workspace: WorkspaceId,
    /// Its rows.
    pub rows: Box<dyn Rows>,
    /// Has the whole list read.
    pub whole: Box<dyn Fn()>,
}

/// Begins to read single rows.
pub type BeginRows = fn(Reads) -> RowReader;

thread_local! {
    /// How single rows are read. It comes with the event stream, and without that there is no need.
    static READER: Cell<Option<BeginRows>> = const { Cell::new(None) };
}

/// Single rows are read like this from now on.
pub fn read_rows_by(begin: BeginRows) {
    READER.set(Some(begin));
}

/// A polled list.
#[derive(Clone, Copy)]
pub struct ListWatch {
    /// How far what was read can be believed.
    pub freshness: RwSignal<Freshness>,
    poll: StoredValue<Option<Poll>, LocalStorage>,
}

impl ListWatch {
    /// There is news.
    pub fn poke(self) {
        self.with(Poll::poke);
    }

    /// A person wants it tried again now.
    pub fn retry(self) {
        self.with(Poll::retry);
    }

    fn with(self, tell: fn(&Poll)) {
        self.poll.try_with_value(|poll| poll.as_ref().map(tell));
    }
}

/// Follows the workbenches of a workspace for as long as the calling component lives. What the event
/// stream tells of a single row is read by itself, what others start among it (FIELD 19).
pub fn use_workbench_list(workspace: &WorkspaceId, rows: impl Rows + Copy + 'static) -> ListWatch {
    let freshness = ArcRwSignal::new(Freshness::Loading);
    let consume = Box::new(move |answer: &Answer| {
        let list: List<Workbench> = api::read(answer)?;
        let pace = Pace::of_list(&list.items);
        rows.take(list);
        Ok((pace, None))
    });
    let watch = ListWatch {
        freshness: freshness.clone().into(),
        poll: StoredValue::new_local(None),
    };
    let reader: Rc<OnceCell<RowReader>> = Rc::default();
    let own = workspace.clone();
    let judge = Box::new(move |news: &News| match (news, READER.get()) {
        (News::Everything | News::Beginning, _) => Matter::Due,
        (News::Workbench { workspace, .. }, _) if *workspace != own => Matter::Nothing,
        (News::Removed(_) | News::Builds, _) => Matter::Nothing,
        (_, None) => Matter::Due,
        (_, Some(begin)) => reader.get_or_init(|| {
            begin(Reads {
                workspace: own.clone(),
                rows: Box::new(rows),
                whole: Box::new(move || watch.with(Poll::news)),
            })
        })(news),
    });
    let poll = Poll::new(api::workbenches_path(workspace), freshness, consume).poked_by(judge);
    watch.poll.set_value(Some(poll));
    watch
}
