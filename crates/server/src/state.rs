//! State that handlers share.

use crate::agents::Agents;
use crate::auth::limiter::Limiter;
use crate::auth::password::Passwords;
use crate::auth::set_up::SetUpLink;
use crate::auth::user_header::UserHeader;
use crate::clock;
use crate::command_store::{CommandStore, on_store};
use crate::console_files::ConsoleFiles;
use crate::cookies::Cookies;
use crate::embedding::EmbeddingReports;
use crate::engine_host::ServerHost;
use crate::notices::Notices;
use crate::oidc::Providers;
use crate::per_user::PerUser;
use crate::presence::Presence;
use crate::progress::Reports;
use crate::proxy::Proxy;
use crate::public_url::PublicUrl;
use crate::redirects::Redirects;
use crate::settings::ConsoleSettings;
use crate::store::{self, Actor, NewAppSession, Store, Visitor};
use crate::tickets::{TicketGrant, Tickets};
use crate::tokens;
use crate::trusted_proxies::TrustedProxies;
use std::ops::Deref;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use vestibule_engine::builder::Builder;
use vestibule_engine::controller::{Controller, StatusStore};
use vestibule_engine::{Engine, GatewayRules, Target};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::phase::Phase;

/// The server's state. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

/// Fields of [`AppState`].
pub struct Inner {
    /// The database.
    pub store: Arc<Store>,
    /// Store of commands to workbenches.
    pub commands: Arc<dyn CommandStore>,
    /// The reconcile loop.
    pub controller: Controller,
    /// The build queue.
    pub builder: Builder,
    /// Secrets, run tokens and times of use.
    pub host: Arc<ServerHost>,
    /// The engine that runs workbenches.
    pub engine: Arc<dyn Engine>,
    /// Agent tabs that are in use.
    pub agents: Agents,
    /// Public address of the console.
    pub public_url: PublicUrl,
    /// Hash of the bearer token for `/metrics`, or `None` if only this machine may read it.
    pub metrics_token: Option<String>,
    /// Behaviour of the console.
    pub console: ConsoleSettings,
    /// Files of the console.
    pub files: ConsoleFiles,
    /// Role that new users get on the platform.
    pub default_role: Option<String>,
    /// Names and attributes of cookies.
    pub cookies: Cookies,
    /// One-time tickets for apps' origins.
    pub tickets: Tickets,
    /// Password hasher with a bound of concurrent work.
    pub passwords: Passwords,
    /// Counts failed sign-ins.
    pub sign_ins: Limiter,
    /// Rate limit of progress messages.
    pub progress: Reports,
    /// The one-time link of a server without users.
    pub set_up: SetUpLink,
    /// Carries requests to apps.
    pub proxy: Proxy,
    /// Reports about apps in frames.
    pub embedding_reports: EmbeddingReports,
    /// Identity providers.
    pub providers: Providers,
    /// Header by which a proxy names the user, or `None`.
    pub user_header: Option<UserHeader>,
    /// Proxies trusted to name the client's address.
    pub trusted_proxies: TrustedProxies,
    /// Event streams of each user.
    pub streams: Arc<PerUser>,
    /// Connections of each user to apps and tabs.
    pub connections: Arc<PerUser>,
    /// The users in each tab.
    pub presence: Arc<Presence>,
    /// Redirects to the public address.
    pub redirects: Redirects,
    /// Faults of the server itself.
    pub notices: Notices,
    /// Cancelled when the server begins to shut down: streams end then.
    pub shutdown: CancellationToken,
}

/// A running workbench's app.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// The workbench, as the engine is given it.
    pub target: Target,
    /// The run whose app it is.
    pub run_number: u64,
    /// Rules by which the gateway carries the app.
    pub rules: GatewayRules,
}

/// Reason why there is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayState {
    /// No such workbench.
    Unknown,
    /// The workbench does not run.
    NotRunning(Phase),
    /// The server itself failed; the reason is in its log.
    Failed,
}

impl Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl AppState {
    /// Wraps the state.
    pub fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Runs a call to the store on a blocking thread.
    pub async fn db<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> T {
        on_store(&self.store, work).await
    }

    /// Returns the app of a workbench that runs.
    pub async fn workbench_endpoint(&self, id: &WorkbenchId) -> Result<Endpoint, GatewayState> {
        let key = id.clone();
        let record = self
            .db(move |store| store.load(&key))
            .await
            .map_err(|error| {
                tracing::error!(%id, %error, "failed to look up a workbench for its app's origin");
                GatewayState::Failed
            })?
            .ok_or(GatewayState::Unknown)?;
        let is_current = record
            .target
            .run
            .as_ref()
            .is_some_and(|run| run.number == record.status.run_number);
        let phase = if is_current || record.target.run.is_none() {
            record.status.phase
        } else {
            Phase::Pending
        };
        if phase != Phase::Running {
            return Err(GatewayState::NotRunning(phase));
        }
        Ok(Endpoint {
            run_number: record.status.run_number,
            rules: self.engine.gateway_rules(&record.target.app).await,
            target: record.target,
        })
    }

    /// Creates a session on an app's origin for a redeemed ticket. Returns its token, or `None` if
    /// the console session or the workbench is gone.
    pub async fn create_app_session(&self, pass: TicketGrant) -> store::Result<Option<String>> {
        let token = tokens::random();
        let hash = tokens::hash(&token);
        let created = self
            .db(move |store| {
                let new = NewAppSession {
                    hash: &hash,
                    session: &pass.session,
                    user_id: &pass.user_id,
                    workbench_id: &pass.workbench_id,
                };
                let by = Actor {
                    id: Some(pass.user_id.clone()),
                    name: pass.username,
                    address: pass.address,
                    now: clock::now(),
                };
                store.create_app_session(&new, &by)
            })
            .await?;
        Ok(created.then_some(token))
    }

    /// Returns the user of a session on a workbench's origin, or `None` if the session is another
    /// workbench's or has ended.
    pub async fn check_app_session(
        &self,
        token: &str,
        id: &WorkbenchId,
    ) -> store::Result<Option<Visitor>> {
        let (hash, id) = (tokens::hash(token), id.clone());
        self.db(move |store| store.app_session(&hash, &id, clock::now()))
            .await
    }
}
