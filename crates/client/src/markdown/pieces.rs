//! Pieces of an answer that come after each other.

/// Joins the pieces of an answer that come after each other. Pieces are paragraphs of their own, except
/// within a block of code, which goes on.
pub fn join<'a>(pieces: impl IntoIterator<Item = (&'a str, bool)>) -> String {
    let mut whole = String::new();
    let mut goes_on = true;
    for (text, continues) in pieces {
        if !goes_on {
            let has_end = whole.ends_with('\n');
            whole.push_str(match (is_in_code(&whole), has_end) {
                (true, true) => "",
                (true, false) | (false, true) => "\n",
                (false, false) => "\n\n",
            });
        }
        whole.push_str(text);
        goes_on = continues;
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
