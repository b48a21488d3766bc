//! Matches of the search in a row.

use leptos::prelude::*;
use vestibule_client::log::finds;

/// Match of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// `true` for the current match.
    pub is_current: bool,
    /// Searched text; empty: the row is no match.
    pub wanted: String,
}

impl Found {
    /// Returns the value of `data-found` in the style sheets.
    pub fn as_str(&self) -> Option<&'static str> {
        match (self.wanted.is_empty(), self.is_current) {
            (true, _) => None,
            (false, true) => Some("current"),
            (false, false) => Some("here"),
        }
    }
}

/// Renders a text with the matches marked.
pub fn marked(text: &str, query: &str) -> AnyView {
    let found = finds(text, query);
    if found.is_empty() {
        return text.to_owned().into_any();
    }
    let mut parts = Vec::new();
    let mut at = 0;
    for (start, end) in found {
        parts.push(text[at..start].to_owned().into_any());
        let part = text[start..end].to_owned();
        parts.push(view! { <mark>{part}</mark> }.into_any());
        at = end;
    }
    parts.push(text[at..].to_owned().into_any());
    parts.into_any()
}
