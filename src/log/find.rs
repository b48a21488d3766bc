//! What is searched for in a log, and which of what was found one is at.

use super::output::Output;
use super::screen::Screen;
use crate::ui::effect;
use leptos::prelude::*;
use vestibule_model::log::{Match, Row, Search};

/// The search.
#[derive(Clone, Copy)]
pub struct Find {
    /// What is searched for; empty for nothing.
    pub text: RwSignal<String>,
    /// How often it was found, and whether there may be more.
    pub count: RwSignal<(usize, bool)>,
    /// The one that one is at, and its number.
    pub current: RwSignal<Option<(usize, Match)>>,
    output: Output,
    search: StoredValue<Search>,
}

impl Find {
    /// Searches for nothing yet.
    pub fn new(output: Output) -> Self {
        let find = Self {
            text: RwSignal::new(String::new()),
            count: RwSignal::new((0, false)),
            current: RwSignal::new(None),
            output,
            search: StoredValue::new(Search::default()),
        };
        effect(move || {
            output.replaced.track();
            let text = find.text.get();
            find.search.set_value(Search::new(&text));
            find.look();
        });
        effect(move || {
            output.grown.track();
            if !find.text.read_untracked().is_empty() {
                find.look();
            }
        });
        find
    }

    /// Goes to the next one, or back to the one before.
    pub fn go(self, screen: Screen, back: bool) {
        let row = self.output.read(vestibule_model::log::Log::gone) + screen.first_seen() as u64;
        self.search.update_value(|search| {
            if back {
                search.go_back(row);
            } else {
                search.go_on(row);
            }
        });
        self.tell();
        if let Some((_, found)) = self.current.get_untracked() {
            self.show(screen, found);
        }
    }

    fn show(self, screen: Screen, found: Match) {
        let shown = self.output.read(|log| {
            let place = usize::try_from(found.row.checked_sub(log.gone())?).ok()?;
            let Row::Line(number, line) = log.row(place)? else {
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

    fn look(self) {
        self.search
            .try_update_value(|search| self.output.read(|log| search.look(log)));
        self.tell();
    }

    fn tell(self) {
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
