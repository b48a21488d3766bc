//! The text of a log: polled from where it ends, every second while more may come, and at once while
//! the server has more.

use crate::effect::Effect;
use crate::store::{PollHandle, Query, Store};
use leptos::prelude::*;
use std::rc::Rc;
use vestibule_client::log::{Log, LogChange};
use vestibule_client::poll::{Freshness, Pace, PollInput};
use vestibule_model::run::RunLog;
use vestibule_model::time::Millis;

/// Length from which an answer was cut short by the server.
const FULL_BYTES: usize = 32 * 1024;

/// The output of a run or a build.
#[derive(Clone, Copy)]
pub struct Output {
    /// Number of changes of the text.
    pub grown: RwSignal<u64>,
    /// Notified when the text belongs to another log.
    pub replaced: Trigger,
    /// Freshness of the text.
    pub freshness: Signal<Freshness>,
    log: StoredValue<Log>,
    poll: RwSignal<Option<Rc<PollHandle>>, LocalStorage>,
}

impl Output {
    /// Reads the log at an address, for as long as the calling component lives.
    pub fn follow(path: Signal<Option<String>>, lasts: Signal<bool>) -> Self {
        let store = Store::expect();
        let poll = RwSignal::new_local(None::<Rc<PollHandle>>);
        let output = Self {
            grown: RwSignal::new(0),
            replaced: Trigger::new(),
            freshness: Signal::derive(move || {
                let freshness = poll.with(|poll| poll.as_ref().map(|poll| poll.freshness.clone()));
                freshness.map_or(Freshness::Loading, |freshness| freshness.get())
            }),
            log: StoredValue::new(Log::default()),
            poll,
        };
        let path = Memo::new(move |_| path.get());
        Effect::new(move |before: Option<()>| {
            let requested = path.get();
            if before.is_some() {
                output.log.set_value(Log::default());
                output.changed(LogChange::Replaced);
            }
            poll.set(requested.map(|path| output.poll(store, path, lasts)));
        });
        // The last lines are there once it has ended.
        Effect::new(move |before: Option<()>| {
            lasts.track();
            if before.is_some() {
                output.input(PollInput::Refresh);
            }
        });
        output
    }

    /// Reads the log; what is read is not tracked.
    pub fn read<T: Default>(self, read: impl FnOnce(&Log) -> T) -> T {
        self.log.try_with_value(read).unwrap_or_default()
    }

    /// Requests the log now, on the user's request, even during a pause.
    pub fn retry(self) {
        self.input(PollInput::Retry);
    }

    fn input(self, input: PollInput) {
        let poll = self.poll.try_with_untracked(Clone::clone).flatten();
        if let Some(poll) = poll {
            poll.input(input);
        }
    }

    fn poll(self, store: Store, path: String, lasts: Signal<bool>) -> Rc<PollHandle> {
        let address = move || format!("{path}?after={}", self.read(Log::ends_at));
        Query::of(store, address)
            .policy(|policy| {
                // Lines are searched each second, however long it takes.
                policy.interval = Millis::from_secs(1);
                policy.covered_interval = Millis::from_secs(1);
                policy.limit = Millis::from_secs(24 * 60 * 60);
            })
            .start(move |update: RunLog, _| {
                let change = self.log.try_update_value(|log| log.take(&update));
                self.changed(change.unwrap_or(LogChange::Same));
                if update.text.len() >= FULL_BYTES && change != Some(LogChange::Same) {
                    // Once the poll has applied this answer.
                    request_animation_frame(move || self.input(PollInput::Refresh));
                }
                let is_over = lasts.try_get_untracked() == Some(false);
                Ok((if is_over { Pace::Ended } else { Pace::Busy }, None))
            })
    }

    fn changed(self, change: LogChange) {
        if change == LogChange::Replaced {
            self.replaced.notify();
        }
        if change != LogChange::Same {
            self.grown.try_update(|grown| *grown += 1);
        }
    }
}
