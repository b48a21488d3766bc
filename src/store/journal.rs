//! The journal of a run: read once, then extended by the stream.

use super::{Store, Task, use_task};
use crate::api;
use crate::effect::Effect;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_client::store::{Journal, Topic};
use vestibule_model::ids::RunId;
use vestibule_model::list::List;
use vestibule_model::transition::Transition;

/// Delay before missing entries are requested while the stream reports them: they are on their way.
const PATIENCE_MILLIS: u32 = 400;

/// Delay before the same request is repeated after a failure.
const RETRY_MILLIS: u32 = 5_000;

/// A journal as one view shows it.
#[derive(Clone, Copy)]
pub struct JournalWatch {
    /// The known entries.
    pub entries: Memo<Vec<Transition>>,
    /// The request for missing entries.
    pub task: Task,
}

/// A request: the run, the number up to which its journal is complete, and its newest number.
type Missing = (RunId, u64, u64);

/// Follows the journal of a run for as long as the calling component lives. `newest` is the run with
/// the number of its newest entry.
pub fn use_journal(newest: Signal<Option<(RunId, u64)>>) -> JournalWatch {
    let store = Store::expect();
    let task = use_task();
    let run = Memo::new(move |_| newest.get().map(|(run, _)| run));
    let journal = Memo::new(move |_| {
        let run = run.get()?;
        // Released when the memo runs again: another run has another topic.
        store.follow(Topic::Journal(run.clone())).track();
        store.read(|state| state.journals().get(&run).cloned())?
    });
    let requested = StoredValue::new(None::<Missing>);
    let released = RwSignal::new(None::<Missing>);
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    Effect::new(move |_| {
        let missing = missing(journal.read().as_ref(), newest.get());
        let Some(missing) = missing.filter(|_| !task.busy.get()) else {
            timer.set_value(None);
            return;
        };
        let is_repeated = requested.with_value(|last| last.as_ref() == Some(&missing));
        let is_continuous = journal.read().as_ref().is_some_and(Journal::is_continuous);
        let wait = match (is_repeated, is_continuous && store.is_live()) {
            (true, _) => RETRY_MILLIS,
            (false, true) => PATIENCE_MILLIS,
            (false, false) => 0,
        };
        if wait > 0 && released.get().as_ref() != Some(&missing) {
            timer.set_value(Some(Timeout::new(wait, move || {
                released.try_set(Some(missing));
            })));
            return;
        }
        requested.set_value(Some(missing.clone()));
        released.set(None);
        let (run, complete_to, end) = missing;
        store.update(|state| state.request_journal(&run));
        task.run(
            api::journal(run.clone(), complete_to),
            move |page: List<Transition>| {
                let end = page.next_cursor.is_none().then_some(end);
                store.update(|state| state.put_journal(&run, page.items, end));
            },
        );
    });
    JournalWatch {
        entries: Memo::new(move |_| {
            let journal = journal.read();
            journal
                .as_ref()
                .map(|one| one.entries.clone())
                .unwrap_or_default()
        }),
        task,
    }
}

fn missing(journal: Option<&Journal>, newest: Option<(RunId, u64)>) -> Option<Missing> {
    let (run, newest) = newest?;
    let complete_to = journal.map_or(0, Journal::complete_to);
    (complete_to < newest).then_some((run, complete_to, newest))
}
