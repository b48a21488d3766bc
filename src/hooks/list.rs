//! The workbenches of one workspace: one poller for the list, however long it is.

use super::poll::{Matter, Poll};
use crate::api::{self, Answer, ApiError};
use leptos::prelude::*;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use vestibule_model::feed::News;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::poll::Freshness;
use vestibule_model::roll::{Listing, Roll, Turn};
use vestibule_model::trouble::{Strange, Trouble};

/// Shows what has changed.
pub type ShowTurn = Rc<dyn Fn(&Turn)>;

/// Sees to the stream's news about single rows.
pub type RowReader = Box<dyn Fn(&News) -> Matter>;

/// What a reader of single rows is given.
pub struct Reads {
    /// The list it is about.
    pub workspace: WorkspaceId,
    /// Its rows.
    pub roll: StoredValue<Roll>,
    /// Shows what has become of them.
    pub show: ShowTurn,
    /// Has the list asked for.
    pub ask: Box<dyn Fn()>,
}

/// How less than the whole list is taken in.
#[derive(Clone, Copy)]
pub struct ByParts {
    /// Begins to read single rows.
    pub begin: fn(Reads) -> RowReader,
    /// Adds what has changed since the list that one has; none where it cannot be added.
    pub merge: fn(&mut Roll, Listing) -> Option<Turn>,
}

thread_local! {
    /// It comes after the page's first picture. Until it is there a list is read as a whole.
    static BY_PARTS: Cell<Option<ByParts>> = const { Cell::new(None) };
}

/// Lists are read by parts from now on.
pub fn read_by_parts(by_parts: ByParts) {
    BY_PARTS.set(Some(by_parts));
}

/// A polled list.
#[derive(Clone, Copy)]
pub struct ListWatch {
    /// How far what was read can be believed.
    pub freshness: RwSignal<Freshness>,
    /// Whether the last answer was that there is no such list.
    pub missing: RwSignal<bool>,
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

/// Follows the workbenches of a workspace for as long as the calling component lives. What has changed
/// travels, not the list: it is asked for what is new since the one that is known, and what the event
/// stream tells of a single row is read by itself, what others start among it (FIELD 19).
pub fn use_workbench_list(
    workspace: &WorkspaceId,
    roll: StoredValue<Roll>,
    show: impl Fn(&Turn) + 'static,
) -> ListWatch {
    let show: ShowTurn = Rc::new(show);
    let freshness = ArcRwSignal::new(Freshness::Loading);
    let path = api::workbenches_path(workspace);
    let address = Box::new(move || {
        let since = BY_PARTS.get().and_then(|_| {
            roll.try_with_value(|roll| {
                let since = roll.since()?;
                Some([&*path, "?since=", since.as_str()].concat())
            })?
        });
        since.unwrap_or_else(|| path.clone())
    });
    let shown = show.clone();
    let consume = Box::new(move |answer: &Answer| {
        let list: Listing = api::read(answer)?;
        let taken = roll.try_update_value(|roll| {
            let turn = if list.since.is_some() {
                (BY_PARTS.get()?.merge)(roll, list)?
            } else {
                roll.replace(list)
            };
            Some((turn, roll.pace()))
        });
        // What cannot be added to what is known leads to asking for the whole list.
        let (turn, pace) = taken
            .flatten()
            .ok_or(ApiError::Lost(Trouble::Strange(Strange::Other)))?;
        shown(&turn);
        Ok((pace, None))
    });
    let kept: StoredValue<Option<Poll>, LocalStorage> = StoredValue::new_local(None);
    let reader: Rc<OnceCell<RowReader>> = Rc::default();
    let own = workspace.clone();
    let judge = Box::new(move |news: &News| match (news, BY_PARTS.get()) {
        (News::Everything | News::Beginning, _) => Matter::Due,
        (News::Workbench { workspace, .. }, _) if *workspace != own => Matter::Nothing,
        (News::Removed(_) | News::Builds, _) => Matter::Nothing,
        (_, None) => Matter::Due,
        (_, Some(by_parts)) => reader.get_or_init(|| {
            (by_parts.begin)(Reads {
                workspace: own.clone(),
                roll,
                show: show.clone(),
                ask: Box::new(move || {
                    kept.try_with_value(|poll| poll.as_ref().map(Poll::news));
                }),
            })
        })(news),
    });
    let poll = Poll::at(address, freshness.clone(), consume).poked_by(judge);
    let missing = poll.missing.clone();
    kept.set_value(Some(poll));
    ListWatch {
        freshness: freshness.into(),
        missing: missing.into(),
        poll: kept,
    }
}
