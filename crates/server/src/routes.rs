//! Routes of the API, in one flat list. Each names the permissions that it needs. They are enforced
//! before its handler runs, except where the body or the stored row names the resource: the handlers of
//! those routes enforce them.

use crate::auth::enforce::{RouteGate, enforce, read};
use crate::controllers::{
    access, account, acknowledgements, apps, audit, auth, builds, config, health, limits, members,
    metrics, openapi, progress, roles, runs, secrets, shares, stream, tabs, users, workbenches,
    workspaces,
};
use crate::state::AppState;
use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::{middleware, routing};
use vestibule_model::access::Permission::*;

pub use crate::auth::enforce::{Access, Route};

type Params = Result<RawPathParams, RawPathParamsRejection>;

macro_rules! routes {
    ($($method:ident $path:literal $access:ident $(($($needs:ident),+))? => $handler:path $(, $mode:ident)?;)+) => {
        /// The list as data.
        pub const ALL: &[Route] = &[
            $(Route {
                method: stringify!($method),
                path: $path,
                access: Access::$access,
                needs: &[$($($needs),+)?],
            }),+
        ];

        /// Returns the list as a router.
        pub fn router(state: &AppState) -> Router<AppState> {
            Router::new()$(.route($path, {
                let gate = RouteGate {
                    state: state.clone(),
                    access: Access::$access,
                    needs: &[$($($needs),+)?],
                };
                service!(gate, $method, $handler $(, $mode)?)
            }))+
        }
    };
}

/// Service of a route: its handler behind a layer that enforces the permissions, or for
/// `authorize_in_query` a read that checks them itself: the frequent reads use one query of the database for
/// the check and the answer.
macro_rules! service {
    ($gate:ident, $method:ident, $handler:path) => {
        routing::$method($handler).route_layer(middleware::from_fn_with_state($gate, enforce))
    };
    ($gate:ident, $method:ident, $handler:path, authorize_in_query) => {
        routing::$method(async move |params: Params, request: Request| {
            read($gate, $handler, params, request).await
        })
    };
}

