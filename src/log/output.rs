//! What is read of a log: one poller that asks for what comes after what is known, quickly while
//! more may come, and again at once while the server has more to tell.

use crate::api::{self, Answer};
use crate::hooks::{Poll, Session};
use leptos::prelude::*;
use vestibule_model::log::{Change, Log};
use vestibule_model::poll::{Freshness, Pace, Policy};
use vestibule_model::run::RunLog;
use vestibule_model::time::Millis;

/// An answer as long as this was cut short by the server.
const FULL_BYTES: usize = 32 * 1024;

/// The output of something.
#[derive(Clone, Copy)]
pub struct Output {
    /// Something is other than before.
    pub grown: RwSignal<u64>,
    /// It is another log.
    pub replaced: Trigger,
    /// How far what was read can be believed.
    pub freshness: RwSignal<Freshness>,
    log: StoredValue<Log>,
    poll: StoredValue<Option<Poll>, LocalStorage>,
}

impl Output {
    /// Reads what is at a path, for as long as the calling component lives.
    pub fn follow(path: Signal<Option<String>>, lasts: Signal<bool>) -> Self {
        let freshness = ArcRwSignal::new(Freshness::Loading);
        let output = Self {
            grown: RwSignal::new(0),
            replaced: Trigger::new(),
            freshness: RwSignal::from(freshness.clone()),
            log: StoredValue::new(Log::default()),
            poll: StoredValue::new_local(None),
        };
        let path = Memo::new(move |_| path.get());
        Effect::new(move |before: Option<()>| {
            let wanted = path.get();
            if before.is_some() {
                output.log.set_value(Log::default());
                output.tell(Change::Replaced);
            }
            output.poll.set_value(wanted.map(|path| {
                let address = Box::new(move || {
                    let known = output.read(Log::ends_at);
                    [&path, "?after=", &known.to_string()].concat()
                });
                let consume = Box::new(move |answer: &Answer| output.take(answer, lasts));
                Poll::with_policy(policy(), address, freshness.clone(), consume)
            }));
        });
        // Its last lines are there once it has ended.
        Effect::new(move |before: Option<()>| {
            lasts.track();
            if before.is_some() {
                output.poke();
            }
        });
        output
    }

    /// Reads the log; what is read is not followed.
    pub fn read<T: Default>(self, read: impl FnOnce(&Log) -> T) -> T {
        self.log.try_with_value(read).unwrap_or_default()
    }

    /// A person wants it tried again now.
    pub fn retry(self) {
        self.poll
            .try_with_value(|poll| poll.as_ref().map(Poll::retry));
    }

    fn poke(self) {
        self.poll
            .try_with_value(|poll| poll.as_ref().map(Poll::poke));
    }

    fn take(
        self,
        answer: &Answer,
        lasts: Signal<bool>,
    ) -> Result<(Pace, Option<vestibule_model::time::Timestamp>), api::ApiError> {
        let news: RunLog = api::read(answer)?;
        let change = self.log.try_update_value(|log| log.take(&news));
        self.tell(change.unwrap_or(Change::Same));
        if news.text.len() >= FULL_BYTES && change != Some(Change::Same) {
            // Once the poller has taken note of this answer.
            request_animation_frame(move || self.poke());
        }
        let is_over = lasts.try_get_untracked() == Some(false);
        Ok((if is_over { Pace::Ended } else { Pace::Busy }, None))
    }

    fn tell(self, change: Change) {
        if change == Change::Replaced {
            self.replaced.notify();
        }
        if change != Change::Same {
            self.grown.try_update(|grown| *grown += 1);
        }
    }
}

/// Lines are looked for each second, however long it takes: that is what one watches a log for.
fn policy() -> Policy {
    Policy {
        interval: Millis::from_secs(1),
        limit: Millis::from_secs(24 * 60 * 60),
        ..Session::get().policy()
    }
}
