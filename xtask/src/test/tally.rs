//! Counts of passed, failed and skipped tests.

use std::fmt;
use std::ops::AddAssign;

/// Number of tests that passed, failed and were skipped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed tests.
    pub passed: usize,
    /// Failed tests.
    pub failed: usize,
    /// Steps that this machine can't run.
    pub skipped: usize,
}

impl Tally {
    /// Counts a single check.
    pub fn one(passed: bool) -> Self {
        Self {
            passed: usize::from(passed),
            failed: usize::from(!passed),
            skipped: 0,
        }
    }

    /// Counts a step that this machine can't run.
    pub fn skipped() -> Self {
        Self {
            skipped: 1,
            ..Self::default()
        }
    }

    /// Parses the summary of a test program, `test result: ok. 12 passed; 0 failed; …`, with or
    /// without colours. Returns `None` for any other line.
    pub fn of_line(line: &str) -> Option<Self> {
        let rest = line.trim_start().strip_prefix("test result:")?;
        let number_before = |word: &str| -> Option<usize> {
            let (before, _) = rest.split_once(word)?;
            before.split_whitespace().next_back()?.parse().ok()
        };
        Some(Self {
            passed: number_before(" passed")?,
            failed: number_before(" failed;")?,
            skipped: 0,
        })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_test_programs_are_parsed() {
        let native = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s";
        let coloured =
            "test result: \x1b[31mFAILED\x1b[0m. 3 passed; 2 failed; 0 ignored; finished in 1.2s";
        assert_eq!(
            Tally::of_line(native),
            Some(Tally {
                passed: 12,
                failed: 0,
                skipped: 0
            })
        );
        assert_eq!(
            Tally::of_line(coloured),
            Some(Tally {
                passed: 3,
                failed: 2,
                skipped: 0
            })
        );
        for other in ["running 3 tests", "test a ... ok", "1 passed, 2 failed"] {
            assert_eq!(Tally::of_line(other), None, "{other}");
        }
    }

    #[test]
    fn skipped_steps_are_told_only_if_there_are_any() {
        let mut tally = Tally::one(true);
        assert_eq!(tally.to_string(), "1 passed, 0 failed");
        tally += Tally::skipped();
        assert_eq!(tally.to_string(), "1 passed, 0 failed, 1 skipped");
    }
}
