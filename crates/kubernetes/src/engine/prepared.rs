//! Secrets of runs that were written before their Pods.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use vestibule_engine::Target;

/// What a run's Secret was made from, apart from keys and tokens. While a start waits, the same Secret is not
/// written again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Prepared {
    run: u64,
    /// Hash of the settings and of the secrets' values.
    inputs: u64,
}

impl Prepared {
    pub(super) fn new(run: u64, target: &Target, secrets: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        let spec = serde_json::to_string(&target.spec).unwrap_or_default();
        (&target.app, spec, secrets).hash(&mut hasher);
        Self {
            run,
            inputs: hasher.finish(),
        }
    }
}
