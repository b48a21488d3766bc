//! The workbenches of one workspace: one poller for the list, however long it is.

use super::Session;
use super::poll::{Matter, Poll};
use crate::api::{self, Answer, ApiError};
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use vestibule_model::feed::News;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::poll::Freshness;
use vestibule_model::roll::{Listing, Roll, Turn};
use vestibule_model::time::Millis;
use vestibule_model::trouble::{Strange, Trouble};

/// What the stream tells within this is asked for together, if it is not the first for as long.
const MOMENT: Millis = Millis(100);

/// How less than the whole list is taken in.
#[derive(Clone, Copy)]
pub struct ByParts {
    /// What the stream's news about a row is to the list, and what has become of that already.
    pub hear: fn(&mut Roll, &News) -> (Matter, Turn),
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
    poll: StoredValue<Poll, LocalStorage>,
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
        self.poll.try_with_value(tell);
    }
}

/// Follows the workbenches of a workspace for as long as the calling component lives. What has changed
/// travels, not the list: it is asked for what is new since the one that is known, and so once the event
/// stream tells of a row, what others start among it (FIELD 19).
pub fn use_workbench_list(
    workspace: &WorkspaceId,
    roll: StoredValue<Roll>,
    show: impl Fn(&Turn) + 'static,
) -> ListWatch {
    let show = Rc::new(show);
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
    let own = workspace.clone();
    let judge = Box::new(move |news: &News| match (news, BY_PARTS.get()) {
        (News::Everything | News::Beginning, _) => Matter::Due,
        (News::Workspace { id, name: None }, _) if *id == own => Matter::Due,
        (News::Workbench { workspace, .. }, _) if *workspace != own => Matter::Nothing,
        (News::Removed(_) | News::Builds | News::Workspace { .. }, _) => Matter::Nothing,
        (_, None) => Matter::Due,
        (_, Some(by_parts)) => {
            let heard = roll.try_update_value(|roll| (by_parts.hear)(roll, news));
            let (matter, turn) = heard.unwrap_or((Matter::Nothing, Turn::default()));
            show(&turn);
            matter
        }
    });
    let mut policy = Session::get().policy();
    // One small answer: each change is worth it.
    policy.news_gap = MOMENT;
    let poll = Poll::with_policy(policy, address, freshness.clone(), consume).poked_by(judge);
    let missing = poll.missing.clone();
    ListWatch {
        freshness: freshness.into(),
        missing: missing.into(),
        poll: StoredValue::new_local(poll),
    }
}
