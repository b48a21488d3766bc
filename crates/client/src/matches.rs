//! The matches of a search, through which the user steps in both directions.

use std::collections::BTreeSet;

/// Matches in the order of the text, and the current one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matches<M> {
    found: BTreeSet<M>,
    /// Match of the last step, which may have been removed since.
    current: Option<M>,
}

impl<M> Default for Matches<M> {
    fn default() -> Self {
        Self {
            found: BTreeSet::new(),
            current: None,
        }
    }
}

impl<M: Copy + Ord> Matches<M> {
    /// Adds a match.
    pub fn insert(&mut self, found: M) {
        self.found.insert(found);
    }

    /// Removes the matches before `first`.
    pub fn remove_before(&mut self, first: M) {
        self.found = self.found.split_off(&first);
    }

    /// Removes `first` and the matches after it. If the current match is added again, it stays current.
    pub fn remove_from(&mut self, first: M) {
        self.found.split_off(&first);
    }

    /// Returns all matches.
    pub fn found(&self) -> &BTreeSet<M> {
        &self.found
    }

    /// Returns the current match with its number, from 1.
    pub fn current(&self) -> Option<(usize, M)> {
        let current = self
            .current
            .filter(|current| self.found.contains(current))?;
        Some((self.found.range(..=current).count(), current))
    }

    /// Moves to the next match, from the last to the first, or back. Without a current match the step
    /// starts at `start`; a match at `start` is the next one.
    pub fn step(&mut self, is_back: bool, start: M) -> Option<M> {
        let current = self.current().map(|(_, current)| current);
        let from = current.unwrap_or(start);
        let next = match is_back {
            true => self.found.range(..from).next_back().or(self.found.last()),
            false => {
                let mut after = self
                    .found
                    .range(from..)
                    .filter(|found| current != Some(**found));
                after.next().or(self.found.first())
            }
        };
        self.current = next.copied();
        self.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(found: &[u64]) -> Matches<u64> {
        let mut matches = Matches::default();
        for found in found {
            matches.insert(*found);
        }
        matches
    }

    #[test]
    fn steps_go_round_in_both_directions() {
        let mut found = matches(&[7, 2, 4]);
        let forth: Vec<_> = (0..4).map(|_| found.step(false, 3)).collect();
        assert_eq!(forth, [Some(4), Some(7), Some(2), Some(4)]);
        let back: Vec<_> = (0..3).map(|_| found.step(true, 3)).collect();
        assert_eq!(back, [Some(2), Some(7), Some(4)]);
        assert_eq!(found.current(), Some((2, 4)));
    }

    #[test]
    fn first_step_starts_where_the_user_is() {
        assert_eq!(matches(&[2, 4]).step(false, 4), Some(4));
        assert_eq!(matches(&[2, 4]).step(true, 4), Some(2));
        assert_eq!(matches(&[2, 4]).step(true, 2), Some(4));
        assert_eq!(matches(&[2, 4]).step(false, 5), Some(2));
        assert_eq!(matches(&[]).step(false, 0), None);
    }

    #[test]
    fn current_match_survives_being_searched_again() {
        let mut found = matches(&[2, 4, 6]);
        found.step(false, 4);
        found.remove_from(3);
        assert_eq!((found.found().len(), found.current()), (1, None));
        found.insert(4);
        assert_eq!(found.current(), Some((2, 4)));
        found.remove_before(5);
        assert!(found.found().is_empty() && found.current().is_none());
        assert_eq!(found.step(false, 0), None);
    }
}
