//! Tree of an answer.

/// Longest answer that is parsed, in bytes. A longer one is plain text.
pub const MAX_BYTES: usize = 64 * 1024;
/// Deepest nesting. A block with a deeper one is plain text.
pub const MAX_DEPTH: usize = 24;

/// Deepest heading.
pub const MAX_HEADING: u8 = 3;

/// Block of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Block {
    /// Paragraph.
    Paragraph(Vec<Inline>),
    /// Heading, with its depth in the answer's outline, from 1 to [`MAX_HEADING`]. It is at most one deeper
    /// than the heading before it, whatever was written.
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
