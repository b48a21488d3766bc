//! Expected duration of a start, from earlier starts of the same app in this installation.
//!
//! Fewer than [`ENOUGH`] starts give no estimate. Of more than [`NEWEST`] the newest count, because
//! machines and apps change.

use crate::duration::humanize;
use crate::run::Run;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// Smallest number of starts that allows an estimate.
pub const ENOUGH: usize = 5;
/// Largest number of starts that count: the newest ones.
pub const NEWEST: usize = 200;
/// Longer starts were forgotten rather than slow: a day is the longest time limit.
const LONGEST: Millis = Millis::from_secs(crate::validation::MAX_START_TIMEOUT_SECONDS as i64);

/// Expected duration of a start. On the wire: milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Expectation {
    /// Median: half of the starts took at most this long.
    pub usual: Millis,
    /// 95th percentile; of fewer than 20 starts, the slowest that is no outlier.
    pub worst: Millis,
    /// Number of starts behind the estimate.
    pub starts: usize,
}

/// Progress of a start, compared with its expected duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartProgress {
    /// At most the usual time.
    AsUsual,
    /// Longer than half of the starts took.
    Longer,
    /// Longer than nearly every start took.
    MuchLonger,
}

impl StartProgress {
    /// Returns a few words; empty while nothing is unusual.
    pub fn words(self) -> &'static str {
        match self {
            Self::AsUsual => "",
            Self::Longer => "longer than usual",
            Self::MuchLonger => "longer than nearly every start before",
        }
    }
}

impl Expectation {
    /// Returns the estimate from an app's starts, in any order. Starts that never became ready, and
    /// impossible durations, don't count.
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Option<Self> {
        let mut starts: Vec<(Timestamp, Millis)> = runs
            .into_iter()
            .filter_map(|run| Some((run.started_at, run.ready_at?.since(run.started_at))))
            .collect();
        starts.sort_by(Ord::cmp);
        let newest = starts.iter().rev().map(|(_, took)| *took);
        Self::of_lengths(newest)
    }

    /// Returns the estimate from durations, newest first.
    pub fn of_lengths(newest_first: impl IntoIterator<Item = Millis>) -> Option<Self> {
        let mut lengths: Vec<Millis> = newest_first
            .into_iter()
            .filter(|length| (Millis(1)..=LONGEST).contains(length))
            .take(NEWEST)
            .collect();
        if lengths.len() < ENOUGH {
            return None;
        }
        lengths.sort_by(Ord::cmp);
        let last = lengths.len() - 1;
        let worst = if lengths.len() < 20 {
            // A single start during a network failure is no useful maximum; it is left out only if
            // it is far from the others.
            let (slowest, next) = (lengths[last], lengths[last - 1]);
            if slowest.0 > next.0.saturating_mul(10) {
                next
            } else {
                slowest
            }
        } else {
            rank(&lengths, 95)
        };
        Some(Self {
            usual: rank(&lengths, 50),
            worst,
            starts: lengths.len(),
        })
    }

    /// Formats the estimate: "usually 8 s, 64 s at worst"; one number if both are formatted alike.
    pub fn sentence(&self) -> String {
        let (usual, worst) = (rounded(self.usual), rounded(self.worst));
        if usual == worst {
            return ["usually ", &usual].concat();
        }
        ["usually ", &usual, ", ", &worst, " at worst"].concat()
    }

    /// Returns the pace of a start that has taken so long. The first second beyond the limit
    /// doesn't count.
    pub fn pace(&self, taken: Millis) -> StartProgress {
        let slack = Millis::from_secs(1);
        if taken > Millis(self.worst.0.saturating_add(slack.0)) {
            StartProgress::MuchLonger
        } else if taken > Millis(self.usual.0.saturating_add(slack.0)) {
            StartProgress::Longer
        } else {
            StartProgress::AsUsual
        }
    }
}

/// Returns the percentile (nearest rank).
fn rank(sorted: &[Millis], percent: usize) -> Millis {
    let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted[place.min(sorted.len() - 1)]
}

