//! What a person prefers in this browser: the theme.

use leptos::prelude::*;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system is.
    System,
    /// Light, whatever the system is.
    Light,
    /// Dark, whatever the system is.
    Dark,
}

/// Where it is kept; index.html reads it before the first paint.
const KEY: &str = "vestibule.theme";

impl Theme {
    /// The word it is kept as.
    fn word(self) -> Option<&'static str> {
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

/// The theme, and a way to choose another.
pub fn use_theme() -> (Signal<Theme>, Callback<Theme>) {
    let theme = RwSignal::new(Theme::kept());
    let choose = Callback::new(move |chosen: Theme| {
        theme.set(chosen);
        show(chosen);
    });
    (theme.into(), choose)
}

/// A browser that keeps nothing still shows the choice until the page is left.
fn show(theme: Theme) {
    let storage = window().local_storage().ok().flatten();
    let root = document().document_element();
    match theme.word() {
        Some(word) => {
            let _ = storage.map(|storage| storage.set_item(KEY, word));
            let _ = root.map(|root| root.set_attribute("data-theme", word));
        }
        None => {
            let _ = storage.map(|storage| storage.remove_item(KEY));
            let _ = root.map(|root| root.remove_attribute("data-theme"));
        }
    }
}
