//! Line of a log, and the unfinished line.

use crate::ansi::Style;
use anstyle_parse::{Params, Parser, Perform, Utf8Parser};
use std::ops::Range;

/// Length of a piece in characters: a line without an end is shown in pieces.
pub const PIECE: usize = 2_000;

/// Distance between tab stops.
const TAB: usize = 8;

/// A line, or a piece of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Text without control characters.
    pub text: String,
    /// Styled parts; the text after the last one is plain.
    pub spans: Vec<Span>,
    /// `true` if it continues the previous line, which was cut for its length.
    pub continues: bool,
}

/// Text in one style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// End in bytes; it begins at the end of the previous one.
    pub end: u32,
    /// Style.
    pub style: Style,
}

impl Line {
    /// Returns the byte range of `width` characters from this one on.
    pub fn part(&self, from: usize, width: usize) -> Range<usize> {
        let mut places = self.text.char_indices().map(|(at, _)| at).skip(from);
        let start = places.next().unwrap_or(self.text.len());
        let end = places.nth(width.saturating_sub(1));
        start..end.unwrap_or(self.text.len())
    }

    /// Returns the approximate size in bytes.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.text.len() + self.spans.len() * size_of::<Span>()
    }
}

/// Returns a text without line ends in its colours: one line, or more if it is longer than [`PIECE`].
pub fn styled(text: &str) -> Vec<Line> {
    let (mut parser, mut buffer) = (Parser::<Utf8Parser>::default(), LineBuffer::default());
    for byte in text.bytes() {
        parser.advance(&mut buffer, byte);
    }
    let last = buffer.line();
    let mut lines = buffer.done;
    lines.push(last);
    lines
}

/// The unfinished line, as on a terminal: it has a cursor, and text is overwritten.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    cells: Vec<(char, Style)>,
    at: usize,
    style: Style,
    continues: bool,
    /// The finished lines.
    pub done: Vec<Line>,
    /// `true` if something was parsed since this was last set to false.
    pub has_acted: bool,
}

impl LineBuffer {
    /// Returns `true` if the line is empty.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Returns the number of characters.
    pub fn chars(&self) -> usize {
        self.cells.len()
    }

    /// Returns `true` if it continues a line that was cut for its length.
    pub fn continues(&self) -> bool {
        self.continues
    }

    /// Returns the line in its current state.
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

    /// Finishes the line.
    pub fn end_line(&mut self) {
        self.put_aside(false);
    }

    /// Resets the style, which is unknown after a gap.
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

    /// Fills with blanks up to the cursor.
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

impl Perform for LineBuffer {
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
            // A tab becomes blanks, as on a terminal, so that all characters have the same width.
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
            // Other cursor movements have no meaning in a log.
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

/// Returns the visible form of a character. Control characters, and those that reverse the
/// direction of writing, become symbols.
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
