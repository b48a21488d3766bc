//! The theme, kept in this browser.

use super::storage::StorageArea;
use leptos::prelude::*;

/// Colour scheme of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// The scheme of the system.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Key in the local storage; `index.html` reads it before the first paint.
const KEY: &str = "vestibule.theme";

impl Theme {
    /// Returns the stored word; `None` for the scheme of the system.
    fn as_str(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    fn kept() -> Self {
        match document()
            .document_element()
            .and_then(|root| root.get_attribute("data-theme"))
            .as_deref()
        {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }
}

/// Returns the theme and a callback that changes it.
pub fn use_theme() -> (Signal<Theme>, Callback<Theme>) {
    let theme = RwSignal::new(Theme::kept());
    let choose = Callback::new(move |chosen: Theme| {
        theme.set(chosen);
        show(chosen);
    });
    (theme.into(), choose)
}

/// Shows and stores a theme. A browser without storage shows it until the page is left.
fn show(theme: Theme) {
    StorageArea::Local.set_or_remove(KEY, theme.as_str());
    let root = document().document_element();
    let _ = root.map(|root| match theme.as_str() {
        Some(word) => root.set_attribute("data-theme", word),
        None => root.remove_attribute("data-theme"),
    });
}
