//! The frame around every page: header, main area and live region, and the routes.

mod header;
mod prefetch;
mod sign_out;
mod texts;

use crate::api;
use crate::effect::Effect;
use crate::lazy::{Lazy, Render};
use crate::pages::account::account_page;
use crate::pages::admin::audit::audit_page;
use crate::pages::admin::roles::roles_page;
use crate::pages::admin::users::{user_page, users_page};
use crate::pages::builds::{build_page, builds_page};
use crate::pages::create::new_workbench_page;
use crate::pages::invitation::invitation_page;
use crate::pages::limits::limits_page;
use crate::pages::run::run_page;
use crate::pages::settings::settings_page;
use crate::pages::shared::{ServerNotices, not_found};
use crate::pages::sign_in::{set_up_page, sign_in_page};
use crate::pages::switcher::SwitcherState;
use crate::pages::workbench::{Frames, enter_page, frame_host, into_shown_frame, workbench_page};
use crate::pages::workbenches::workbenches_page;
use crate::pages::workspaces::workspaces_page;
use crate::routes::{AnyTab, Page, path_after_sign_in};
use crate::store::{
    AppCatalogue, Breadcrumbs, Holders, RoleList, Session, Store, open_streams, provide_store,
};
use crate::ui::{
    Announcer, Clock, LiveRegion, Notice, PageHeading, ReasonTip, Skeleton, ToastRegion, Toasts,
    focus_id,
};
use header::Header;
use leptos::Params;
use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Redirect, Route, Router};
use leptos_router::hooks::{use_location, use_navigate, use_params, use_query_map};
use leptos_router::params::Params;
use leptos_router::{NavigateOptions, PossibleRouteMatch, path};
use prefetch::{Prefetch, RoutePath};
use sign_out::SignOut;
use std::sync::Arc;
use vestibule_client::connection_error::ConnectionError;
use vestibule_model::ids::{BuildId, UserId, WorkbenchId, WorkspaceId};

/// The whole console.
#[component]
pub fn App() -> impl IntoView {
    provide_contexts();
    Session::expect().begin();
    open_streams(Store::expect());
    let (frames, announcer) = (Frames::expect(), Announcer::expect());
    clear_announcements(announcer);
    Prefetch::provide();
    view! {
        <Router>
            <a class="skip-link" href="#main" on:click=skip_to_main>{texts::SKIP}</a>
            <Header />
            <ServerNotices />
            <main id="main" tabindex="-1">
                <FlatRoutes fallback=|| view! { <NotFound /> }>
                    <Route path=path!("/sign-in") view=|| view! { <SignIn /> }.into_any() />
                    <Route path=path!("/set-up") view=|| view! { <SetUp /> }.into_any() />
                    <Route path=path!("/invitation") view=invitation />
                    <Route path=path!("/") view=|| view! { <Redirect path=Page::Workspaces.path() options=replacing() /> }.into_any() />
                    <PageRoute path=path!("/workspaces") page=workspaces_page args=|_| Some(()) />
                    <PageRoute path=path!("/workspaces/:workspace") page=workbenches_page args=Ids::workspace />
                    <PageRoute path=path!("/workspaces/:workspace/new") page=new_workbench_page args=Ids::workspace />
                    <PageRoute path=path!("/workspaces/:workspace/settings") page=settings_page args=Ids::workspace />
                    <PageRoute path=path!("/workspaces/:workspace/builds") page=builds_page args=Ids::workspace />
                    <PageRoute path=path!("/workspaces/:workspace/builds/:build") page=build_page args=Ids::build />
                    <PageRoute path=path!("/account") page=account_page args=|_| Some(()) />
                    <PageRoute path=path!("/admin/users") page=users_page args=|_| Some(()) />
                    <PageRoute path=path!("/admin/users/:user") page=user_page args=Ids::user />
                    <PageRoute path=path!("/admin/roles") page=roles_page args=|_| Some(()) />
                    <PageRoute path=path!("/admin/audit") page=audit_page args=|_| Some(()) />
                    <PageRoute path=path!("/admin/limits") page=limits_page args=|_| Some(()) />
                    <PageRoute path=path!("/enter/:workbench") page=enter_page args=Ids::workbench_alone />
                    <PageRoute path=path!("/workspaces/:workspace/sessions/:workbench/runs/:run") page=run_page args=Ids::run />
                    <PageRoute path=path!("/workspaces/:workspace/sessions/:workbench/*tab") page=workbench_page args=Ids::workbench />
                </FlatRoutes>
            </main>
            {move || frames.are_used().then(|| frame_host().view(()))}
            <LiveRegion announcer=announcer />
            <ToastRegion />
            <ReasonTip />
        </Router>
    }
}

