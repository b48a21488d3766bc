//! Apps of the catalogue, as far as a cluster can run them.

use super::KubernetesEngine;
use vestibule_engine::Engine as _;
use vestibule_engine::local::catalogue::CatalogueEntry;
use vestibule_model::app::App;
use vestibule_model::observed::AppAvailability;

impl KubernetesEngine {
    /// Returns an app of the catalogue.
    pub(super) fn app(&self, name: &str) -> Option<&CatalogueEntry> {
        self.config.catalogue.get(name)
    }

    /// Returns whether an app can run on the cluster.
    pub(super) fn availability(&self, name: &str) -> AppAvailability {
        let Some(app) = self.app(name) else {
            return AppAvailability::Unknown;
        };
        match unavailable_reason(app) {
            Some(why) => AppAvailability::ProgramMissing(why),
            None => AppAvailability::Available,
        }
    }

    /// Returns every app of the catalogue.
    pub(super) fn all_apps(&self) -> Vec<App> {
        let apps = self.config.catalogue.apps().iter();
        apps.map(|app| {
            let unavailable_reason = unavailable_reason(app);
            App {
                name: app.name.clone(),
                title: app.title.clone(),
                description: app.description.clone(),
                icon: app.icon.clone(),
                available: unavailable_reason.is_none(),
                unavailable_reason,
                needs_build: false,
                built: false,
                start_timeout_seconds: app.start_timeout_seconds,
                isolation: self.isolation(),
                expectation: None,
                parameters: app.parameters.clone(),
                sizes: app
                    .sizes()
                    .iter()
                    .map(|size| size.shown(String::new()))
                    .collect(),
                reads_clipboard: app.clipboard,
            }
        })
        .collect()
    }
}

/// Returns why an app cannot run on a cluster, or `None`.
fn unavailable_reason(app: &CatalogueEntry) -> Option<String> {
    match &app.image {
        Some(_) => None,
        None => Some(
            "It has no image for a cluster. An administrator can add one to the catalogue."
                .to_owned(),
        ),
    }
}
