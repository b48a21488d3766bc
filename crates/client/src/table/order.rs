//! Filter and sort order of the table.

use super::row::TableRow;
use crate::state::State;
use std::cmp::Ordering;
use vestibule_model::fold::fold;
use vestibule_model::ids::UserId;

/// Filter of the table. Every part has to match; an empty part matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableFilter {
    /// Any of these states.
    states: Vec<State>,
    /// Owner, or `None` for all.
    owner: Option<UserId>,
    /// Search text as typed.
    text: String,
    /// Words of the search text, case-folded.
    words: Vec<String>,
}

impl TableFilter {
    /// Requires, in addition, one of these states, or any if there are none.
    pub fn in_states(self, states: Vec<State>) -> Self {
        Self { states, ..self }
    }

    /// Requires, in addition, an owner, or any for `None`.
    pub fn of_owner(self, owner: Option<UserId>) -> Self {
        Self { owner, ..self }
    }

    /// Returns the required states.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// Returns the required owner.
    pub fn owner(&self) -> Option<&UserId> {
        self.owner.as_ref()
    }

    /// Requires, in addition, that every word occurs in the row's visible text, in any case.
    pub fn searching(self, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            words: text.split_whitespace().map(fold).collect(),
            ..self
        }
    }

    /// Returns the search text as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns `true` if a row matches.
    pub fn admits(&self, row: &TableRow) -> bool {
        (self.states.is_empty() || self.states.contains(&row.state))
            && self
                .owner
                .as_ref()
                .is_none_or(|owner| row.owner.as_ref() == Some(owner))
            && self.words.iter().all(|word| row.folded.contains(word))
    }
}

/// Value that rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortKey {
    /// By name, with numbers by their value: "run 9" before "run 10".
    #[default]
    Name,
    /// By state, worst first.
    State,
    /// By the app's title.
    App,
    /// By the time in the current state, the shortest first.
    TimeInState,
}

impl SortKey {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Name, Self::State, Self::App, Self::TimeInState];
}

/// Sort order of the table. Equal rows are in the order of their names and then of their ids, in
/// both directions; rows without a value come last in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    /// The value.
    pub key: SortKey,
    /// `true` if the order is descending.
    pub descending: bool,
}

impl Sort {
    /// Returns the order after a press on a column's head: by this value, or reversed.
    pub fn pressed(self, key: SortKey) -> Self {
        Self {
            key,
            descending: self.key == key && !self.descending,
        }
    }

    /// Returns the order of two rows; never equal for different workbenches.
    pub fn compare(self, a: &TableRow, b: &TableRow) -> Ordering {
        let directed = |order: Ordering| {
            if self.descending {
                order.reverse()
            } else {
                order
            }
        };
        let timed = |a: Option<_>, b: Option<_>, earliest_first: bool| match (a, b) {
            (Some(a), Some(b)) if earliest_first => directed(Ord::cmp(&a, &b)),
            (Some(a), Some(b)) => directed(Ord::cmp(&b, &a)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        let by_key = match self.key {
            SortKey::Name => directed(by_name(a, b)),
            SortKey::State => directed(a.state.cmp(&b.state)),
            SortKey::App => directed(a.folded_title.cmp(&b.folded_title)),
            SortKey::TimeInState => timed(a.since, b.since, false),
        };
        by_key
            .then_with(|| by_name(a, b))
            .then_with(|| a.id.cmp(&b.id))
    }
}

/// Compares names regardless of case, with numbers by their value.
pub fn compare_names(a: &str, b: &str) -> Ordering {
    natural(&fold(a), &fold(b)).then_with(|| a.cmp(b))
}

fn by_name(a: &TableRow, b: &TableRow) -> Ordering {
    natural(&a.folded_name, &b.folded_name).then_with(|| a.name.cmp(&b.name))
}

/// Compares texts with numbers by their value.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a, b);
    loop {
        let (text_x, text_y) = (until_digit(x), until_digit(y));
        let by_text = x[..text_x].cmp(&y[..text_y]);
        if by_text != Ordering::Equal || text_x == x.len() || text_y == y.len() {
            // A prefix comes first.
            return by_text
                .then_with(|| x[text_x..].len().cmp(&y[text_y..].len()))
                .then_with(|| a.cmp(b));
        }
        let (rest_x, rest_y) = (&x[text_x..], &y[text_y..]);
        let (digits_x, digits_y) = (digits(rest_x), digits(rest_y));
        let value_x = rest_x[..digits_x].trim_start_matches('0');
        let value_y = rest_y[..digits_y].trim_start_matches('0');
        let by_value = value_x
            .len()
            .cmp(&value_y.len())
            .then_with(|| value_x.cmp(value_y));
        if by_value != Ordering::Equal {
            return by_value;
        }
        (x, y) = (&rest_x[digits_x..], &rest_y[digits_y..]);
    }
}

fn until_digit(text: &str) -> usize {
    text.find(|c: char| c.is_ascii_digit())
        .unwrap_or(text.len())
}

fn digits(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_in_names_count_by_their_value() {
        let mut names = [
            "run 10", "run 9", "run", "run 09", "run 9b", "8", "a1b2", "a1b10", "",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "", "8", "a1b2", "a1b10", "run", "run 09", "run 9", "run 9b", "run 10"
            ]
        );
    }

    proptest! {
        #[test]
        fn order_of_names_is_total(
            a in "[a0-2 é]{0,6}",
            b in "[a0-2 é]{0,6}",
            c in "[a0-2 é]{0,6}",
        ) {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            if natural(&a, &b) != Ordering::Greater && natural(&b, &c) != Ordering::Greater {
                prop_assert!(natural(&a, &c) != Ordering::Greater);
            }
        }
    }
}