/// Formats up to two minutes in seconds, so that values compare: "8 s, 64 s at worst".
fn rounded(length: Millis) -> String {
    let seconds = length.0.saturating_add(500) / 1000;
    match seconds {
        0 => "less than 1 s".to_owned(),
        1..=120 => [&seconds.to_string(), " s"].concat(),
        // Seconds are irrelevant beside minutes.
        _ => humanize(Millis::from_secs(seconds.saturating_add(30) / 60 * 60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::shown_run;
    use crate::run::RunStatus;
    use proptest::prelude::*;

    fn of(seconds: &[i64]) -> Option<Expectation> {
        Expectation::of_lengths(seconds.iter().map(|s| Millis::from_secs(*s)))
    }

    fn run(started: i64, ready: Option<i64>) -> Run {
        let at = Timestamp::from_millis;
        Run {
            status: RunStatus::Running,
            started_at: at(started),
            ready_at: ready.map(at),
            ..shown_run(1)
        }
    }

    #[test]
    fn usual_and_worst_duration_are_formatted() {
        let some = of(&[8, 7, 9, 8, 64]).expect("enough");
        assert_eq!(some.sentence(), "usually 8 s, 64 s at worst");
        // An hour stands alone, and is more than ten times as long as the next.
        let some = of(&[8, 7, 9, 3_600, 8]).expect("enough");
        assert_eq!(some.sentence(), "usually 8 s, 9 s at worst");
        let many: Vec<i64> = (1..=100).collect();
        assert_eq!(
            of(&many).expect("enough").sentence(),
            "usually 50 s, 95 s at worst"
        );
        assert_eq!(of(&[3; 7]).expect("enough").sentence(), "usually 3 s");
        assert_eq!(
            of(&[130, 131, 250, 260, 3_700]).expect("enough").sentence(),
            "usually 4 min"
        );
    }

    #[test]
    fn says_nothing_from_too_little() {
        assert_eq!(of(&[8, 8, 8, 8]), None);
        assert_eq!(of(&[8, 8, 8, 8, -3]), None);
        assert_eq!(of(&[8, 8, 8, 8, 90_000]), None);
        assert_eq!(Expectation::of([].iter()), None);
    }

    #[test]
    fn starts_that_never_became_ready_or_cannot_be_true_do_not_count() {
        let mut runs: Vec<Run> = (0..5)
            .map(|n| run(n * 10_000, Some(n * 10_000 + 4_000)))
            .collect();
        runs.push(run(0, None));
        runs.push(run(50_000, Some(10)));
        let some = Expectation::of(&runs).expect("enough");
        assert_eq!((some.usual, some.starts), (Millis(4_000), 5));
    }

    #[test]
    fn the_newest_starts_count() {
        let old = (0..1_000).map(|n| run(n, Some(n + 60_000)));
        let new = (0..200).map(|n| run(1_000_000 + n, Some(1_000_000 + n + 2_000)));
        let mut runs: Vec<Run> = old.chain(new).collect();
        runs.reverse();
        let some = Expectation::of(&runs).expect("enough");
        assert_eq!((some.worst, some.starts), (Millis(2_000), NEWEST));
    }

    #[test]
    fn says_when_it_takes_longer() {
        let some = of(&[8, 8, 8, 20, 20]).expect("enough");
        let pace = |seconds| some.pace(Millis::from_secs(seconds));
        assert_eq!(
            [pace(0), pace(9), pace(10), pace(21)],
            [
                StartProgress::AsUsual,
                StartProgress::AsUsual,
                StartProgress::Longer,
                StartProgress::Longer
            ]
        );
        assert_eq!(pace(22), StartProgress::MuchLonger);
        assert_eq!(pace(-5), StartProgress::AsUsual);
        assert_eq!(StartProgress::AsUsual.words(), "");
    }

    proptest! {
        #[test]
        fn whatever_the_lengths_the_numbers_are_in_order(
            lengths in proptest::collection::vec(any::<i64>().prop_map(Millis), 0..60),
            good in proptest::collection::vec((1i64..100_000).prop_map(Millis), 0..60),
            taken in any::<i64>().prop_map(Millis),
        ) {
            let all: Vec<Millis> = lengths.into_iter().chain(good.iter().copied()).collect();
            let some = Expectation::of_lengths(all);
            prop_assert!(some.is_some() || good.len() < ENOUGH);
            if let Some(some) = some {
                prop_assert!(Millis(0) < some.usual && some.usual <= some.worst);
                prop_assert!(some.worst <= LONGEST);
                prop_assert!(some.sentence().starts_with("usually "));
                prop_assert!(some.pace(some.usual) == StartProgress::AsUsual);
                prop_assert!(taken > some.worst || some.pace(taken) != StartProgress::MuchLonger);
            }
        }

        #[test]
        fn one_outlier_among_many_changes_little(
            mut lengths in proptest::collection::vec((5_000i64..10_000).prop_map(Millis), 40..100),
            outlier in (10_000i64..80_000_000).prop_map(Millis),
        ) {
            lengths.push(outlier);
            let some = Expectation::of_lengths(lengths).expect("enough");
            prop_assert!(some.worst < Millis(10_000));
        }
    }
}