routes! {
    get "/healthz" Public => health::healthz;
    get "/readyz" Public => health::readyz;
    get "/metrics" Public => metrics::show;
    post "/api/auth/sign-in" Public => auth::sign_in;
    post "/api/auth/set-up" Public => auth::set_up;
    post "/api/auth/header" Public => auth::by_header;
    post "/api/auth/invitation" Public => auth::invitation;
    post "/api/auth/invitation/accept" Public => auth::accept_invitation;
    get "/api/auth/providers" Public => auth::providers;
    get "/api/auth/providers/{id}/start" Public => auth::start;
    get "/api/auth/providers/{id}/callback" Public => auth::callback;
    post "/api/auth/sign-out" Session => auth::sign_out;
    get "/api/auth/me" Session => auth::me;
    get "/api/openapi.json" Public => openapi::document;
    get "/api/docs" Public => openapi::page;
    put "/api/account/password" Session => account::change_password;
    get "/api/account/sessions" Session => account::sessions;
    delete "/api/account/sessions/{id}" Session => account::end_session;
    get "/api/account/tokens" Session => account::tokens;
    post "/api/account/tokens" Session => account::create_token;
    delete "/api/account/tokens/{id}" Session => account::delete_token;
    get "/api/config" Public => config::show;
    get "/api/apps" Somewhere(AppRead) => apps::list;
    get "/api/workspaces" Filtered(WorkspaceRead) => workspaces::list;
    post "/api/workspaces" Platform(WorkspaceCreate) => workspaces::create;
    get "/api/workspaces/{id}" Workspace(WorkspaceRead) => workspaces::show;
    patch "/api/workspaces/{id}" Workspace(WorkspaceUpdate) => workspaces::rename;
    delete "/api/workspaces/{id}" Workspace(WorkspaceDelete) => workspaces::delete;
    get "/api/workspaces/{id}/secrets" Workspace(SecretRead) => secrets::list;
    put "/api/workspaces/{id}/secrets/{name}" Workspace(SecretWrite) => secrets::set;
    delete "/api/workspaces/{id}/secrets/{name}" Workspace(SecretWrite) => secrets::delete;
    get "/api/workspaces/{id}/workbenches" Workspace(WorkbenchRead) => workbenches::list, authorize_in_query;
    post "/api/workspaces/{id}/workbenches" Workspace(WorkbenchCreate) => workbenches::create;
    post "/api/workspaces/{id}/preflight" Workspace(WorkbenchCreate) => workbenches::preflight;
    get "/api/workbenches" Filtered(WorkbenchRead) => workbenches::list_all;
    get "/api/workbenches/{id}" Workbench(WorkbenchRead) => workbenches::show, authorize_in_query;
    patch "/api/workbenches/{id}" Workbench(WorkbenchUpdate) => workbenches::change;
    delete "/api/workbenches/{id}" Workbench(WorkbenchDelete) => workbenches::delete;
    post "/api/workbenches/{id}/start" Workbench(WorkbenchStart) => workbenches::start;
    post "/api/workbenches/{id}/stop" Workbench(WorkbenchStop) => workbenches::stop;
    post "/api/workbenches/{id}/restart" Workbench(WorkbenchStop, WorkbenchStart) => workbenches::restart;
    post "/api/workbenches/{id}/extend" Workbench(WorkbenchStart) => workbenches::extend;
    post "/api/workbenches/{id}/ticket" Workbench(WorkbenchOpen) => workbenches::ticket;
    get "/api/workbenches/{id}/embedding" Workbench(WorkbenchOpen) => workbenches::embedding;
    get "/api/workbenches/{id}/runs" Workbench(WorkbenchRead) => workbenches::runs;
    get "/api/workbenches/{id}/runs/{number}" Workbench(WorkbenchRead) => workbenches::run;
    get "/api/runs" Filtered(WorkbenchRead) => runs::list;
    get "/api/runs/stream" Filtered(WorkbenchRead) => stream::stream;
    get "/api/runs/{id}" Run(WorkbenchRead) => runs::show;
    get "/api/runs/{id}/journal" Run(WorkbenchRead) => runs::journal;
    get "/api/runs/{id}/log" Run(WorkbenchRead) => runs::log;
    get "/api/runs/{id}/diagnostics" Run(WorkbenchRead) => runs::diagnostics;
    post "/api/runs/{id}/progress" RunToken => progress::report;
    get "/api/builds" Filtered(WorkbenchRead) => builds::list;
    post "/api/builds" Body(WorkbenchCreate) => builds::create;
    get "/api/builds/{id}" Build(WorkbenchRead) => builds::show;
    post "/api/builds/{id}/cancel" Build(WorkbenchCreate) => builds::cancel;
    post "/api/builds/{id}/retry" Build(WorkbenchCreate) => builds::retry;
    get "/api/builds/{id}/log" Build(WorkbenchRead) => builds::log;
    get "/api/limits" Session => limits::show;
    put "/api/limits" Platform(LimitUpdate) => limits::set;
    get "/api/workspaces/{id}/limits" Workspace(WorkspaceRead) => limits::show_workspace;
    put "/api/workspaces/{id}/limits" Workspace(LimitUpdate) => limits::set_workspace;
    get "/api/workbenches/{id}/tabs" Workbench(WorkbenchRead) => tabs::list;
    get "/api/tabs/socket" Filtered(WorkbenchOpen) => tabs::socket;
    get "/api/tabs/{id}" Tab(WorkbenchRead) => tabs::show;
    put "/api/tabs/{id}" BodyWorkbench(WorkbenchOpen, WorkbenchUpdate) => tabs::open;
    patch "/api/tabs/{id}" Tab(WorkbenchOpen, WorkbenchUpdate) => tabs::change;
    delete "/api/tabs/{id}" Tab(WorkbenchOpen, WorkbenchUpdate) => tabs::close;
    post "/api/tabs/{id}/retry" Tab(WorkbenchOpen, WorkbenchUpdate) => tabs::retry;
    get "/api/tabs/{id}/messages" Tab(WorkbenchOpen) => tabs::messages;
    put "/api/tabs/{id}/messages/{name}" Tab(WorkbenchOpen, WorkbenchUpdate) => tabs::send;
    delete "/api/tabs/{id}/messages/{name}" Tab(WorkbenchOpen, WorkbenchUpdate) => tabs::cancel;
    post "/api/tabs/{id}/stop" Tab(WorkbenchOpen, WorkbenchUpdate) => tabs::stop;
    put "/api/tabs/{id}/files/{name}" Tab(WorkbenchOpen, WorkbenchUpdate) => tabs::attach;
    get "/api/tabs/{id}/draft" Tab(WorkbenchOpen, WorkbenchUpdate) => tabs::draft;
    put "/api/tabs/{id}/draft" Tab(WorkbenchOpen, WorkbenchUpdate) => tabs::store_draft;
    put "/api/tabs/{id}/seen" Tab(WorkbenchOpen) => tabs::seen;
    get "/api/tabs/{id}/transcript" Tab(WorkbenchOpen) => tabs::transcript;
    get "/api/tabs/{id}/transcript/download" Tab(WorkbenchOpen) => tabs::download;
    get "/api/tabs/{id}/stream" Tab(WorkbenchOpen) => tabs::stream_events;
    get "/api/workspaces/{id}/members" Workspace(MemberRead) => members::list;
    put "/api/workspaces/{id}/members/{user}" Workspace(MemberUpdate) => members::set;
    delete "/api/workspaces/{id}/members/{user}" Workspace(MemberUpdate) => members::remove;
    delete "/api/workspaces/{id}/membership" Workspace(WorkspaceRead) => members::leave;
    get "/api/workbenches/{id}/shares" Workbench(WorkbenchShare) => shares::list;
    post "/api/workbenches/{id}/shares" Workbench(WorkbenchShare) => shares::add;
    delete "/api/workbenches/{id}/shares/{grant}" Workbench(WorkbenchShare) => shares::remove;
    get "/api/permissions" Session => roles::permissions;
    get "/api/roles" Session => roles::list;
    post "/api/roles" Platform(RoleUpdate) => roles::create;
    post "/api/roles/preview" Platform(RoleUpdate) => roles::preview;
    get "/api/roles/{id}" Session => roles::show;
    put "/api/roles/{id}" Platform(RoleUpdate) => roles::replace;
    delete "/api/roles/{id}" Platform(RoleUpdate) => roles::delete;
    get "/api/users" Platform(UserRead) => users::list;
    post "/api/users" Platform(UserCreate) => users::create;
    get "/api/users/{id}" Platform(UserRead) => users::show;
    patch "/api/users/{id}" Platform(UserUpdate) => users::change;
    delete "/api/users/{id}" Platform(UserDelete) => users::delete;
    post "/api/users/{id}/password" Platform(UserUpdate) => users::reset_password;
    post "/api/users/{id}/sign-out" Platform(UserUpdate) => users::sign_out;
    post "/api/users/{id}/invitation" Platform(UserUpdate) => users::invite;
    delete "/api/users/{id}/invitation" Platform(UserUpdate) => users::revoke_invitation;
    post "/api/users/{id}/grants" Platform(UserGrant) => users::add_grant;
    delete "/api/users/{id}/grants/{grant}" Platform(UserGrant) => users::remove_grant;
    get "/api/access/explain" Session => access::explain;
    get "/api/audit" Platform(AuditRead) => audit::list;
    get "/api/acknowledgements" Session => acknowledgements::list;
    post "/api/acknowledgements" Session => acknowledgements::add;
}
