//! What apps are called, how they look, and how long they usually take: asked for when a view wants
//! to know, and again when what is known is old.

use super::lasting::follow;
use crate::api::{self, clock};
use leptos::prelude::*;
use vestibule_model::app::App;
use vestibule_model::expectation::Expectation;
use vestibule_model::time::{Millis, Timestamp};

/// After this long what starts usually take may be another length.
const OLD: Millis = Millis::from_secs(5 * 60);

/// The titles and icons of the catalogue.
#[derive(Clone, Copy)]
pub struct Catalogue {
    apps: RwSignal<Vec<App>>,
    /// Nothing is known yet, and it is asked for.
    is_awaited: RwSignal<bool>,
    asked_at: StoredValue<Option<Timestamp>>,
}

impl Catalogue {
    /// Makes the page's catalogue and hands it to everything below.
    pub fn provide() {
        provide_context(Self::empty());
    }

    /// The page's catalogue.
    pub fn get() -> Self {
        let catalogue = use_context().unwrap_or_else(Self::empty);
        catalogue.ask();
        catalogue
    }

    /// What an app is called; its name where that is not known. Until the first answer a blank keeps the
    /// place, so that no name is seen for a moment and then another.
    pub fn title(self, name: &str) -> String {
        follow(&self.is_awaited);
        if self.is_awaited.get_untracked() {
            return "\u{a0}".to_owned();
        }
        self.read(name, |app| app.title.clone())
    }

    /// Hears when more is known.
    pub fn track(self) {
        follow(&self.apps);
    }

    /// The icon of an app.
    pub fn icon(self, name: &str) -> String {
        self.read(name, |app| app.icon.clone())
    }

    /// How long an app's starts usually take, where that is known.
    pub fn expectation(self, name: &str) -> Option<Expectation> {
        follow(&self.apps);
        let apps = self.apps.read_untracked();
        apps.iter().find(|app| app.name == name)?.expectation
    }

    fn empty() -> Self {
        Self {
            apps: RwSignal::new(Vec::new()),
            is_awaited: RwSignal::new(false),
            asked_at: StoredValue::new(None),
        }
    }

    fn read(self, name: &str, what: impl Fn(&App) -> String) -> String {
        follow(&self.apps);
        let apps = self.apps.read_untracked();
        let found = apps.iter().find(|app| app.name == name).map(what);
        found
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| name.to_owned())
    }

    /// Without an answer the names stand alone, and the next view asks again.
    fn ask(self) {
        let now = clock::now();
        let asked_at = self.asked_at.try_get_value().flatten();
        if asked_at.is_some_and(|asked_at| now.since(asked_at) < OLD) {
            return;
        }
        self.asked_at.set_value(Some(now));
        self.is_awaited.set(self.apps.with_untracked(Vec::is_empty));
        leptos::task::spawn_local(async move {
            match api::apps().await {
                Ok(apps) => {
                    if self.apps.try_with_untracked(|known| *known != apps) == Some(true) {
                        self.apps.try_set(apps);
                    }
                }
                Err(_) => drop(self.asked_at.try_set_value(None)),
            }
            self.is_awaited.try_set(false);
        });
    }
}
