//! One line of a log, and the line that is being written.

use crate::ansi::Style;
use anstyle_parse::{Params, Perform};
use std::ops::Range;

/// Number of characters of a piece: a line without an end is shown in pieces.
pub const PIECE: usize = 2_000;

/// Distance between tab stops.
const TAB: usize = 8;

/// A line, or a piece of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// What it says. There are no control characters in it.
    pub text: String,
    /// How its parts look; what comes after the last is plain.
    pub spans: Vec<Span>,
    /// Whether it goes on with the line before, which was cut for its length.
    pub continues: bool,
}

/// Text that looks alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where it ends, in bytes; it begins where the one before ends.
    pub end: u32,
    /// How it looks.
    pub style: Style,
}

impl Line {
    /// Returns where the characters from so-and-so-many on stand, in bytes: as many as `width`
    /// says.
    pub fn part(&self, from: usize, width: usize) -> Range<usize> {
        let mut places = self.text.char_indices().map(|(at, _)| at).skip(from);
        let start = places.next().unwrap_or(self.text.len());
        let end = places.nth(width.saturating_sub(1));
        start..end.unwrap_or(self.text.len())
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.text.len() + self.spans.len() * size_of::<Span>()
    }
}

/// The line that is being written, as on a terminal: a place that moves, and text that is written
/// over.
#[derive(Debug, Default)]
pub(super) struct Desk {
    cells: Vec<(char, Style)>,
    at: usize,
    style: Style,
    continues: bool,
    /// What is finished.
    pub done: Vec<Line>,
    /// Whether something was understood since this was last set to false.
    pub has_acted: bool,
}

impl Desk {
    /// Returns `true` if nothing is written.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Returns how many characters are written.
    pub fn chars(&self) -> usize {
        self.cells.len()
    }

    /// Returns `true` if it goes on with a line that was cut for its length.
    pub fn continues(&self) -> bool {
        self.continues
    }

    /// Returns the line as it stands.
    pub fn line(&self) -> Line {
        let mut line = Line {
            text: self.cells.iter().map(|(letter, _)| letter).collect(),
            spans: Vec::new(),
            continues: self.continues,
        };
        let mut end = 0;
        for (letter, style) in &self.cells {
            end += u32::try_from(letter.len_utf8()).unwrap_or(0);
            match line.spans.last_mut() {
                Some(span) if span.style == *style => span.end = end,
                _ => line.spans.push(Span { end, style: *style }),
            }
        }
        if line
            .spans
            .last()
            .is_some_and(|span| span.style == Style::default())
        {
            line.spans.pop();
        }
        line
    }

    /// Ends the line.
    pub fn end_line(&mut self) {
        self.put_aside(false);
    }

    /// Forgets the look of what was written: it is not known any more.
    pub fn plain(&mut self) {
        self.style = Style::default();
    }

    fn put_aside(&mut self, is_cut: bool) {
        self.done.push(self.line());
        self.cells.clear();
        self.at = 0;
        self.continues = is_cut;
    }

    fn write(&mut self, letter: char) {
        if self.at >= PIECE {
            self.put_aside(true);
        }
        self.reach();
        match self.cells.get_mut(self.at) {
            Some(cell) => *cell = (letter, self.style),
            None => self.cells.push((letter, self.style)),
        }
        self.at += 1;
    }

    /// Fills up with blanks to the place where one is.
    fn reach(&mut self) {
        if self.cells.len() < self.at {
            self.cells.resize(self.at, (' ', Style::default()));
        }
    }

    fn erase(&mut self, what: u16) {
        match what {
            0 => self.cells.truncate(self.at),
            1 => {
                let end = self.cells.len().min(self.at + 1);
                self.cells[..end].fill((' ', Style::default()));
            }
            _ => self.cells.clear(),
        }
    }
}

impl Perform for Desk {
    fn print(&mut self, letter: char) {
        self.has_acted = true;
        self.write(shown(letter));
    }

    fn execute(&mut self, byte: u8) {
        self.has_acted = true;
        match byte {
            b'\n' => self.end_line(),
            b'\r' => self.at = 0,
            0x08 => self.at = self.at.saturating_sub(1),
            // A tab is blanks, as on a terminal: so every character is as wide as any other.
            b'\t' => self.at = ((self.at / TAB + 1) * TAB).min(PIECE),
            _ => self.write(shown(char::from(byte))),
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: u8) {
        self.has_acted = true;
        if ignore || !intermediates.is_empty() {
            return;
        }
        let first = params.iter().next().and_then(|p| p.first()).copied();
        let number = usize::from(first.unwrap_or(0).max(1));
        match action {
            b'm' => self.style.apply(params.iter()),
            b'K' => self.erase(first.unwrap_or(0)),
            b'G' => self.at = (number - 1).min(PIECE),
            b'C' => self.at = (self.at + number).min(PIECE),
            b'D' => self.at = self.at.saturating_sub(number),
            // Where else one may go on a screen is nowhere in a log.
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, _: u8) {
        self.has_acted = true;
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.has_acted = true;
    }

    fn unhook(&mut self) {
        self.has_acted = true;
    }
}

/// Returns what is seen of a character. Those that control something, or turn the direction of
/// writing and so make a text look like another, are seen as signs.
fn shown(letter: char) -> char {
    match letter {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => letter,
    }
}
