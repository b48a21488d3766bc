//! How the console behaves, as far as the server tells it.

use super::length_of_time;
use super::source::Sources;
use vestibule_model::config::{FRAME_LIMIT, PollConfig};
use vestibule_model::frames::SLOTS;

/// The shortest length of time between two looks: less would only keep the server busy.
const SHORTEST: i64 = 100;

/// What the server tells the console about how to behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsoleSettings {
    /// How it polls.
    pub poll: PollConfig,
    /// How many apps it keeps in frames at once.
    pub frame_limit: u32,
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        Self {
            poll: PollConfig::default(),
            frame_limit: FRAME_LIMIT,
        }
    }
}

impl ConsoleSettings {
    pub(super) fn read<E: Fn(&str) -> Option<String>>(
        sources: &Sources<'_, E>,
    ) -> anyhow::Result<Self> {
        let usual = PollConfig::default();
        let length =
            |name, usual| Ok::<i64, anyhow::Error>(sources.read(name, millis)?.unwrap_or(usual));
        Ok(Self {
            poll: PollConfig {
                interval: length("poll_interval", usual.interval)?,
                watch_interval: length("poll_watch_interval", usual.watch_interval)?,
                limit: length("poll_limit", usual.limit)?,
                max_backoff: length("poll_max_backoff", usual.max_backoff)?,
            },
            frame_limit: sources.read("frame_limit", frames)?.unwrap_or(FRAME_LIMIT),
        })
    }
}

/// As many as the console has places for.
fn frames(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(count) if (1..=SLOTS).contains(&count) => {
            u32::try_from(count).map_err(|error| error.to_string())
        }
        _ => Err(format!("{text:?} is not a number from 1 to {SLOTS}")),
    }
}

/// From a tenth of a second to a day.
fn millis(text: &str) -> Result<i64, String> {
    const LONGEST: i64 = 24 * 60 * 60 * 1000;
    let length = i64::try_from(length_of_time(text)?.as_millis()).unwrap_or(i64::MAX);
    if (SHORTEST..=LONGEST).contains(&length) {
        Ok(length)
    } else {
        Err(format!("{text:?} is not between 100ms and 1day"))
    }
}