/// Provides what all pages share. Each type's `expect` returns it, and panics outside of the app.
pub fn provide_contexts() {
    let session = Session::provide();
    SignOut::provide(session);
    provide_store(session);
    Frames::provide();
    AppCatalogue::provide();
    RoleList::provide();
    Holders::provide();
    Announcer::provide();
    Toasts::provide();
    let clock = Clock::provide(api::clock::now);
    api::clock::on_correction(move || clock.refresh());
    Breadcrumbs::provide();
    SwitcherState::provide();
}

/// Route of a page for signed-in users, whose code is prefetched when a link to it is pointed at.
#[component(transparent)]
fn PageRoute<P, A>(
    path: P,
    page: fn() -> Lazy<Render<A>>,
    /// Returns the page's arguments, or `None` if its address names nothing.
    args: fn(Ids) -> Option<A>,
) -> impl leptos_router::MatchNestedRoutes + Clone
where
    P: PossibleRouteMatch + Send + Sync + 'static,
    A: Clone + Send + Sync + 'static,
{
    let path: RoutePath = Arc::new(path);
    Prefetch::expect().add(path.clone(), move || page().prefetch());
    let view = page_view(Arc::new(move || protected(page(), args)));
    view! { <Route path=path view=view /> }.into_inner()
}

/// Returns a view of one type for all pages, so that the router's code for it is compiled once.
fn page_view(
    view: Arc<dyn Fn() -> AnyView + Send + Sync>,
) -> impl Fn() -> AnyView + Clone + Send + 'static {
    move || view()
}

/// Path parameters of the pages.
#[derive(Debug, Clone, PartialEq, Params)]
struct Ids {
    workspace: Option<String>,
    workbench: Option<String>,
    run: Option<u64>,
    build: Option<String>,
    user: Option<String>,
    tab: Option<AnyTab>,
}

impl Ids {
    fn workspace(self) -> Option<WorkspaceId> {
        self.workspace.map(WorkspaceId::new)
    }

    fn workbench(self) -> Option<(WorkspaceId, WorkbenchId)> {
        let workbench = self.workbench.clone().map(WorkbenchId::new);
        self.workspace().zip(workbench)
    }

    fn workbench_alone(self) -> Option<WorkbenchId> {
        self.workbench.map(WorkbenchId::new)
    }

    fn run(self) -> Option<(WorkspaceId, WorkbenchId, u64)> {
        let number = self.run?;
        let (workspace, workbench) = self.workbench()?;
        Some((workspace, workbench, number))
    }

    fn user(self) -> Option<UserId> {
        self.user.map(UserId::new)
    }

    fn build(self) -> Option<(WorkspaceId, BuildId)> {
        let build = self.build.clone().map(BuildId::new);
        self.workspace().zip(build)
    }
}

/// Returns a route's view for those who are signed in; others are led to the sign-in page. The page
/// renders again when its address names other things; its code is fetched while the session is still
/// unknown.
fn protected<A: Clone + Send + Sync + 'static>(
    page: Lazy<Render<A>>,
    args: fn(Ids) -> Option<A>,
) -> AnyView {
    page.prefetch();
    protect(Box::new(move |ids| Some(page.page(args(ids)?))))
}

