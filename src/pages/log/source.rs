//! The log that a view shows.

use leptos::prelude::*;

/// The log to show.
#[derive(Clone, Copy)]
pub struct LogSource {
    /// Accessible name.
    pub name: &'static str,
    /// Address, or `None` while it is not wanted.
    pub path: Signal<Option<String>>,
    /// `true` if more may come.
    pub is_live: Signal<bool>,
    /// Text while it is empty.
    pub empty: Signal<&'static str>,
    /// Address of the whole log as a file.
    pub download: Signal<Option<String>>,
    /// `true` if the page is about this log: its lines have addresses, and `/` searches it.
    pub is_main: bool,
    /// Id of its element.
    pub id: Signal<String>,
    /// Receives the last line that says something, or `None` where that is not wanted.
    pub last_line: Option<RwSignal<String>>,
}
