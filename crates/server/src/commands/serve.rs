//! `vestibule serve`.

use super::serve_engine;
use crate::agents::Agents;
use crate::auth::limiter::Limiter;
use crate::auth::password::Passwords;
use crate::auth::set_up::SetUpLink;
use crate::command_store::{CommandStore, LocalCommands};
use crate::console_files::ConsoleFiles;
use crate::cookies::Cookies;
use crate::embedding::EmbeddingReports;
use crate::engine_host::ServerHost;
use crate::last_uses::LastUses;
use crate::notices::Notices;
use crate::oidc::Providers;
use crate::per_user::PerUser;
use crate::progress::Reports;
use crate::proxy::{CompressedFiles, Proxy};
use crate::public_url::PublicUrl;
use crate::redirects::Redirects;
use crate::resources::{REVIEW_EVERY, ResourceStatuses, Resources};
use crate::server::{Limits, listen, serve};
use crate::settings::{EngineSetting, IsolationSetting, Settings, warnings};
use crate::state::{AppState, Inner};
use crate::store::{NewUser, Store};
use crate::tickets::Tickets;
use crate::{clock, credentials, data_dir, demo, descriptors, progress_socket, secrets};
use anyhow::{Context as _, anyhow, bail};
use std::future::Future;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use vestibule_engine::Engine;
use vestibule_engine::builder::Builder;
use vestibule_engine::clock::SystemClock;
use vestibule_engine::controller::{Controller, StatusStore};
use vestibule_engine::local::LocalEngine;
use vestibule_engine::local::catalogue::Catalogue;
use vestibule_model::isolation::IsolationLevel;
use vestibule_model::stream::NoticeKind;
use vestibule_model::validation::check_password;

/// Environment variable with the first administrator's password.
const ADMIN_PASSWORD: &str = "VESTIBULE_ADMIN_PASSWORD";

/// Name of the first administrator.
const ADMIN: &str = "admin";

/// Environment variable with the key of the secrets.
const KEY: &str = "VESTIBULE_KEY";

