//! Apps of the catalogue, as far as a cluster can run them.

use super::KubernetesEngine;
use vestibule_engine::Engine as _;
use vestibule_engine::local::catalogue::CatalogueEntry;
use vestibule_model::app::App;
use vestibule_model::observed::{AppAvailability, Lack};

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
        match lacking(app) {
            Some((lack, why)) => AppAvailability::Lacking(lack, why),
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
            // A Pod is isolated.
            sessions_unavailable_reason: app.refuses_sessions(true).map(str::to_owned),
            ..app.shown(lacking(app))
        })
        .collect()
    }
}

/// Returns what an app lacks to run on a cluster, and a sentence about it, or `None`.
fn lacking(app: &CatalogueEntry) -> Option<(Lack, String)> {
    let sentence = "It has no image for a cluster. An administrator can add one to the catalogue.";
    app.image
        .is_none()
        .then(|| (Lack::Image, sentence.to_owned()))
}
