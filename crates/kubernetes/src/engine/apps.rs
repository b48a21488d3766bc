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
        let sizes = |app: &CatalogueEntry| {
            let sizes = app.sizes().iter();
            sizes.map(|size| size.shown(String::new())).collect()
        };
        apps.map(|app| App {
            isolation: self.isolation(),
            sizes: sizes(app),
            ..app.shown(unavailable_reason(app))
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
