//! Markdown of an agent's answer as a tree of elements and texts.
//!
//! No part of the answer is HTML for the browser: tags are texts, and links lead to `http`, `https` and
//! `mailto` only. No text gets lost: a block of which something would not be shown is shown as it was
//! written.

mod pieces;
mod reader;
#[cfg(test)]
mod tests;
mod tree;

pub use pieces::{Piece, join};
pub use reader::parse;
pub use tree::{Block, Inline, Item, MAX_BYTES, MAX_DEPTH, MAX_HEADING};
