//! Settings of the engine.

use crate::cluster::PodRoute;
use kube::{Client, Config};
use std::sync::Arc;
use vestibule_engine::clock::{Clock, SystemClock};
use vestibule_engine::engine_host::{BareHost, EngineHost};
use vestibule_engine::local::catalogue::{Catalogue, RunAs};
use vestibule_model::time::Millis;

/// Settings of the engine.
pub struct KubernetesConfig {
    /// Client of the cluster.
    pub client: Client,
    /// The apps.
    pub catalogue: Catalogue,
    /// Begin of the namespaces' names; the workspace's identifier follows.
    pub namespace_prefix: String,
    /// Image with Vestibule's program as its entry point.
    pub runner_image: String,
    /// User of the Pods of apps that name none.
    pub run_as: RunAs,
    /// Time for which an image that can't be pulled is tried again, before the run fails.
    pub image_grace: Millis,
    /// Size of a new workbench's folder, unless its app has another.
    pub storage: String,
    /// Time for which the folder of a deleted workbench is kept.
    pub keep_folders: Millis,
    /// Way to the Pods.
    pub pod_route: PodRoute,
    /// `true` if nothing is created, changed or removed: the engine only observes.
    pub observe_only: bool,
    /// Access with which the server acts as the users who change resources; `None`: as itself.
    pub impersonate: Option<Config>,
    /// Second annotation of a resource with the progress of its run, for other programs; `None` for none.
    pub progress_annotation: Option<String>,
    /// The console's origin, for `{console}`.
    pub console_origin: String,
    /// An app's origin, with `{id}` where the workbench's id goes, for `{origin}` and `{host}`.
    pub app_origin_pattern: String,
    /// Secrets, run tokens and usage.
    pub host: Arc<dyn EngineHost>,
    /// The current time, for the age of tokens.
    pub clock: Arc<dyn Clock>,
}

impl KubernetesConfig {
    /// Creates settings with defaults: the user 1000, two minutes for images, folders of 10 GiB that are kept
    /// for a week, direct connections, and a [`BareHost`].
    pub fn new(
        client: Client,
        catalogue: Catalogue,
        runner_image: impl Into<String>,
        console_origin: impl Into<String>,
        app_origin_pattern: impl Into<String>,
    ) -> Self {
        Self {
            client,
            catalogue,
            namespace_prefix: "vestibule-".to_owned(),
            runner_image: runner_image.into(),
            run_as: RunAs::User(1000),
            image_grace: Millis::from_secs(2 * 60),
            storage: "10Gi".to_owned(),
            keep_folders: Millis::from_secs(7 * 24 * 60 * 60),
            pod_route: PodRoute::Direct,
            observe_only: false,
            impersonate: None,
            progress_annotation: None,
            console_origin: console_origin.into(),
            app_origin_pattern: app_origin_pattern.into(),
            host: Arc::new(BareHost),
            clock: Arc::new(SystemClock),
        }
    }
}
