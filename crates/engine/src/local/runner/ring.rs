//! The newest output of a session.

use std::collections::VecDeque;

/// The newest bytes of an output, up to a bound.
pub(super) struct Ring {
    bytes: VecDeque<u8>,
    /// Number of bytes that came before the kept ones.
    begin: u64,
    capacity: usize,
}

impl Ring {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            begin: 0,
            capacity,
        }
    }

    /// Adds bytes, and drops the oldest beyond the bound.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        let excess = self.bytes.len().saturating_sub(self.capacity);
        self.bytes.drain(..excess);
        self.begin += excess as u64;
    }

    /// Returns the number of bytes that came in all.
    pub(super) fn end(&self) -> u64 {
        self.begin + self.bytes.len() as u64
    }

    /// Returns at most `max_bytes` bytes after the first `offset`, with the number of bytes before them:
    /// what is no longer kept is skipped. `None` if nothing more has come.
    pub(super) fn after(&self, offset: u64, max_bytes: usize) -> Option<(u64, Vec<u8>)> {
        let at = offset.max(self.begin);
        if at >= self.end() {
            return None;
        }
        let skipped = usize::try_from(at - self.begin).unwrap_or(usize::MAX);
        let (first, second) = self.bytes.as_slices();
        let of_first = first.get(skipped..).unwrap_or_default();
        let of_second = second.get(skipped.saturating_sub(first.len())..);
        let of_second = of_second.unwrap_or_default();
        let mut bytes = of_first.get(..max_bytes).unwrap_or(of_first).to_vec();
        let missing = max_bytes - bytes.len();
        bytes.extend_from_slice(of_second.get(..missing).unwrap_or(of_second));
        Some((at, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_keeps_the_newest_bytes_with_their_numbers() {
        let mut ring = Ring::new(6);
        assert_eq!(ring.after(0, 10), None);
        ring.push(b"abcd");
        assert_eq!(ring.after(0, 3), Some((0, b"abc".to_vec())));
        assert_eq!(ring.after(3, 3), Some((3, b"d".to_vec())));
        ring.push(b"efgh");
        assert_eq!(ring.end(), 8);
        assert_eq!(ring.after(0, 10), Some((2, b"cdefgh".to_vec())), "skipped");
        assert_eq!(ring.after(8, 10), None);
        assert_eq!(ring.after(99, 10), None);
        ring.push(&[b'x'; 20]);
        assert_eq!(ring.after(0, 10), Some((22, b"xxxxxx".to_vec())));
    }
}
