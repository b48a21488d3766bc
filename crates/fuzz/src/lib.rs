//! Random input by mutation of seeds, for a limited time.
//!
//! A replacement for libFuzzer, which needs a C++ compiler and a second build of everything with
//! instrumentation. Instead of the branches that were taken, a target returns the shape of its
//! result: input with a new shape becomes a seed of further mutations.

use std::collections::HashSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// Time for a target if `VESTIBULE_FUZZ_SECONDS` is not set.
const USUAL: Duration = Duration::from_secs(1);
/// Longest input.
const LONGEST: usize = 16 * 1024;
/// Most inputs that are kept as seeds.
const MOST_KEPT: usize = 20_000;

/// Runs a target with each seed in `seeds/NAME`, then with mutations of them, until the time is over.
/// `words` are pieces of the input's language. The input of a failure is printed, and can be kept as
/// another seed.
pub fn run<T: Hash>(name: &str, words: &[&str], target: impl Fn(&[u8]) -> T) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(name);
    let mut kept = seeds(&folder);
    assert!(!kept.is_empty(), "no seeds in {}", folder.display());
    let check = |input: &[u8]| {
        let result = catch_unwind(AssertUnwindSafe(|| target(input)));
        match result {
            Ok(shape) => digest(&shape),
            Err(panic) => {
                eprintln!("{name} failed on b\"{}\"", input.escape_ascii());
                resume_unwind(panic)
            }
        }
    };
    let mut shapes: HashSet<u64> = kept.iter().map(|seed| check(seed)).collect();
    let mut random = Random::new();
    let (begin, limit) = (Instant::now(), time());
    let mut runs = 0_u64;
    while begin.elapsed() < limit {
        let input = mutated(&kept, words, &mut random);
        runs += 1;
        if shapes.insert(check(&input)) && kept.len() < MOST_KEPT {
            kept.push(input);
        }
    }
    eprintln!("{name}: {runs} inputs, {} shapes", shapes.len());
}

fn time() -> Duration {
    let requested = std::env::var("VESTIBULE_FUZZ_SECONDS").ok();
    let seconds = requested.and_then(|text| text.parse().ok());
    seconds.map_or(USUAL, Duration::from_secs)
}

fn seeds(folder: &Path) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .filter_map(|file| fs::read(file.path()).ok())
        .collect()
}

fn digest(shape: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    shape.hash(&mut hasher);
    hasher.finish()
}

/// Returns a seed with some changes.
fn mutated(kept: &[Vec<u8>], words: &[&str], random: &mut Random) -> Vec<u8> {
    let mut input = kept[random.below(kept.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() + 1);
        match random.below(9) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => input[at] = random.byte(),
            2 => input.insert(at, random.byte()),
            3 if at < input.len() => {
                let end = (at + 1 + random.below(16)).min(input.len());
                input.drain(at..end);
            }
            4 => {
                let end = (at + 1 + random.below(32)).min(input.len());
                let piece = input[at.min(end)..end].to_vec();
                insert(&mut input, random, &piece);
            }
            5 => {
                let other = &kept[random.below(kept.len())];
                let from = random.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ if !words.is_empty() => {
                let word = words[random.below(words.len())];
                insert(&mut input, random, word.as_bytes());
            }
            _ => {}
        }
    }
    input.truncate(LONGEST);
    input
}

fn insert(input: &mut Vec<u8>, random: &mut Random, piece: &[u8]) {
    let at = random.below(input.len() + 1);
    input.splice(at..at, piece.iter().copied());
}

/// Generator of random numbers (xorshift64*). A failure prints its input, so that it needs no seed.
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(digest(&SystemTime::now()) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Returns a number less than `limit`, which is not 0.
    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from((self.next() >> 11) % limit).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[6]
    }
}
