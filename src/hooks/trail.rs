//! The breadcrumb in the header: each page says where it stands.

use crate::routes::Page;
use crate::ui::effect;
use leptos::prelude::*;

/// One step of the way here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    /// What it is called.
    pub label: String,
    /// Its address; none for the page one is on.
    pub href: Option<String>,
}

impl Crumb {
    /// A page on the way.
    pub fn to(page: &Page, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: Some(page.path()),
        }
    }

    /// The page one is on.
    pub fn here(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: None,
        }
    }
}

/// The way to the page one is on.
#[derive(Clone, Copy)]
pub struct Trail(RwSignal<Vec<Crumb>>);

impl Trail {
    /// Makes the trail and hands it to everything below.
    pub fn provide() -> Self {
        let trail = Self(RwSignal::new(Vec::new()));
        provide_context(trail);
        trail
    }

    /// The steps.
    pub fn crumbs(self) -> Vec<Crumb> {
        self.0.get()
    }

    /// Keeps the trail as `crumbs` says for as long as the calling component lives.
    pub fn follow(crumbs: impl Fn() -> Vec<Crumb> + Send + Sync + 'static) {
        let Some(Self(trail)) = use_context() else {
            return;
        };
        let crumbs = Memo::new(move |_| crumbs());
        effect(move || trail.set(crumbs.get()));
        on_cleanup(move || {
            trail.try_set(Vec::new());
        });
    }
}
