//! Pieces of an answer that come after each other.

/// Piece of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Text.
    pub text: &'a str,
    /// `true` if the next piece continues the same text, so that nothing separates them.
    pub continues: bool,
}

/// Joins the pieces of an answer that come after each other. Pieces are paragraphs of their own, except
/// within a block of code, which continues in the next piece.
pub fn join<'a>(pieces: impl IntoIterator<Item = Piece<'a>>) -> String {
    let mut whole = String::new();
    let mut continues = true;
    for piece in pieces {
        if !continues {
            let has_end = whole.ends_with('\n');
            whole.push_str(match (is_in_code(&whole), has_end) {
                (true, true) => "",
                (true, false) | (false, true) => "\n",
                (false, false) => "\n\n",
            });
        }
        whole.push_str(piece.text);
        continues = piece.continues;
    }
    whole
}

/// Returns `true` if a text ends within a block of code that began outside of lists and quotations.
fn is_in_code(text: &str) -> bool {
    let mut open: Option<(char, usize)> = None;
    for line in text.lines() {
        let fence = line.trim_start_matches(' ');
        let Some(mark) = fence.chars().next().filter(|mark| "`~".contains(*mark)) else {
            continue;
        };
        let rest = fence.trim_start_matches(mark);
        let length = fence.len() - rest.len();
        if length < 3 || line.len() - fence.len() > 3 {
            continue;
        }
        match open {
            Some((by, least)) if by == mark && length >= least && rest.trim().is_empty() => {
                open = None;
            }
            Some(_) => {}
            None if mark == '`' && rest.contains('`') => {}
            None => open = Some((mark, length)),
        }
    }
    open.is_some()
}
