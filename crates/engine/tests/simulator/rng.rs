//! Random numbers from a seed.
//!
//! The algorithm (SplitMix64, by Sebastiano Vigna, in the public domain) is written out because seeds
//! that found a fault are kept as tests: they must not change with a library.

/// Random number generator.
#[derive(Debug, Clone)]
pub struct SimRng(u64);

impl SimRng {
    /// Creates generator number `stream` of a seed, so that the parts of a simulation draw
    /// independently.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = Self(seed ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03));
        rng.next();
        rng
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = self.0;
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `limit`, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// Returns a number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low).max(0)).unwrap_or(0) + 1;
        low + i64::try_from(self.next() % span).unwrap_or(0)
    }

    /// Returns true in so many of a thousand cases.
    pub fn happens(&mut self, in_a_thousand: usize) -> bool {
        self.below(1000) < in_a_thousand
    }

    /// Returns one of several values.
    pub fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Returns an exponentially distributed pause with this mean.
    pub fn pause(&mut self, mean: i64) -> i64 {
        // The sum of two even draws: near enough, and in whole numbers the same on every machine.
        self.between(0, mean) + self.between(0, mean)
    }
}
