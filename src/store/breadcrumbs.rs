//! The breadcrumbs in the header, which each page sets.

use crate::routes::Page;
use leptos::prelude::*;

/// Step of the way to the current page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    /// The name of the page.
    pub label: String,
    /// The address of the page; `None` for the current page.
    pub href: Option<String>,
}

impl Crumb {
    /// Returns the crumb of a page that leads here.
    pub fn to(page: &Page, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: Some(page.path()),
        }
    }

    /// Returns the crumb of the current page.
    pub fn here(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: None,
        }
    }
}

/// The breadcrumbs of the current page.
#[derive(Clone, Copy)]
pub struct Breadcrumbs(RwSignal<Option<Memo<Vec<Crumb>>>>);

impl Breadcrumbs {
    /// Creates the breadcrumbs and provides them to everything below.
    pub fn provide() -> Self {
        let breadcrumbs = Self(RwSignal::new(None));
        provide_context(breadcrumbs);
        breadcrumbs
    }

    /// Returns the crumbs.
    pub fn crumbs(self) -> Vec<Crumb> {
        let crumbs = self.0.get();
        // The page may be gone before its crumbs are.
        crumbs
            .and_then(|crumbs| crumbs.try_get())
            .unwrap_or_default()
    }

    /// Shows crumbs for as long as the calling component lives.
    pub fn show(crumbs: impl Fn() -> Vec<Crumb> + Send + Sync + 'static) {
        let Self(shown) = expect_context();
        let crumbs = Memo::new(move |_| crumbs());
        shown.set(Some(crumbs));
        on_cleanup(move || {
            // The next page may have set its own by now.
            if shown.try_get_untracked().flatten() == Some(crumbs) {
                shown.try_set(None);
            }
        });
    }
}
