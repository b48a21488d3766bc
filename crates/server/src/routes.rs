//! Routes of the API, in one flat list.

use crate::controllers::{
    acknowledgements, apps, auth, builds, config, health, metrics, progress, runs, secrets, stream,
    workbenches, workspaces,
};
use crate::state::AppState;
use axum::Router;
use axum::routing;

/// Clients that may call a route. The handler checks the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Any client.
    Public,
    /// Any signed-in user.
    Session,
    /// Users with the permission that the handler checks.
    Permission,
    /// The process of a run, by the run's own token.
    RunToken,
}

/// Route of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method, in lower case.
    pub method: &'static str,
    /// The address, with `{id}` where an identifier goes.
    pub path: &'static str,
    /// Clients that may call it.
    pub access: Access,
}

macro_rules! routes {
    ($($method:ident $path:literal $access:ident => $handler:path;)+) => {
        /// The list as data, for tests that walk it.
        pub const ALL: &[Route] = &[
            $(Route { method: stringify!($method), path: $path, access: Access::$access }),+
        ];

        /// Returns the list as a router.
        pub fn router() -> Router<AppState> {
            Router::new()$(.route($path, routing::$method($handler)))+
        }
    };
}

routes! {
    get "/healthz" Public => health::healthz;
    get "/readyz" Public => health::readyz;
    get "/metrics" Public => metrics::show;
    post "/api/auth/sign-in" Public => auth::sign_in;
    post "/api/auth/set-up" Public => auth::set_up;
    post "/api/auth/sign-out" Session => auth::sign_out;
    get "/api/auth/me" Session => auth::me;
    get "/api/config" Public => config::show;
    get "/api/apps" Permission => apps::list;
    get "/api/workspaces" Permission => workspaces::list;
    post "/api/workspaces" Permission => workspaces::create;
    get "/api/workspaces/{id}" Permission => workspaces::show;
    patch "/api/workspaces/{id}" Permission => workspaces::rename;
    delete "/api/workspaces/{id}" Permission => workspaces::delete;
    get "/api/workspaces/{id}/secrets" Permission => secrets::list;
    put "/api/workspaces/{id}/secrets/{name}" Permission => secrets::set;
    delete "/api/workspaces/{id}/secrets/{name}" Permission => secrets::delete;
    get "/api/workspaces/{id}/workbenches" Permission => workbenches::list;
    post "/api/workspaces/{id}/workbenches" Permission => workbenches::create;
    post "/api/workspaces/{id}/preflight" Permission => workbenches::preflight;
    get "/api/workbenches/{id}" Permission => workbenches::show;
    patch "/api/workbenches/{id}" Permission => workbenches::change;
    delete "/api/workbenches/{id}" Permission => workbenches::delete;
    post "/api/workbenches/{id}/start" Permission => workbenches::start;
    post "/api/workbenches/{id}/stop" Permission => workbenches::stop;
    post "/api/workbenches/{id}/restart" Permission => workbenches::restart;
    post "/api/workbenches/{id}/extend" Permission => workbenches::extend;
    post "/api/workbenches/{id}/ticket" Permission => workbenches::ticket;
    get "/api/workbenches/{id}/embedding" Permission => workbenches::embedding;
    get "/api/workbenches/{id}/runs" Permission => workbenches::runs;
    get "/api/workbenches/{id}/runs/{number}" Permission => workbenches::run;
    get "/api/runs" Permission => runs::list;
    get "/api/runs/stream" Permission => stream::stream;
    get "/api/runs/{id}" Permission => runs::show;
    get "/api/runs/{id}/journal" Permission => runs::journal;
    get "/api/runs/{id}/log" Permission => runs::log;
    get "/api/runs/{id}/diagnostics" Permission => runs::diagnostics;
    post "/api/runs/{id}/progress" RunToken => progress::report;
    get "/api/builds" Permission => builds::list;
    post "/api/builds" Permission => builds::create;
    get "/api/builds/{id}" Permission => builds::show;
    post "/api/builds/{id}/cancel" Permission => builds::cancel;
    post "/api/builds/{id}/retry" Permission => builds::retry;
    get "/api/builds/{id}/log" Permission => builds::log;
    get "/api/acknowledgements" Session => acknowledgements::list;
    post "/api/acknowledgements" Session => acknowledgements::add;
}