/// Runs the server until SIGTERM or Ctrl-C.
pub async fn run(settings: Settings, files: ConsoleFiles) -> anyhow::Result<()> {
    // Before anything else: a supervisor that sees the address may already send SIGTERM.
    let end = end_signal()?;
    survive_file_limit()?;
    hide_memory();
    vestibule_engine::local::orphans::collect_as_init();
    let limits = Limits {
        trusted_proxies: settings.trusted_proxies.clone(),
        ..Limits::for_descriptors(descriptors::raise_limit())
    };
    if settings.demo && settings.cluster.engine == EngineSetting::Kubernetes {
        bail!("--demo shows apps of this machine; leave it out with --engine kubernetes");
    }
    let catalogue = catalogue(&settings)?;
    data_dir::prepare(&settings.data_dir)?;
    let lock = data_dir::lock(&settings.data_dir)?;
    let listener = match listen(settings.listen).await {
        Ok(listener) => listener,
        Err(error) => {
            lock.undo();
            return Err(error);
        }
    };
    let store =
        Arc::new(Store::open(&settings.data_dir)?.with_session_life(settings.session_life()));
    if let Err(error) = store.top_up_reserve() {
        tracing::warn!(%error, "failed to reserve room for a full disk");
    }
    let public_url = match &settings.public_url {
        Some(url) => url.clone(),
        None => PublicUrl::local(listener.local_addr()?.port()),
    };
    let public_url = match settings.apps_url.clone() {
        Some(apps) => public_url.with_apps(apps).map_err(|why| anyhow!(why))?,
        None => public_url,
    };
    for warning in warnings(
        settings.listen,
        &public_url,
        settings.insecure_cookies,
        &settings.trusted_proxies,
    ) {
        tracing::warn!("{warning}");
    }
    if let Some(warning) = settings.header_warning() {
        tracing::warn!("{warning}");
    }
    for workspace in store.workspaces_above_limits()? {
        tracing::warn!(
            %workspace,
            "a maximum of this workspace's time limits is above the installation's, which is in force"
        );
    }
    let providers = providers(&settings, &store)?;
    let host = host(&settings, &store)?;
    let progress_socket = progress_socket::open(&settings.data_dir);
    let api_origin = api_origin(listener.local_addr()?, &public_url);
    let notices = Notices::default();
    let (engine, local, resources): (Arc<dyn Engine>, _, _) = match settings.cluster.engine {
        EngineSetting::Local => {
            let hidden = providers.files().iter().map(PathBuf::as_path);
            let engine = serve_engine::local(
                &settings,
                catalogue,
                &public_url,
                api_origin,
                settings
                    .file()
                    .into_iter()
                    .chain(hidden)
                    .map(Path::to_owned)
                    .collect(),
                progress_socket.as_ref().map(|(path, _)| path.clone()),
                host.clone(),
            )?;
            (engine.clone(), Some(engine), None)
        }
        EngineSetting::Kubernetes => {
            let (engine, own) =
                serve_engine::kubernetes(&settings, catalogue, &public_url, host.clone()).await?;
            let resources = Resources::watch(store.clone(), engine.clone())?;
            resources.follow_rights(notices.clone(), Some(own), REVIEW_EVERY);
            (engine, None, Some(resources))
        }
    };
    let isolation = engine.isolation();
    match isolation.level {
        IsolationLevel::None => {
            tracing::warn!("isolation of apps: {}", isolation.sentence());
            tracing::warn!(
                "every app can read this server's files, its key and the database included; {}",
                match settings.default_role(isolation.level) {
                    Some(_) => "new users may start apps by their default role",
                    None => "new users get no role unless one is given, or --default-role is set",
                }
            );
        }
        IsolationLevel::Sandbox => {
            tracing::info!("isolation of apps: {}", isolation.sentence());
        }
    }
    // Where an administrator has not chosen it, the console tells them as long as it lasts.
    let is_missing =
        isolation.level == IsolationLevel::None && settings.isolation != IsolationSetting::None;
    let missing = is_missing.then(|| (0, isolation.explanation.clone()));
    notices.set_with(&NoticeKind::IsolationMissing, missing, clock::now());
    let unknown = local
        .as_ref()
        .map_or(0, |engine| warn_of_unknown_workbenches(engine, &store));
    let reported = (unknown > 0).then_some(unknown);
    notices.set(&NoticeKind::UnknownWorkbenches, reported, clock::now());
    expect_default_role(settings.default_role(isolation.level), &store)?;
    let set_up = SetUpLink::default();
    let greeting = first_users(&settings, &store, &set_up, &public_url)?;
    // Before the first observation: apps that run are asked for messages from then on.
    let reports = engine.take_reports();
    let (commands, statuses) = desired_state(&store, resources.as_ref());
    let controller = Controller::start(engine.clone(), statuses);
    if let Some(resources) = &resources {
        resources.follow(&controller);
    }
    let builder = Builder::start(
        engine.clone(),
        store.clone(),
        settings.max_builds as usize,
        {
            let controller = controller.clone();
            Box::new(move |id| controller.enqueue(id))
        },
    );
    let cookies = Cookies {
        secure: !settings.insecure_cookies,
        apps_are_cross_site: public_url.has_own_site_for_apps(),
    };
    let state = AppState::new(Inner {
        agents: Agents::new(store.folder_beside("transcripts")),
        builder: builder.clone(),
        commands,
        controller,
        metrics_token: settings.metrics_token_hash(),
        store,
        host,
        engine: engine.clone(),
        public_url,
        console: settings.console(),
        files,
        default_role: settings.default_role(isolation.level).map(str::to_owned),
        cookies,
        tickets: Tickets::default(),
        passwords: Passwords::new()?,
        sign_ins: Limiter::default(),
        progress: Reports::default(),
        set_up,
        embedding_reports: EmbeddingReports::default(),
        proxy: Proxy::new(settings.app_timeout)
            .with_compressed(CompressedFiles::open(settings.data_dir.join("compressed"))),
        providers,
        user_header: settings.user_header(),
        trusted_proxies: settings.trusted_proxies.clone(),
        streams: PerUser::new(limits.bounds.streams_per_user()),
        connections: PerUser::new(limits.bounds.connections_per_user()),
        presence: Arc::default(),
        redirects: Redirects::default(),
        notices,
        shutdown: CancellationToken::new(),
    });
    write!(io::stdout(), "{greeting}").context("failed to write to standard output")?;
    if let Some((_, listener)) = progress_socket {
        tokio::spawn(progress_socket::serve(listener, state.clone()));
    }
    if let Some(reports) = reports {
        let reports = progress_socket::Reports(reports);
        tokio::spawn(progress_socket::serve(reports, state.clone()));
    }
    serve(listener, limits, state, settings.keep(), end).await;
    if let Some(local) = local {
        local.shut_down();
    }
    if let Some(resources) = resources {
        resources.shut_down();
    }
    builder.shut_down().await;
    drop(lock);
    Ok(())
}

