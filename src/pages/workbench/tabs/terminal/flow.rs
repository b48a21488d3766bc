//! Flow of a terminal's output: what is new, and when to wait for the document, which draws more slowly
//! than a program may write. Pure.

/// Number of bytes that may wait to be drawn. With more, the terminal is detached until they are drawn;
/// the runner keeps the output meanwhile.
const MOST_UNDRAWN: usize = 4 * 1024 * 1024;

/// Flow of the output of one session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    /// Number of bytes that were received, or lost.
    end: u64,
    undrawn: usize,
}

/// New part of a piece of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewOutput {
    /// Number of bytes at its beginning that are known.
    pub known: usize,
    /// `true` if output between the last piece and this one is lost.
    pub is_gap: bool,
}

impl Flow {
    /// Returns the number of bytes after which the output is to be continued.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Begins with another session. What waits to be drawn still waits.
    pub fn restart(&mut self) {
        self.end = 0;
    }

    /// Accepts a piece of output that begins at a byte. Returns `None` if all of it is known.
    pub fn take(&mut self, at: u64, length: usize) -> Option<NewOutput> {
        let end = at + length as u64;
        if end <= self.end {
            return None;
        }
        // Less than the length, which is a `usize`.
        let known = usize::try_from(self.end.saturating_sub(at)).unwrap_or(length);
        let is_gap = at > self.end && self.end > 0;
        self.end = end;
        self.undrawn += length - known;
        Some(NewOutput { known, is_gap })
    }

    /// Returns `true` if no more output may be received until the document has drawn some.
    pub fn is_full(&self) -> bool {
        self.undrawn > MOST_UNDRAWN
    }

    /// Notes drawn bytes. Returns `true` once everything is drawn.
    pub fn drawn(&mut self, bytes: usize) -> bool {
        self.undrawn = self.undrawn.saturating_sub(bytes);
        self.undrawn == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replayed_output_is_taken_once_and_a_gap_is_noticed() {
        let mut flow = Flow::default();
        let new = |known, is_gap| Some(NewOutput { known, is_gap });
        assert_eq!(
            flow.take(100, 10),
            new(0, false),
            "older output is not kept"
        );
        assert_eq!(flow.take(100, 10), None);
        assert_eq!(flow.take(105, 10), new(5, false));
        assert_eq!(flow.take(115, 1), new(0, false));
        assert_eq!(flow.take(200, 1), new(0, true));
        assert_eq!(flow.end(), 201);
        flow.restart();
        assert_eq!(flow.take(0, 3), new(0, false));
    }

    #[test]
    fn a_flood_waits_until_it_is_drawn() {
        let mut flow = Flow::default();
        flow.take(0, MOST_UNDRAWN);
        assert!(!flow.is_full());
        flow.take(MOST_UNDRAWN as u64, 1);
        assert!(flow.is_full());
        assert!(!flow.drawn(MOST_UNDRAWN));
        assert!(flow.drawn(1));
        assert!(!flow.is_full());
    }

    #[test]
    fn every_byte_is_shown_once_however_often_it_is_sent() {
        let sent: Vec<u8> = (0..=255).collect();
        let (mut flow, mut shown) = (Flow::default(), Vec::<u8>::new());
        for step in 0..400_usize {
            // Any sequence does that goes back and forth.
            let (back, length) = (step * 31 % 40, 1 + step * 17 % 19);
            let end = usize::try_from(flow.end()).expect("small");
            let at = end.saturating_sub(back);
            let piece = &sent[at..(at + length).min(sent.len())];
            if let Some(new) = flow.take(at as u64, piece.len()) {
                assert!(!new.is_gap);
                shown.extend(&piece[new.known..]);
            }
        }
        assert_eq!(shown, sent);
    }
}
