//! Cuts an output into lines.

use super::super::super::supervisor::redactor::Redactor;

/// Line, or a piece of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// `true` if the next piece continues the line.
    pub(super) continues: bool,
}

/// Cuts a stream of bytes into lines of bounded length, without secrets.
pub(super) struct Splitter {
    redactor: Redactor,
    pending: Vec<u8>,
    max_line: usize,
    /// `true` if an unfinished line may be passed on.
    cuts: bool,
    /// `true` after a piece that is continued.
    is_inside: bool,
}

impl Splitter {
    pub(super) fn new(redactor: Redactor, max_line: usize, cuts: bool) -> Self {
        Self {
            redactor,
            pending: Vec::new(),
            max_line,
            cuts,
            is_inside: false,
        }
    }

    /// Returns the pieces that are complete after these bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let bytes = self.redactor.pass(bytes);
        self.pending.extend(bytes);
        let mut pieces = Vec::new();
        loop {
            let within = self.pending.get(..self.max_line).unwrap_or(&self.pending);
            if let Some(at) = within.iter().position(|byte| *byte == b'\n') {
                let rest = self.pending.split_off(at + 1);
                let mut line = std::mem::replace(&mut self.pending, rest);
                line.pop();
                pieces.push(self.piece(&line, false));
            } else if self.pending.len() > self.max_line {
                let at = boundary(&self.pending, self.max_line);
                let rest = self.pending.split_off(at);
                let line = std::mem::replace(&mut self.pending, rest);
                pieces.push(self.piece(&line, true));
            } else {
                return pieces;
            }
        }
    }

    /// Returns `true` if a pause in the input should be reported.
    pub(super) fn waits(&self) -> bool {
        self.cuts && (!self.pending.is_empty() || self.redactor.can_release())
    }

    /// Returns the begin of an unfinished line, in a pause of the input.
    pub(super) fn pause(&mut self) -> Option<Piece> {
        self.pending.extend(self.redactor.release());
        let at = boundary(&self.pending, self.pending.len());
        let rest = self.pending.split_off(at);
        let line = std::mem::replace(&mut self.pending, rest);
        (!line.is_empty()).then(|| self.piece(&line, true))
    }

    /// Returns what is left at the end of the input.
    pub(super) fn finish(&mut self) -> Vec<Piece> {
        let mut pieces = self.push(&[]);
        self.pending.extend(self.redactor.flush());
        pieces.extend(self.push(&[]));
        let line = std::mem::take(&mut self.pending);
        if !line.is_empty() || self.is_inside {
            pieces.push(self.piece(&line, false));
        }
        pieces
    }

    fn piece(&mut self, line: &[u8], continues: bool) -> Piece {
        self.is_inside = continues;
        Piece {
            text: String::from_utf8_lossy(line).into_owned(),
            continues,
        }
    }
}

/// Returns the last place up to `at` that is not inside a character.
fn boundary(bytes: &[u8], at: usize) -> usize {
    // A character has up to four bytes; more of them that continue are not UTF-8.
    let begin = (at.saturating_sub(3)..=at).rev().find(|position| {
        bytes
            .get(*position)
            .is_none_or(|byte| !(0x80..0xc0).contains(byte))
    });
    match begin {
        // The end of the bytes may be inside a character, which began before it.
        Some(position) if position == bytes.len() => {
            let lead = (position.saturating_sub(3)..position)
                .rev()
                .find(|position| !(0x80..0xc0).contains(&bytes[*position]));
            match lead {
                Some(lead) if position - lead < length(bytes[lead]) => lead,
                _ => position,
            }
        }
        Some(position) if position > 0 => position,
        _ => at,
    }
}

/// Returns the length of the character that begins with this byte.
fn length(lead: u8) -> usize {
    match lead {
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn splitter(secrets: &[&str]) -> Splitter {
        Splitter::new(Redactor::new(secrets.iter().copied()), 8, true)
    }

    fn piece(text: &str, continues: bool) -> Piece {
        Piece {
            text: text.to_owned(),
            continues,
        }
    }

    #[test]
    fn lines_are_cut_and_unfinished_ones_passed_on_in_a_pause() {
        let mut lines = splitter(&[]);
        assert_eq!(lines.push(b"one\ntw"), [piece("one", false)]);
        assert!(lines.waits());
        assert_eq!(lines.pause(), Some(piece("tw", true)));
        assert!(!lines.waits());
        assert_eq!(lines.push(b"o\n\n"), [piece("o", false), piece("", false)]);
        assert_eq!(
            lines.push("12345678üß".as_bytes()),
            [piece("12345678", true)]
        );
        assert_eq!(lines.finish(), [piece("üß", false)]);
        assert_eq!(lines.finish(), []);
    }

    #[test]
    fn half_a_character_waits_for_the_other_half() {
        let mut lines = splitter(&[]);
        assert_eq!(lines.push(b"a\xc3"), []);
        assert_eq!(lines.pause(), Some(piece("a", true)));
        assert_eq!(lines.pause(), None);
        assert_eq!(lines.push(b"\xbc\n"), [piece("ü", false)]);
    }

    #[test]
    fn secrets_are_removed_also_across_reads() {
        let mut lines = splitter(&["hunter2-secret"]);
        let mut all = lines.push(b"is hunter2-");
        all.extend(lines.push(b"secret\n"));
        all.extend(lines.finish());
        let text: String = all.into_iter().map(|piece| piece.text).collect();
        assert_eq!(text, "is [redacted]");
    }

    proptest! {
        /// With any reads and pauses, no text is lost and no piece is too long.
        #[test]
        fn pieces_together_are_the_text(text in "[aü€😀\\n]{0,60}", cuts in prop::collection::vec(1_usize..7, 0..60)) {
            let mut lines = splitter(&[]);
            let mut rest = text.as_bytes();
            let mut pieces = Vec::new();
            for cut in cuts {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                pieces.extend(lines.push(now));
                if cut == 3 {
                    pieces.extend(lines.pause());
                }
                rest = later;
            }
            pieces.extend(lines.push(rest));
            pieces.extend(lines.finish());
            let mut whole = String::new();
            for piece in &pieces {
                prop_assert!(piece.text.len() <= 8, "{piece:?}");
                whole.push_str(&piece.text);
                if !piece.continues {
                    whole.push('\n');
                }
            }
            prop_assert_eq!(whole.trim_end_matches('\n'), text.trim_end_matches('\n'));
        }
    }
}