/// Returns where the desired state of workbenches is, and where their statuses go.
fn desired_state(
    store: &Arc<Store>,
    resources: Option<&Arc<Resources>>,
) -> (Arc<dyn CommandStore>, Arc<dyn StatusStore>) {
    match resources {
        Some(resources) => (
            resources.clone(),
            Arc::new(ResourceStatuses::new(resources.clone())),
        ),
        None => (Arc::new(LocalCommands(store.clone())), store.clone()),
    }
}

/// Reads the identity providers.
fn providers(settings: &Settings, store: &Store) -> anyhow::Result<Providers> {
    let Some(file) = &settings.providers else {
        return Ok(Providers::default());
    };
    let providers = Providers::load(file, |name| std::env::var(name).ok())?;
    providers.expect_roles(&*store.roles()?)?;
    Ok(providers)
}

/// Refuses a default role that does not exist.
fn expect_default_role(role: Option<&str>, store: &Store) -> anyhow::Result<()> {
    let roles = store.roles()?;
    match role {
        Some(role) if roles.get(role).is_none() => Err(anyhow!(
            "the setting default_role names {role:?}, and there is no such role; use `none` for no role"
        )),
        _ => Ok(()),
    }
}

/// Warns of workbenches in the data folder that the database does not know, as after the loss of the
/// database, and returns their number. Nothing of them is touched: the folder may be needed to restore
/// them.
fn warn_of_unknown_workbenches(engine: &LocalEngine, store: &Store) -> u64 {
    let found = engine.workbenches().map_err(anyhow::Error::from);
    let unknown = found.and_then(|found| {
        let known = store.workbench_ids()?;
        Ok(found
            .into_iter()
            .filter(|(id, _)| !known.contains(id))
            .collect::<Vec<_>>())
    });
    match unknown {
        Ok(unknown) if unknown.is_empty() => 0,
        Ok(unknown) => {
            let ids: Vec<_> = unknown.iter().take(10).map(|(id, _)| id.as_str()).collect();
            let running = unknown.iter().filter(|(_, is_running)| *is_running).count();
            tracing::warn!(
                count = unknown.len(),
                running,
                ids = ids.join(" "),
                "the data folder has workbenches that the database does not know; if the database was lost, stop the \
                 server and put back a backup of it, otherwise end their processes and remove their folders"
            );
            unknown.len() as u64
        }
        Err(error) => {
            tracing::warn!(%error, "failed to compare the data folder with the database");
            0
        }
    }
}

/// Turns a passed limit of file sizes (`ulimit -f`) into an error of the write, which is reported: by itself
/// the signal ends the process at once, without a word.
fn survive_file_limit() -> anyhow::Result<()> {
    signal(SignalKind::from_raw(nix::libc::SIGXFSZ))
        .map(drop)
        .context("failed to handle SIGXFSZ")
}

