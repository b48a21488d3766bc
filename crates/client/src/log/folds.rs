//! Positions of rows when long ones are folded.

use super::Log;
use std::collections::VecDeque;

/// Screen lines of a log's rows: a row takes as many lines as its characters need.
#[derive(Debug, Clone, Default)]
pub struct Folds {
    /// Characters per line; `None`: rows are not folded.
    width: Option<usize>,
    /// Number of dropped rows of the log.
    gone: u64,
    /// End of each row in lines, counted from the first row ever.
    ends: VecDeque<u64>,
    /// First kept line, counted likewise.
    start: u64,
    /// Number of rows that are final.
    closed: usize,
}

impl Folds {
    /// Creates the lines for this width; `None`: rows are not folded.
    pub fn new(width: Option<usize>) -> Self {
        Self {
            width: width.map(|width| width.max(1)),
            ..Self::default()
        }
    }

    /// Sets the width.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// Applies the changes of a log; returns the number of lines dropped at its beginning.
    pub fn update(&mut self, log: &Log) -> usize {
        let before = self.start;
        self.ends.truncate(self.closed);
        while self.gone < log.gone() {
            self.gone += 1;
            match self.ends.pop_front() {
                Some(end) => self.start = end,
                None => self.gone = log.gone(),
            }
        }
        for place in self.ends.len()..log.count() {
            let end = self.ends.back().copied().unwrap_or(self.start);
            self.ends.push_back(end + self.lines(log.chars(place)));
        }
        self.closed = log.count() - usize::from(log.count() > 0 && log.is_open(log.count() - 1));
        number(self.start - before)
    }

    /// Returns the number of lines.
    pub fn count(&self) -> usize {
        number(self.ends.back().map_or(0, |end| end - self.start))
    }

    /// Returns the row of a line, and the number of the row's lines before it.
    pub fn row_at(&self, line: usize) -> Option<(usize, usize)> {
        let line = self.start + line as u64;
        let row = self.ends.partition_point(|end| *end <= line);
        (row < self.ends.len()).then(|| (row, number(line - self.begin(row))))
    }

    /// Returns the line that shows a character of a row.
    pub fn line_of(&self, row: usize, character: usize) -> usize {
        let folded = self.width.map_or(0, |width| character / width);
        number(self.begin(row.min(self.ends.len())) - self.start) + folded
    }

    fn begin(&self, row: usize) -> u64 {
        let before = row.checked_sub(1).and_then(|before| self.ends.get(before));
        before.copied().unwrap_or(self.start)
    }

    fn lines(&self, characters: usize) -> u64 {
        let width = self.width.unwrap_or(usize::MAX);
        characters.div_ceil(width).max(1) as u64
    }
}

fn number(lines: u64) -> usize {
    usize::try_from(lines).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_rows_take_more_lines() {
        let mut log = Log::default();
        log.write(b"12345678\n\n1234\n12345");
        let mut folds = Folds::new(Some(4));
        assert_eq!(folds.update(&log), 0);
        assert_eq!(folds.count(), 6);
        let at: Vec<_> = (0..7).map(|line| folds.row_at(line)).collect();
        let rows = [(0, 0), (0, 1), (1, 0), (2, 0), (3, 0), (3, 1)].map(Some);
        assert_eq!(at[..6], rows);
        assert_eq!(at[6], None);
        assert_eq!((folds.line_of(0, 5), folds.line_of(3, 4)), (1, 5));
        log.write(b"6789\n");
        folds.update(&log);
        assert_eq!(folds.count(), 7);
        let mut flat = Folds::new(None);
        flat.update(&log);
        assert_eq!(
            (flat.count(), flat.row_at(3), flat.line_of(3, 7)),
            (4, Some((3, 0)), 3)
        );
    }

    proptest! {
        #[test]
        fn incremental_and_complete_updates_agree(
            chunks in prop::collection::vec("[ab\n\r]{0,30}", 0..20),
            width in prop::option::of(0usize..9),
            rows in 1usize..12,
        ) {
            let mut log = Log::within(Limits { rows, bytes: usize::MAX });
            let mut folds = Folds::new(width);
            for chunk in &chunks {
                log.write(chunk.as_bytes());
                let before = folds.count();
                let gone = folds.update(&log);
                prop_assert!(gone <= before + chunk.len());
            }
            let mut fresh = Folds::new(width);
            fresh.update(&log);
            prop_assert_eq!(folds.count(), fresh.count());
            for line in 0..=folds.count() {
                prop_assert_eq!(folds.row_at(line), fresh.row_at(line));
                if let Some((row, part)) = folds.row_at(line) {
                    let character = part * folds.width().unwrap_or(0);
                    prop_assert_eq!(folds.line_of(row, character), line);
                    prop_assert!(row < log.count());
                }
            }
        }
    }
}
