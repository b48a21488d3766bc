//! Markdown of an agent's answer as a tree of elements and texts.
//!
//! Nothing of the answer is HTML for the browser: tags are texts, and links lead to `http`, `https` and
//! `mailto` only. No text gets lost: a block of which something would not be shown is shown as it was
//! written.

mod reader;
#[cfg(test)]
mod tests;

use reader::Reader;

/// Longest answer that is parsed, in bytes. A longer one is plain text.
pub const MAX_BYTES: usize = 64 * 1024;
/// Deepest nesting. A block with a deeper one is plain text.
pub const MAX_DEPTH: usize = 24;

/// Block of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Block {
    /// Paragraph.
    Paragraph(Vec<Inline>),
    /// Heading, with its level from 1 to 6.
    Heading(u8, Vec<Inline>),
    /// List; with the number of its first item if it is ordered.
    List(Option<u64>, Vec<Item>),
    /// Code.
    Code {
        /// Language and whatever else stands beside it; empty: unknown.
        language: String,
        /// Lines.
        text: String,
    },
    /// Quotation.
    Quote(Vec<Self>),
    /// Table.
    Table {
        /// Cells of the head.
        head: Vec<Vec<Inline>>,
        /// Cells of the rows.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// Line between two parts.
    Rule,
    /// Text as it was written.
    Plain(String),
}

/// Item of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Item {
    /// State of a task; `None`: it is no task.
    pub is_done: Option<bool>,
    /// Content.
    pub content: Vec<Block>,
}

/// Part of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Inline {
    /// Text.
    Text(String),
    /// Emphasised text.
    Emphasis(Vec<Self>),
    /// Important text.
    Strong(Vec<Self>),
    /// Text that was struck out.
    Strikethrough(Vec<Self>),
    /// Code.
    Code(String),
    /// Link.
    Link {
        /// Address; its scheme is `http`, `https` or `mailto`.
        url: String,
        /// Title; empty: none.
        title: String,
        /// Content.
        content: Vec<Self>,
    },
    /// End of a line.
    Break,
}

/// Parses an answer.
pub fn parse(text: &str) -> Vec<Block> {
    match text.len() {
        0..=MAX_BYTES => Reader::new(text).blocks(),
        _ => vec![Block::Plain(text.to_owned())],
    }
}

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