/// Keeps other processes of this user, the apps for example, from reading the server's environment
/// and memory, which hold its key and passwords.
fn hide_memory() {
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_dumpable(false) {
        tracing::warn!(%error, "failed to hide the server's memory from other processes");
    }
}

/// Creates the engine's host. Fails if the key does not open the stored secrets.
fn host(settings: &Settings, store: &Arc<Store>) -> anyhow::Result<Arc<ServerHost>> {
    let key = credentials::find(KEY)?;
    let clock = Arc::new(SystemClock);
    Ok(Arc::new(ServerHost {
        cipher: Arc::new(secrets::find(&settings.data_dir, key, store)?),
        uses: Arc::new(LastUses::since_now(clock.clone())),
        store: Arc::clone(store),
        clock,
    }))
}

/// Returns the API's origin for processes of this machine: the loopback address if the server
/// listens there, since not every program resolves names below `localhost`.
fn api_origin(listens: SocketAddr, public_url: &PublicUrl) -> String {
    let port = listens.port();
    match listens.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => format!("http://{ip}:{port}"),
        IpAddr::V6(ip) if ip.is_loopback() => format!("http://[{ip}]:{port}"),
        ip if ip.is_unspecified() => format!("http://{}:{port}", Ipv4Addr::LOCALHOST),
        _ => public_url.origin(),
    }
}

/// Returns the catalogue of apps, with those of the sample data for `--demo`.
fn catalogue(settings: &Settings) -> anyhow::Result<Catalogue> {
    let catalogue = match &settings.apps {
        Some(file) => Catalogue::load(file)?,
        None => Catalogue::built_in(),
    };
    if !settings.demo {
        return Ok(catalogue);
    }
    let samples = Catalogue::parse(Path::new("sample catalogue"), demo::APPS)?;
    Ok(catalogue.with(samples))
}

/// Creates the first users of an empty store and returns the text to print.
fn first_users(
    settings: &Settings,
    store: &Store,
    set_up: &SetUpLink,
    public_url: &PublicUrl,
) -> anyhow::Result<String> {
    let mut message = format!("Vestibule is at {public_url}\n");
    let password = credentials::find(ADMIN_PASSWORD)?;
    if store.user_count()? > 0 {
        if settings.demo {
            message.push_str("The store is not empty: the sample data was not added.\n");
        }
        if let Some(password) = password {
            check_password_variable(store, &password)?;
        }
        return Ok(message);
    }
    if let Some(password) = &password {
        check_password(ADMIN_PASSWORD, password)
            .map_err(|error| anyhow!("{}: {}", error.field, error.message))?;
    }
    if settings.demo {
        message.push_str(&demo::fill(store, password)?);
    } else if let Some(password) = password {
        let hash = crate::auth::password::hash(&password)?;
        store.create_user(&NewUser::administrator(ADMIN, hash), clock::now())?;
        message.push_str("Made the user admin, with the password of VESTIBULE_ADMIN_PASSWORD.\n");
    } else {
        let token = set_up.open();
        message.push_str(&format!(
            "Make the first administrator at {public_url}/set-up?token={token}\n"
        ));
    }
    Ok(message)
}

/// Warns if the variable with the administrator's password has no effect.
fn check_password_variable(store: &Store, password: &str) -> anyhow::Result<()> {
    let advice = "it counts at the first start only, and nothing was changed";
    match store.credentials(ADMIN)? {
        Some((_, hash)) if crate::auth::password::verify(password, &hash) => {}
        Some(_) => tracing::warn!(
            "{ADMIN_PASSWORD} is not the password of the user {ADMIN}: {advice}; \
             use `vestibule user reset-password {ADMIN}` to change it, or leave it out"
        ),
        None => tracing::warn!(
            "{ADMIN_PASSWORD} is set, but there is no user {ADMIN}: {advice}; \
             use `vestibule user add {ADMIN} --admin` to make one, or leave it out"
        ),
    }
    Ok(())
}

/// Returns a future that ends at SIGTERM or Ctrl-C.
fn end_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
