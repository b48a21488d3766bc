//! Index of the compressed copies: the least recently used ones of a workbench go first.

use std::collections::HashMap;

/// SHA-256 of the body that an app sent.
pub(super) type Digest = [u8; 32];

/// A compressed copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copied {
    /// Folder with the file: the id of the workbench that sent the body first.
    pub workbench: String,
    /// Length of the file in bytes; 0 for a body that compression doesn't make smaller.
    pub bytes: u64,
    used: u64,
}

/// Limits of what is kept, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quotas {
    /// Of one workbench.
    pub workbench: u64,
    /// Of all together.
    pub all: u64,
}

/// The copies by what they are copies of.
#[derive(Debug)]
pub(super) struct Copies {
    quotas: Quotas,
    found: HashMap<Digest, Copied>,
    uses: u64,
}

impl Copies {
    /// Returns an empty index.
    pub(super) fn new(quotas: Quotas) -> Self {
        Self {
            quotas,
            found: HashMap::new(),
            uses: 0,
        }
    }

    /// Returns the copy of a body, and counts the use.
    pub(super) fn find(&mut self, digest: &Digest) -> Option<Copied> {
        self.uses += 1;
        let copy = self.found.get_mut(digest)?;
        copy.used = self.uses;
        Some(copy.clone())
    }

    /// Returns `true` if there is a copy; it doesn't count as a use.
    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.found.contains_key(digest)
    }

    /// Adds a copy. Returns the copies to remove, so that the quotas hold.
    pub(super) fn insert(
        &mut self,
        digest: Digest,
        workbench: &str,
        bytes: u64,
    ) -> Vec<(Digest, Copied)> {
        self.uses += 1;
        let copy = Copied {
            workbench: workbench.to_owned(),
            bytes,
            used: self.uses,
        };
        self.found.insert(digest, copy);
        let mut removed = Vec::new();
        while let Some(copy) = self.superfluous(workbench) {
            removed.extend(self.found.remove_entry(&copy));
        }
        removed
    }

    /// Removes a copy whose file is gone.
    pub(super) fn forget(&mut self, digest: &Digest) {
        self.found.remove(digest);
    }

    /// Returns the least recently used copy of those that exceed a quota.
    fn superfluous(&self, workbench: &str) -> Option<Digest> {
        let of = |all: bool| {
            let mine = move |copy: &Copied| all || copy.workbench == workbench;
            let bytes: u64 = self
                .found
                .values()
                .filter(|copy| mine(copy))
                .map(|copy| copy.bytes)
                .sum();
            let quota = if all {
                self.quotas.all
            } else {
                self.quotas.workbench
            };
            let candidates = self.found.iter().filter(move |(_, copy)| mine(copy));
            let oldest = candidates.min_by_key(|(_, copy)| copy.used);
            oldest.filter(|_| bytes > quota).map(|(digest, _)| *digest)
        };
        of(false).or_else(|| of(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTAS: Quotas = Quotas {
        workbench: 100,
        all: 150,
    };

    fn removed(copies: &mut Copies, name: u8, workbench: &str, bytes: u64) -> Vec<u8> {
        let removed = copies.insert([name; 32], workbench, bytes);
        removed.iter().map(|(digest, _)| digest[0]).collect()
    }

    #[test]
    fn least_recently_used_copies_of_a_workbench_go_first() {
        let mut copies = Copies::new(QUOTAS);
        assert!(removed(&mut copies, 1, "a", 40).is_empty());
        assert!(removed(&mut copies, 2, "a", 40).is_empty());
        assert!(copies.find(&[1; 32]).is_some());
        assert_eq!(removed(&mut copies, 3, "a", 40), [2]);
        assert!(removed(&mut copies, 4, "b", 60).is_empty());
        // All together are too many.
        assert_eq!(removed(&mut copies, 5, "c", 20), [1]);
        assert!(copies.has(&[3; 32]) && !copies.has(&[1; 32]));
    }

    #[test]
    fn copy_above_the_quota_is_not_kept() {
        let mut copies = Copies::new(QUOTAS);
        assert_eq!(removed(&mut copies, 1, "a", 101), [1]);
        assert!(!copies.has(&[1; 32]));
    }
}
