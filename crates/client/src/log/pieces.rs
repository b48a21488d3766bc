//! Lines split where their style changes or a match begins or ends.

use super::Line;
use crate::ansi::Style;
use std::ops::Range;

/// Part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Text.
    pub text: &'a str,
    /// Style.
    pub style: Style,
    /// Highlight.
    pub found: Found,
}

/// Highlight of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No match.
    No,
    /// A match.
    Here,
    /// The current match.
    Current,
}

/// Splits a part of a line. `found` are the matches in the line, in order; `current` is the begin
/// of the current one.
pub fn pieces<'a>(
    line: &'a Line,
    part: Range<usize>,
    found: &[(usize, usize)],
    current: Option<usize>,
) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut spans = line.spans.iter().peekable();
    let mut found = found.iter().copied().peekable();
    let last = part.end.min(line.text.len());
    let mut at = part.start;
    while at < last {
        while spans.next_if(|span| end_of(span.end) <= at).is_some() {}
        while found.next_if(|(_, end)| *end <= at).is_some() {}
        let (styled, style) = spans.peek().map_or((last, Style::default()), |span| {
            (end_of(span.end), span.style)
        });
        let (until, found) = match found.peek() {
            Some((start, _)) if *start > at => (*start, Found::No),
            Some((start, end)) if current == Some(*start) => (*end, Found::Current),
            Some((_, end)) => (*end, Found::Here),
            None => (last, Found::No),
        };
        let end = styled.min(until).min(last);
        pieces.push(Piece {
            text: &line.text[at..end],
            style,
            found,
        });
        at = end;
    }
    pieces
}

fn end_of(end: u32) -> usize {
    usize::try_from(end).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::{Log, LogRow, finds};
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str) -> Line {
        let mut log = Log::default();
        log.write(text.as_bytes());
        match log.row(0) {
            Some(LogRow::Line(_, line)) => line,
            _ => Line::default(),
        }
    }

    #[test]
    fn styles_and_matches_overlap() {
        let line = line("a \x1b[31mred er\x1b[0mror error");
        let found = finds(&line.text, "error");
        let pieces = pieces(&line, 0..usize::MAX, &found, Some(12));
        let reported: Vec<_> = pieces
            .iter()
            .map(|piece| (piece.text, piece.style.classes(), piece.found))
            .collect();
        let red = || "sgr-red".to_owned();
        assert_eq!(
            reported,
            [
                ("a ", String::new(), Found::No),
                ("red ", red(), Found::No),
                ("er", red(), Found::Here),
                ("ror", String::new(), Found::Here),
                (" ", String::new(), Found::No),
                ("error", String::new(), Found::Current),
            ]
        );
    }

    proptest! {
        #[test]
        fn pieces_make_up_the_line(text in "([a-cäö]{0,4}(\x1b\\[3[0-9]m)?){0,8}", query in "[a-cäö]{0,2}", cut: prop::sample::Index) {
            let line = line(&text);
            let found = finds(&line.text, &query);
            let cut = line.text.floor_char_boundary(cut.index(line.text.len() + 1));
            let mut whole = String::new();
            for part in [0..cut, cut..usize::MAX] {
                whole.extend(pieces(&line, part, &found, None).iter().map(|piece| piece.text));
            }
            prop_assert_eq!(whole, line.text);
        }
    }
}
