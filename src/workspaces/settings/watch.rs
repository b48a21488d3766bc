//! What the settings show, as it is known: the workspace and its secrets, each polled.

use crate::api::{self, Answer};
use crate::hooks::{Matter, Poll};
use crate::workspaces::lost::Lost;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use vestibule_model::feed::News;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::list::List;
use vestibule_model::poll::{Freshness, Pace};
use vestibule_model::secret::Secret;
use vestibule_model::workspace::Workspace;

/// Something that is polled.
pub struct Watch<T: Send + Sync + 'static> {
    /// What is known of it; none until the first answer.
    pub known: RwSignal<Option<T>>,
    /// How far that can be believed.
    pub freshness: RwSignal<Freshness>,
    /// Whether it is being deleted from here: that it goes is then told elsewhere.
    pub leaving: RwSignal<bool>,
    /// Whether the last answer was that there is no such thing.
    missing: RwSignal<bool>,
    poll: StoredValue<Option<Poll>, LocalStorage>,
}

impl<T: Send + Sync + 'static> Clone for Watch<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Watch<T> {}

/// The workspace, for as long as the calling component lives.
pub fn follow_workspace(id: &WorkspaceId) -> Watch<Workspace> {
    let watch = Watch::follow(api::workspace_path(id), |workspace: Workspace| workspace);
    let own = id.clone();
    // How many workbenches it has is part of it.
    watch.poked_by(move |news| match news {
        News::Workbench { workspace, .. } => *workspace == own,
        News::Workspace { id, .. } => *id == own,
        news => matches!(news, News::Gone { .. } | News::Everything | News::Beginning),
    });
    watch
}

/// Its secrets. The stream does not tell of them: they are asked for at the usual pace.
pub fn follow_secrets(id: &WorkspaceId) -> Watch<Vec<Secret>> {
    Watch::follow(api::secrets_path(id), |list: List<Secret>| list.items)
}

impl<T: PartialEq + Send + Sync + 'static> Watch<T> {
    fn follow<A: DeserializeOwned + 'static>(path: String, read: fn(A) -> T) -> Self {
        let freshness = ArcRwSignal::new(Freshness::Loading);
        let known = RwSignal::new(None);
        let consume = Box::new(move |answer: &Answer| {
            let news = Some(read(api::read(answer)?));
            if known.try_with_untracked(|known| *known != news) == Some(true) {
                known.try_set(news);
            }
            Ok((Pace::Steady, None))
        });
        let poll = Poll::new(path, freshness.clone(), consume);
        Self {
            known,
            freshness: freshness.into(),
            leaving: RwSignal::new(false),
            missing: poll.missing.clone().into(),
            poll: StoredValue::new_local(Some(poll)),
        }
    }

    fn poked_by(self, matters: impl Fn(&News) -> bool + 'static) {
        let judge = move |news: &News| match matters(news) {
            true => Matter::Due,
            false => Matter::Nothing,
        };
        self.poll.update_value(|poll| {
            *poll = poll.take().map(|poll| poll.poked_by(Box::new(judge)));
        });
    }

    /// Something about it was just changed from here.
    pub fn poke(self) {
        self.poll
            .try_with_value(|poll| poll.as_ref().map(Poll::poke));
    }

    /// A person wants it tried again now.
    pub fn retry(self) {
        self.poll
            .try_with_value(|poll| poll.as_ref().map(Poll::retry));
    }

    /// Whether it is there for this person. Nobody comes here right after it was made: what is missing
    /// at first is not there.
    pub fn lost(self) -> Memo<Option<Lost>> {
        Memo::new(move |_| {
            if self.leaving.get() {
                None
            } else if self.known.read().is_none() && self.missing.get() {
                Some(Lost::Gone)
            } else {
                Lost::of(self.freshness.get())
            }
        })
    }
}
