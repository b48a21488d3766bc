//! Rate limit of a run's output.

use std::time::Instant;

/// Bytes that an app may print at once.
const BURST: f64 = 8.0 * 1024.0 * 1024.0;
/// Bytes a second that it may print for ever.
const RATE: f64 = 1024.0 * 1024.0;

/// Token bucket of the bytes that are written to the log. An app that prints without end would
/// otherwise use up the disk's bandwidth, of which only the newest bytes are kept anyway.
pub(super) struct Flood {
    room: f64,
    at: Instant,
    dropped: u64,
}

impl Flood {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            room: BURST,
            at: now,
            dropped: 0,
        }
    }

    /// Returns `true` if so many bytes may be written; otherwise they count as dropped.
    pub(super) fn takes(&mut self, bytes: usize, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.room = (self.room + passed * RATE).min(BURST);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        // Once something was dropped, a note for every chunk that fits would be a flood itself.
        let least = if self.dropped > 0 { RATE } else { 0.0 };
        if self.room - f64::from(bytes) < least {
            self.dropped += u64::from(bytes);
            return false;
        }
        self.room -= f64::from(bytes);
        true
    }

    /// Returns the number of bytes dropped since the last call.
    pub(super) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Security review, finding 30.
    #[test]
    fn endless_output_is_written_at_a_bounded_rate() {
        let begin = Instant::now();
        let mut flood = Flood::new(begin);
        let mut written = 0;
        let chunk = 16 * 1024;
        for step in 0..100_000_u64 {
            // 160 MB a second for ten seconds.
            if flood.takes(chunk, begin + Duration::from_micros(100 * step)) {
                written += chunk;
            }
        }
        assert!((15..=19).contains(&(written >> 20)), "{written}");
        assert!(flood.take_dropped() > 1 << 30);
    }

    #[test]
    fn usual_output_is_written_whole() {
        let begin = Instant::now();
        let mut flood = Flood::new(begin);
        assert!(flood.takes(8 << 20, begin), "a burst");
        for second in 1..100 {
            assert!(flood.takes(1 << 19, begin + Duration::from_secs(second)));
        }
        assert_eq!(flood.take_dropped(), 0);
    }
}
