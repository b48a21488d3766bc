//! The app catalogue: titles, icons and usual start times, requested when a view needs them and again
//! when they are old.

use crate::api::{self, clock};
use leptos::prelude::*;
use vestibule_model::app::{AgentOffer, App};
use vestibule_model::expectation::Expectation;
use vestibule_model::parameter::Parameter;
use vestibule_model::size::WorkbenchSize;
use vestibule_model::time::{Millis, Timestamp};

/// Age after which usual start times are requested again.
const OLD: Millis = Millis::from_secs(5 * 60);

/// The catalogue as the whole page shares it.
#[derive(Clone, Copy)]
pub struct AppCatalogue {
    apps: RwSignal<Vec<App>>,
    /// `true` if the first request is in progress.
    is_loading: RwSignal<bool>,
    asked_at: StoredValue<Option<Timestamp>>,
}

impl AppCatalogue {
    /// Creates the catalogue and provides it to everything below.
    pub fn provide() {
        provide_context(Self::empty());
    }

    /// Returns the page's catalogue, and requests it if it is old.
    pub fn expect() -> Self {
        let catalogue: Self = expect_context();
        catalogue.refresh();
        catalogue
    }

    /// Returns the title of an app, or its name where the title is unknown. Until the first answer it is
    /// blank, so that no name is shown for a moment and then replaced.
    pub fn title(self, name: &str) -> String {
        if self.is_loading.get() {
            return "\u{a0}".to_owned();
        }
        self.read(name, |app| app.title.clone())
    }

    /// Tracks changes of the catalogue.
    pub fn track(self) {
        self.apps.track();
    }

    /// Returns the icon of an app, or its name where the icon is unknown.
    pub fn icon(self, name: &str) -> String {
        self.read(name, |app| app.icon.clone())
    }

    /// Returns the usual duration of an app's starts, or `None` if it is unknown.
    pub fn expectation(self, name: &str) -> Option<Expectation> {
        let apps = self.apps.read();
        apps.iter().find(|app| app.name == name)?.expectation
    }

    /// Returns the parameters of an app; none until they are known.
    pub fn parameters(self, name: &str) -> Vec<Parameter> {
        let apps = self.apps.read();
        let app = apps.iter().find(|app| app.name == name);
        app.map_or_else(Vec::new, |app| app.parameters.clone())
    }

    /// Returns the sizes of an app; none until they are known.
    pub fn sizes(self, name: &str) -> Vec<WorkbenchSize> {
        let apps = self.apps.read();
        let app = apps.iter().find(|app| app.name == name);
        app.map_or_else(Vec::new, |app| app.sizes.clone())
    }

    /// Returns `true` if an app needs to be built before its first start, or `None` while that is not
    /// known.
    pub fn has_builds(self) -> Option<bool> {
        has_builds(&self.apps.read())
    }

    /// Returns the same without tracking it.
    pub fn has_builds_untracked(self) -> Option<bool> {
        self.apps.try_with_untracked(|apps| has_builds(apps))?
    }

    /// Returns the partner of the script tabs that an app's workbenches offer; unknown until it is known.
    pub fn agent(self, name: &str) -> AgentOffer {
        let apps = self.apps.read();
        let app = apps.iter().find(|app| app.name == name);
        app.map(|app| app.agent.clone()).unwrap_or_default()
    }

    /// Returns why an app's workbenches can have no terminals and scripts, or `None`.
    pub fn sessions_unavailable_reason(self, name: &str) -> Option<String> {
        let apps = self.apps.read();
        let app = apps.iter().find(|app| app.name == name)?;
        app.sessions_unavailable_reason.clone()
    }

    fn empty() -> Self {
        Self {
            apps: RwSignal::new(Vec::new()),
            is_loading: RwSignal::new(false),
            asked_at: StoredValue::new(None),
        }
    }

    fn read(self, name: &str, what: impl Fn(&App) -> String) -> String {
        let apps = self.apps.read();
        let found = apps.iter().find(|app| app.name == name).map(what);
        found
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| name.to_owned())
    }

    /// Requests the catalogue unless it is recent. After a failure the next view requests it again.
    fn refresh(self) {
        let now = clock::now();
        let asked_at = self.asked_at.try_get_value().flatten();
        if asked_at.is_some_and(|asked_at| now.since(asked_at) < OLD) {
            return;
        }
        self.asked_at.set_value(Some(now));
        self.is_loading.set(self.apps.with_untracked(Vec::is_empty));
        leptos::task::spawn_local(async move {
            match api::apps().await {
                Ok(apps) => {
                    if self.apps.try_with_untracked(|known| *known != apps) == Some(true) {
                        self.apps.try_set(apps);
                    }
                }
                Err(_) => drop(self.asked_at.try_set_value(None)),
            }
            self.is_loading.try_set(false);
        });
    }
}

fn has_builds(apps: &[App]) -> Option<bool> {
    (!apps.is_empty()).then(|| apps.iter().any(|app| app.needs_build))
}
