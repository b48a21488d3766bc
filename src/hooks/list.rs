//! The workbenches of one workspace: one poller for the list, however long it is.

use super::poll::Poll;
use super::status;
use crate::api::{self, Answer};
use leptos::prelude::*;
use vestibule_model::feed::News;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::list::List;
use vestibule_model::poll::{Freshness, Pace};
use vestibule_model::workbench::Workbench;

/// A polled list.
#[derive(Clone, Copy)]
pub struct ListWatch {
    /// How far what was read can be believed.
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

/// Follows the workbenches of a workspace for as long as the calling component lives; each list
/// that is read goes to `news`. `shown` answers what is shown of a workbench: what the event stream
/// tells beyond that is asked for, what others start among it (FIELD 19).
pub fn use_workbench_list(
    workspace: &WorkspaceId,
    news: impl Fn(List<Workbench>) + 'static,
    shown: impl Fn(&WorkbenchId) -> Option<Workbench> + 'static,
) -> ListWatch {
    let freshness = ArcRwSignal::new(Freshness::Loading);
    let consume = Box::new(move |answer: &Answer| {
        let list: List<Workbench> = api::read(answer)?;
        let pace = Pace::of_list(&list.items);
        news(list);
        Ok((pace, None))
    });
    let own = workspace.clone();
    let is_news = Box::new(move |news: &News| match news {
        News::Workbench { id, workspace, .. } => {
            shown(id).map_or(*workspace == own, |shown| status::is_news(news, &shown))
        }
        News::Removed(_) | News::Everything => true,
    });
    let path = api::workbenches_path(workspace);
    let poll = Poll::new(path, freshness.clone(), consume).poked_by(is_news);
    ListWatch {
        freshness: freshness.into(),
        poll: StoredValue::new_local(poll),
    }
}
