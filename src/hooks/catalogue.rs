//! What apps are called and how they look: asked for once, when the first view wants to know.

use crate::api;
use leptos::prelude::*;
use vestibule_model::app::App;

/// The titles and icons of the catalogue.
#[derive(Clone, Copy)]
pub struct Catalogue {
    apps: RwSignal<Vec<App>>,
    is_asked: StoredValue<bool>,
}

impl Catalogue {
    /// Makes the page's catalogue and hands it to everything below.
    pub fn provide() {
        provide_context(Self::empty());
    }

    /// The page's catalogue.
    pub fn get() -> Self {
        let catalogue = use_context().unwrap_or_else(Self::empty);
        catalogue.ask_once();
        catalogue
    }

    /// What an app is called; its name until more is known.
    pub fn title(self, name: &str) -> String {
        self.read(name, |app| app.title.clone())
    }

    /// The icon of an app.
    pub fn icon(self, name: &str) -> String {
        self.read(name, |app| app.icon.clone())
    }

    fn empty() -> Self {
        Self {
            apps: RwSignal::new(Vec::new()),
            is_asked: StoredValue::new(false),
        }
    }

    fn read(self, name: &str, what: impl Fn(&App) -> String) -> String {
        let apps = self.apps.read();
        let found = apps.iter().find(|app| app.name == name).map(what);
        found
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| name.to_owned())
    }

    /// Without an answer the names stand alone, and the next view asks again.
    fn ask_once(self) {
        if self.is_asked.try_get_value() != Some(false) {
            return;
        }
        self.is_asked.set_value(true);
        leptos::task::spawn_local(async move {
            match api::apps().await {
                Ok(apps) => drop(self.apps.try_set(apps)),
                Err(_) => drop(self.is_asked.try_set_value(false)),
            }
        });
    }
}
