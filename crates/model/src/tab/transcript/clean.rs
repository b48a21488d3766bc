//! Removal of control sequences from a program's output.

/// Longest colour sequence that is kept, in bytes.
const MAX_SEQUENCE: usize = 64;

/// Returns a text whose only control characters are tabs, newlines and colour sequences. Of parts
/// of a line that a carriage return separates, the last one stays, as on a terminal.
pub fn clean(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            let line = line.trim_end_matches('\r');
            filtered(line.rsplit('\r').next().unwrap_or_default(), true)
        })
        .collect();
    lines.join("\n")
}

/// Returns a text without colour sequences and control characters other than tabs and newlines.
pub fn plain(text: &str) -> String {
    filtered(text, false)
}

fn filtered(text: &str, keeps_colours: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| is_control(c) || is_direction(c)) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        rest = after;
        let (sequence, remaining) = rest.split_at(sequence_length(rest));
        rest = remaining;
        if keeps_colours && is_colour(sequence) {
            out.push_str(sequence);
        }
    }
    out.push_str(rest);
    out
}

/// Returns `true` for control characters that are removed.
fn is_control(c: char) -> bool {
    c.is_control() && c != '\t' && c != '\n'
}

/// Returns `true` for characters that change the direction of the text around them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_colour(sequence: &str) -> bool {
    sequence.len() <= MAX_SEQUENCE
        && sequence
            .strip_prefix("\x1b[")
            .and_then(|rest| rest.strip_suffix('m'))
            .is_some_and(|inner| {
                inner
                    .bytes()
                    .all(|b| b.is_ascii_digit() || b";:".contains(&b))
            })
}

/// Returns the length of the control sequence at the begin of a text: at least its first character.
fn sequence_length(text: &str) -> usize {
    let mut chars = text.char_indices();
    let first = chars.next().map_or(0, |(_, c)| c.len_utf8());
    let introducer = match text.chars().next() {
        Some('\x1b') => chars.next().map(|(_, c)| c),
        Some('\u{9b}') => Some('['),
        Some('\u{9d}') => Some(']'),
        Some('\u{90}') => Some('P'),
        _ => return first,
    };
    match introducer {
        Some('[') => chars
            .find(|(_, c)| matches!(c, '@'..='~') || is_control(*c) || *c == '\n')
            .map_or(text.len(), |(at, c)| match c {
                '@'..='~' => at + 1,
                _ => at,
            }),
        // A string, up to its terminator: BEL, ESC \ or ST.
        Some(']' | 'P' | 'X' | '^' | '_') => chars
            .find(|(_, c)| matches!(c, '\x07' | '\x1b' | '\u{9c}' | '\n'))
            .map_or(text.len(), |(at, c)| match c {
                '\x1b' if text[at..].starts_with("\x1b\\") => at + 2,
                '\x1b' | '\n' => at,
                c => at + c.len_utf8(),
            }),
        // A character set, such as ESC ( B.
        Some('(' | ')' | '#' | '%') => chars.next().map_or(text.len(), |(at, c)| at + c.len_utf8()),
        Some(c) if !is_control(c) && c != '\n' => first + c.len_utf8(),
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn colours_stay_and_every_other_sequence_goes() {
        for (text, expected) in [
            ("\x1b[1;31mred\x1b[0m\tend", "\x1b[1;31mred\x1b[0m\tend"),
            ("a\x1b[2Jb\x1b[10;20Hc", "abc"),
            (
                "a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
                "ablink",
            ),
            ("a\x1b]52;c;ZXZpbA==\x07b", "ab"),
            ("a\x1b]never ends", "a"),
            ("bell\x07 back\x08 nul\0", "bell back nul"),
            ("10%\r20%\r30%\r", "30%"),
            ("\x1b(Bx\x1b=y\x1bPdcs\x1b\\z", "xyz"),
            ("\u{9b}2Jx\u{9d}0;t\u{9c}y", "xy"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("right\u{202e}left", "rightleft"),
            ("two\nlines\r\n", "two\nlines\n"),
            ("\x1b", ""),
            ("\x1b[", ""),
            ("\x1b[31", ""),
        ] {
            assert_eq!(clean(text), expected, "{text:?}");
        }
        assert_eq!(plain("\x1b[31mred\x1b[m"), "red");
    }

    proptest! {
        #[test]
        fn nothing_but_tabs_newlines_and_colours_is_left(text in "[\\x00-\\x1f\\x7f-\\u{9f}\\[\\]();0-9mHPa\\\\]{0,60}") {
            let cleaned = clean(&text);
            prop_assert_eq!(&clean(&cleaned), &cleaned);
            let without = plain(&cleaned);
            prop_assert!(without.chars().all(|c| !c.is_control() || c == '\t' || c == '\n'));
            for rest in cleaned.split('\x1b').skip(1) {
                let end = rest.find('m').expect("a colour sequence ends");
                prop_assert!(rest[1..end].bytes().all(|b| b.is_ascii_digit() || b";:".contains(&b)));
            }
        }
    }
}