/// Redirects signed-out users. The router's `ProtectedRoute` would leave the page in the history, so that Back leads
/// nowhere.
fn protect(page: Box<dyn Fn(Ids) -> Option<AnyView> + Send>) -> AnyView {
    let is_signed_in = Session::expect().is_signed_in;
    let location = use_location();
    redirect(Box::new(move || {
        let is_signed_out = is_signed_in.get() == Some(false);
        is_signed_out.then(|| {
            sign_in_path(
                &location.pathname.read_untracked(),
                &location.search.read_untracked(),
            )
        })
    }));
    let ids = use_params::<Ids>();
    let is_open = Signal::derive(move || is_signed_in.get() == Some(true));
    let page = move || match ids.get().ok().and_then(&page) {
        Some(page) => page,
        None => view! { <NotFound /> }.into_any(),
    };
    page_once_allowed(is_open, Box::new(page))
}

/// The sign-in page, which leads on as soon as a user is signed in.
#[component]
fn SignIn() -> impl IntoView {
    let page = sign_in_page();
    page.prefetch();
    let is_signed_in = Session::expect().is_signed_in;
    let is_unexpected = SignOut::expect().is_unexpected;
    let query = use_query_map();
    redirect(Box::new(move || {
        let next = path_after_sign_in(query.read_untracked().get_str("next"));
        (is_signed_in.get() == Some(true)).then_some(next)
    }));
    let is_open = Signal::derive(move || is_signed_in.get() == Some(false));
    page_once_allowed(is_open, Box::new(move || page.page(is_unexpected)))
}

/// Renders a page once the user may see it, and keeps it until the router replaces it: what the page
/// holds is disposed of after its view, not before.
fn page_once_allowed(is_allowed: Signal<bool>, page: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    let is_open = Memo::new(move |before: Option<&bool>| before == Some(&true) || is_allowed.get());
    let view = move || match is_open.get() {
        true => page(),
        false => view! { <SessionLoading /> }.into_any(),
    };
    view.into_any()
}

/// Replaces the page by the one at `target`, as soon as there is a target.
fn redirect(target: Box<dyn Fn() -> Option<String>>) {
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(target) = target() {
            navigate(&target, replacing());
        }
    });
}

/// Returns the path of the sign-in page, by which the user comes back afterwards.
fn sign_in_path(path: &str, search: &str) -> String {
    let next = match search {
        "" => path.to_owned(),
        _ => format!("{path}?{search}"),
    };
    Page::SignIn { next: Some(next) }.path()
}

#[component]
fn SetUp() -> impl IntoView {
    let query = use_query_map();
    let token = query.read_untracked().get("token").unwrap_or_default();
    set_up_page().page(token)
}

/// Renders the page behind an invitation link, also for a browser in which another user is signed in.
fn invitation() -> AnyView {
    let fragment = use_location().hash.get_untracked();
    let token = fragment.trim_start_matches('#').to_owned();
    invitation_page().page(token)
}

/// Skeleton while the session is unknown; says when the server cannot be reached.
#[component]
fn SessionLoading() -> impl IntoView {
    let session = Session::expect();
    view! {
        <div class="page">
            {move || match session.error.get() {
                Some(error) => {
                    view! {
                        <Notice>
                            <p>{error.connection_error().map_or_else(|| error.sentence(), ConnectionError::sentence)}</p>
                            <p class="quiet">{texts::RETRYING}</p>
                        </Notice>
                    }
                        .into_any()
                }
                None => view! { <Skeleton lines=4 /> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <div class="page">
            <PageHeading text=texts::NOT_FOUND />
            {not_found(texts::NO_PAGE, texts::NO_PAGE_HINT)}
        </div>
    }
}

/// Returns options for a navigation that replaces the current page in the browser's history.
fn replacing() -> NavigateOptions {
    NavigateOptions {
        replace: true,
        ..NavigateOptions::default()
    }
}

/// Clears the live region when the user signs out: the next user must not hear old messages.
fn clear_announcements(announcer: Announcer) {
    let is_signed_in = Session::expect().is_signed_in;
    Effect::new(move |_| {
        if is_signed_in.get() == Some(false) {
            announcer.say("");
        }
    });
}

/// Moves the focus to the page's content. Without this the router would follow the link. The
/// content of a session's page is the app.
fn skip_to_main(event: leptos::ev::MouseEvent) {
    event.prevent_default();
    if !into_shown_frame() {
        focus_id("main");
    }
}
