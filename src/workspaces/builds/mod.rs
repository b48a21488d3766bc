//! The builds of a workspace: the list of them, and the page of one with its log.

mod ask;
mod board;
mod cancel;
mod list;
mod page;
mod row;
mod steps;
mod words;

pub use list::BuildsPage;
pub use page::BuildPage;
