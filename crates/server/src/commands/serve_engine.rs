//! The engine of `vestibule serve`.

use crate::engine_host::ServerHost;
use crate::public_url::PublicUrl;
use crate::settings::{PodAccess, Settings};
use anyhow::{Context as _, bail};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use vestibule_engine::local::catalogue::Catalogue;
use vestibule_engine::local::{LocalConfig, LocalEngine};
use vestibule_kubernetes::cluster::PodRoute;
use vestibule_kubernetes::engine::{
    Access, KubernetesConfig, KubernetesEngine, Lease, LeaseError, Standing,
};
use vestibule_model::time::Millis;

/// Creates the engine on this machine.
pub(super) fn local(
    settings: &Settings,
    catalogue: Catalogue,
    public_url: &PublicUrl,
    api_origin: String,
    hidden: Vec<PathBuf>,
    progress_socket: Option<PathBuf>,
    host: Arc<ServerHost>,
) -> anyhow::Result<Arc<LocalEngine>> {
    for mount in settings
        .mounts
        .0
        .iter()
        .filter(|mount| !mount.path().exists())
    {
        tracing::warn!(
            path = %mount.path().display(),
            "a path of --mounts is not there; sandboxes show it once it is"
        );
    }
    let engine = LocalEngine::new(LocalConfig {
        isolation: settings.isolation.into(),
        mounts: settings.mounts.0.clone(),
        devices: settings.devices.0.clone(),
        hidden,
        progress_socket,
        host,
        max_processes: settings.max_workbenches.map(|count| count as usize),
        build_limit: settings.build_timeout,
        least_memory_mb: settings.least_memory_mb.map_or(0, u64::from),
        folder_quota_mb: settings.folder_quota_mb.map_or(0, u64::from),
        api_origin,
        ..LocalConfig::new(
            &settings.data_dir,
            catalogue,
            std::env::current_exe().context("failed to find the program's own file")?,
            public_url.origin(),
            public_url.app_origin_pattern(),
        )
    })?;
    Ok(engine)
}

/// Connects to the cluster of the settings. The engine's own waits are for the API server to answer; a
/// cluster that cannot be reached is an error, because nothing could be shown of it. Returns the engine and
/// the namespace of the server's lease.
pub(super) async fn kubernetes(
    settings: &Settings,
    catalogue: Catalogue,
    public_url: &PublicUrl,
    host: Arc<ServerHost>,
) -> anyhow::Result<(Arc<KubernetesEngine>, String)> {
    let server = host.store.server_id()?;
    let settings = &settings.cluster;
    let Some(runner_image) = &settings.runner_image else {
        bail!(
            "--engine kubernetes needs --runner-image: the image with this program, which Pods of workbenches take it from"
        );
    };
    let access = Access::find(
        settings.kubeconfig.as_deref(),
        settings.kube_context.as_deref(),
    )
    .await
    .context("failed to find the cluster; name its file with --kubeconfig")?;
    let version = access
        .version()
        .await
        .with_context(|| format!("failed to reach the cluster at {}", access.address()))?;
    if !access
        .has_definition()
        .await
        .context("failed to search for the definition of AgenticSession")?
    {
        bail!(
            "the cluster has no definition of AgenticSession; an administrator adds it with `vestibule crd | kubectl apply -f -`"
        );
    }
    tracing::info!(
        address = access.address(),
        version,
        "workbenches run on a cluster"
    );
    let own = settings.lease_namespace.clone();
    let mut lease = Lease::of(&access, &own, &server);
    let standing = match lease.acquire().await {
        Ok(standing) => standing,
        Err(error @ LeaseError::Held { .. }) => {
            tracing::warn!("{error}; this server stands by, and takes over once the lease is free");
            Standing::Lost
        }
        Err(error) => return Err(error.into()),
    };
    let pod_route = match settings.pod_access {
        Some(PodAccess::Direct) => PodRoute::Direct,
        Some(PodAccess::Forward) => PodRoute::Forward,
        None if access.is_inside() => PodRoute::Direct,
        None => PodRoute::Forward,
    };
    let millis = |time: Duration| Millis(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    let engine = KubernetesEngine::new(KubernetesConfig {
        namespace_prefix: settings.namespace_prefix.clone(),
        storage: settings.folder_size.clone(),
        keep_folders: millis(settings.keep_folders_for),
        run_as: settings.run_as,
        image_grace: millis(settings.image_grace),
        pod_route,
        observe_only: settings.observe_only,
        progress_annotation: settings.progress_annotation.clone(),
        impersonate: settings.impersonate.then(|| access.config().clone()),
        host,
        ..KubernetesConfig::new(
            access.client().clone(),
            catalogue,
            runner_image,
            public_url.origin(),
            public_url.app_origin_pattern(),
        )
    });
    engine.set_standing(standing);
    let managed = Arc::clone(&engine);
    let was_held = AtomicBool::new(standing != Standing::Lost);
    tokio::spawn(lease.keep(move |standing| {
        let is_held = standing != Standing::Lost;
        if was_held.swap(is_held, Ordering::Relaxed) != is_held {
            if is_held {
                tracing::info!("this server manages the cluster");
            } else {
                tracing::error!("another server manages the cluster: this one does nothing there");
            }
        }
        managed.set_standing(standing);
    }));
    Ok((engine, own))
}
