//! The search in a log and the match that it is at.

use super::output::Output;
use super::screen::Screen;
use crate::effect::Effect;
use leptos::prelude::*;
use vestibule_client::log::{LogRow, LogSearch, Match};

/// The search.
#[derive(Clone, Copy)]
pub struct LogFind {
    /// The text to search for; empty for no search.
    pub text: RwSignal<String>,
    /// The number of matches, and whether there may be more.
    pub count: RwSignal<(usize, bool)>,
    /// The current match with its number.
    pub current: RwSignal<Option<(usize, Match)>>,
    output: Output,
    search: StoredValue<LogSearch>,
}

impl LogFind {
    /// Returns an empty search.
    pub fn new(output: Output) -> Self {
        let find = Self {
            text: RwSignal::new(String::new()),
            count: RwSignal::new((0, false)),
            current: RwSignal::new(None),
            output,
            search: StoredValue::new(LogSearch::default()),
        };
        Effect::new(move |_| {
            output.replaced.track();
            let text = find.text.get();
            find.search.set_value(LogSearch::new(&text));
            find.search_new();
        });
        Effect::new(move |_| {
            output.grown.track();
            if !find.text.read_untracked().is_empty() {
                find.search_new();
            }
        });
        find
    }

    /// Moves to the next match, or back to the one before.
    pub fn go(self, screen: Screen, back: bool) {
        let row = self.output.read(vestibule_client::log::Log::gone) + screen.first_seen() as u64;
        self.search.update_value(|search| {
            search.step(back, row);
        });
        self.publish();
        if let Some((_, found)) = self.current.get_untracked() {
            self.show(screen, found);
        }
    }

    fn show(self, screen: Screen, found: Match) {
        let shown = self.output.read(|log| {
            let place = usize::try_from(found.row.checked_sub(log.gone())?).ok()?;
            let LogRow::Line(number, line) = log.row(place)? else {
                return None;
            };
            let before = line.text.get(..found.start)?.chars().count();
            Some((place, before, log.is_numbered(number).then_some(number)))
        });
        if let Some((place, before, number)) = shown {
            if let Some(number) = number {
                screen.choose(number);
            }
            screen.reveal(place, before);
        }
    }

    fn search_new(self) {
        self.search
            .try_update_value(|search| self.output.read(|log| search.update(log)));
        self.publish();
    }

    fn publish(self) {
        let Some((count, current)) = self
            .search
            .try_with_value(|search| (search.count(), search.current()))
        else {
            return;
        };
        if self.count.try_get_untracked() != Some(count) {
            self.count.try_set(count);
        }
        if self.current.try_get_untracked() != Some(current) {
            self.current.try_set(current);
        }
    }
}
