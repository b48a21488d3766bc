//! Parts of the console that are fetched when they are first needed, so that a page's first load
//! carries that page alone. The build cuts the program where a part begins (`cargo xtask build`);
//! under `trunk serve` it stays whole, and a part is there at once.

use crate::activity::{Indicator, PanelContent};
use crate::hooks::{BackendJobs, Begin, connection};
use crate::log::{LogView, Printed};
use crate::routes::Page;
use crate::sign_in::{SetUpPage, SignInPage};
use crate::ui::{Button, Notice, Sheet, Skeleton, live};
use crate::workbench::{
    Asking, Details, EditDialog, FrameHost, Known, LossDialog, MessageButton, RunPage,
    SecretDialog, SessionPage, SessionView,
};
use crate::workspaces::{
    BuildPage, BuildsPage, Bulk, BulkDialog, NewWorkbenchPage, SettingsPage, WorkspacePage,
    WorkspacesPage,
};
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::thread::LocalKey;
use vestibule_model::causes::{self, Cause, Evidence};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::time::Timestamp;
use vestibule_model::timeline::steps::Step;
use vestibule_model::timeline::{RunTimes, Timeline};
use vestibule_model::transition::Transition;
use vestibule_model::workbench::Workbench;

/// How long after one has come to a page the parts of others are fetched.
const PAUSE_MILLIS: u32 = 3_000;

/// How long what nobody waits for leaves the page that one came for alone.
const QUIET_MILLIS: u32 = 400;

/// Makes a view of what it is given.
pub type Make<A> = fn(A) -> AnyView;

/// The part could not be fetched: the network is gone, or a newer console is installed.
#[derive(Debug, Clone, Copy)]
pub struct NotLoaded;

#[cfg(split)]
impl From<leptos::wasm_split::SplitLoaderError> for NotLoaded {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

type Fetching<F> = Pin<Box<dyn Future<Output = Result<F, NotLoaded>>>>;

/// Where a function comes from that is in a part.
#[derive(Clone, Copy)]
pub struct Part<F: 'static> {
    /// What was fetched before.
    kept: &'static LocalKey<Cell<Option<F>>>,
    fetch: fn() -> Fetching<F>,
}

/// Defines a way into a part: its name, the part it is in, and the function there with its type.
macro_rules! part {
    ($(#[$doc:meta])* $const:ident, $name:ident in $part:ident: $kind:ty = $function:path) => {
        #[cfg(split)]
        #[leptos::wasm_split::wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible)]
        fn $name() -> Result<$kind, NotLoaded> {
            Ok($function)
        }

        #[cfg(not(split))]
        async fn $name() -> Result<$kind, NotLoaded> {
            Ok($function)
        }

        $(#[$doc])*
        pub const $const: Part<$kind> = {
            thread_local! {
                static KEPT: Cell<Option<$kind>> = const { Cell::new(None) };
            }
            Part { kept: &KEPT, fetch: || Box::pin($name()) }
        };
    };
}

part! {
    /// Signing in and setting up.
    SIGN_IN, sign_in in sign_in: Make<Page> = sign_in_page
}
part! {
    /// The workspaces.
    WORKSPACES, workspaces in workspaces: Make<Page> = workspaces_page
}
part! {
    /// The workbenches of a workspace.
    LISTS, lists in lists: Make<Page> = list_page
}
part! {
    /// The form for a new workbench.
    CREATE, create in create: Make<Page> = create_page
}
part! {
    /// A workbench's waiting room and its inside.
    SESSION, session in session: Make<Page> = session_page
}

part! {
    /// The apps' frames, above all pages.
    FRAMES, frames in frames: Make<()> = frame_host
}
part! {
    /// One attempt to run a workbench.
    RUN, run in run: Make<Page> = run_page
}
part! {
    /// The builds of a workspace, and one of them.
    BUILDS, builds in builds: Make<Page> = builds_page
}
part! {
    /// The settings of a workspace.
    SETTINGS, settings in settings: Make<Page> = settings_page
}
part! {
    /// What a program has written.
    LOG, log in details: Make<Printed> = log_view
}
part! {
    /// What there is to know of a run, for whoever unfolds it.
    DETAILS, details in details: Make<(Known, Option<u64>)> = all_details
}
part! {
    /// The steps of a run that has ended, as its journal tells them.
    PAST_STEPS, past_steps in details: PastSteps = steps_of_the_past
}
part! {
    /// Why a workbench is as it is.
    WHY, why in why: Why = why_it_is_so
}
part! {
    /// A message for the administrator.
    MESSAGE, message in details: Make<SessionView> = message_button
}
part! {
    /// The settings of a workbench.
    EDIT, edit in edit: Make<(SessionView, WorkspaceId)> = edit_dialog
}
part! {
    /// Adding a secret that a start waits for.
    SECRET, secret in edit: Make<(SessionView, WorkspaceId)> = secret_dialog
}
part! {
    /// Asking before something is lost.
    LOSS, loss in loss: Make<Asking> = loss_dialog
}
part! {
    /// What is asked and told when several workbenches are wished about together.
    BULK, bulk in edit: Make<Bulk> = bulk_dialog
}

part! {
    /// The event stream.
    FEED, feed in feed: Begin = connection::begin
}

part! {
    /// The header's indicator of what goes on.
    ACTIVITY, activity in activity: Make<()> = indicator
}
part! {
    /// What the indicator's panel holds.
    PANEL, panel in panel: Make<(BackendJobs, RwSignal<bool>)> = panel_content
}

/// Tells the steps of a run from its journal.
pub type PastSteps = fn(&RunTimes, &[Transition], Timestamp) -> Vec<Step>;
/// Finds the cause, if there is one to tell.
pub type Why = fn(&Workbench, &[Transition]) -> Option<Cause>;

fn steps_of_the_past(run: &RunTimes, journal: &[Transition], end: Timestamp) -> Vec<Step> {
    Timeline::of(run, journal, end).steps()
}

fn why_it_is_so(workbench: &Workbench, journal: &[Transition]) -> Option<Cause> {
    causes::find(&Evidence::of(workbench, journal))
}

fn sign_in_page(page: Page) -> AnyView {
    match page {
        Page::SetUp { token } => view! { <SetUpPage token=token /> }.into_any(),
        _ => view! { <SignInPage /> }.into_any(),
    }
}

fn indicator((): ()) -> AnyView {
    view! { <Indicator /> }.into_any()
}

fn panel_content((jobs, open): (BackendJobs, RwSignal<bool>)) -> AnyView {
    view! { <PanelContent jobs=jobs open=open /> }.into_any()
}

fn frame_host((): ()) -> AnyView {
    view! { <FrameHost /> }.into_any()
}

fn bulk_dialog(bulk: Bulk) -> AnyView {
    view! { <BulkDialog bulk=bulk /> }.into_any()
}

fn loss_dialog(asking: Asking) -> AnyView {
    view! { <LossDialog asking=asking /> }.into_any()
}

fn run_page(page: Page) -> AnyView {
    match page {
        Page::Run(workspace, id, number) => {
            view! { <RunPage workspace=workspace id=id number=number /> }.into_any()
        }
        _ => ().into_any(),
    }
}

fn settings_page(page: Page) -> AnyView {
    match page {
        Page::Settings(workspace) => view! { <SettingsPage workspace=workspace /> }.into_any(),
        _ => ().into_any(),
    }
}

fn builds_page(page: Page) -> AnyView {
    view! {
        <Sheet href="/builds.css">
            {match page.clone() {
                Page::Builds(workspace) => view! { <BuildsPage workspace=workspace /> }.into_any(),
                Page::Build(workspace, id) => view! { <BuildPage workspace=workspace id=id /> }.into_any(),
                _ => ().into_any(),
            }}
        </Sheet>
    }
    .into_any()
}

fn log_view(printed: Printed) -> AnyView {
    view! {
        <Sheet href="/log.css">
            <LogView printed=printed />
        </Sheet>
    }
    .into_any()
}

fn all_details((known, attempt): (Known, Option<u64>)) -> AnyView {
    view! { <Details known=known attempt=attempt /> }.into_any()
}

fn message_button(view: SessionView) -> AnyView {
    view! { <MessageButton view=view /> }.into_any()
}

fn edit_dialog((view, workspace): (SessionView, WorkspaceId)) -> AnyView {
    view! { <EditDialog view=view workspace=workspace /> }.into_any()
}

fn secret_dialog((view, workspace): (SessionView, WorkspaceId)) -> AnyView {
    view! { <SecretDialog view=view workspace=workspace /> }.into_any()
}

fn list_page(page: Page) -> AnyView {
    match page {
        Page::Workspace(id) => view! { <WorkspacePage id=id /> }.into_any(),
        _ => ().into_any(),
    }
}

fn workspaces_page(_: Page) -> AnyView {
    view! { <WorkspacesPage /> }.into_any()
}

fn create_page(page: Page) -> AnyView {
    match page {
        Page::NewWorkbench(id) => view! { <NewWorkbenchPage workspace=id /> }.into_any(),
        _ => ().into_any(),
    }
}

fn session_page(page: Page) -> AnyView {
    match page {
        Page::Session(workspace, id) => {
            view! { <SessionPage workspace=workspace id=id /> }.into_any()
        }
        _ => ().into_any(),
    }
}

impl<F: Copy> Part<F> {
    /// The function, once it is there.
    pub async fn get(&self) -> Result<F, NotLoaded> {
        if let Some(function) = self.kept.get() {
            return Ok(function);
        }
        let function = (self.fetch)().await?;
        self.kept.set(Some(function));
        Ok(function)
    }

    /// The function as soon as it is there; none until then.
    pub fn follow(self) -> RwSignal<Option<F>>
    where
        F: Send + Sync,
    {
        let function = RwSignal::new(self.kept.get());
        if self.kept.get().is_none() {
            spawn_local(async move {
                if let Ok(fetched) = self.get().await {
                    function.try_set(Some(fetched));
                }
            });
        }
        function
    }

    /// Fetches it before it is needed. That it fails is no trouble: it is tried again when it is.
    pub async fn prepare(self) {
        let _ = self.get().await;
    }
}

impl<A: Clone + Send + Sync + 'static> Part<Make<A>> {
    /// A page, once the part is there; at once when it was there before.
    pub fn show(self, args: A) -> AnyView {
        self.show_after(args, || {
            view! { <div class="page"><Skeleton lines=5 /></div> }.into_any()
        })
    }

    /// The same for what nobody waits for: after the page has been drawn, and until it can be
    /// fetched there is nothing.
    pub fn add_later(self, args: A) -> AnyView {
        let made = RwSignal::new(None);
        spawn_local(async move {
            TimeoutFuture::new(QUIET_MILLIS).await;
            let mut pause = QUIET_MILLIS;
            while let Some(None) = made.try_get_untracked() {
                let Ok(make) = self.get().await else {
                    pause = (pause * 4).min(60_000);
                    TimeoutFuture::new(pause).await;
                    continue;
                };
                made.try_set(Some(make));
            }
        });
        live(move || made.get().map(|make| make(args.clone()))).into_any()
    }

    /// The same for what is no page: until it is there, there is nothing.
    pub fn add(self, args: A) -> AnyView {
        self.show_after(args, || ().into_any())
    }

    /// The same with something that keeps the place.
    pub fn show_after(self, args: A, meanwhile: fn() -> AnyView) -> AnyView {
        if let Some(make) = self.kept.get() {
            return make(args);
        }
        let made = RwSignal::new(None::<Result<Make<A>, NotLoaded>>);
        let load = move || {
            made.set(None);
            spawn_local(async move {
                made.try_set(Some(self.get().await));
            });
        };
        load();
        live(move || match made.get() {
            Some(Ok(make)) => make(args.clone()),
            None => meanwhile(),
            Some(Err(NotLoaded)) => not_loaded(Callback::new(move |()| load())),
        })
        .into_any()
    }
}

/// Fetches the parts that are likely to be needed next, one after the other, so that opening them
/// takes no time. It begins when the page that one came for has had its turn.
pub fn prepare() {
    Timeout::new(PAUSE_MILLIS, || {
        spawn_local(async {
            LISTS.prepare().await;
            SESSION.prepare().await;
            FRAMES.prepare().await;
            PANEL.prepare().await;
            WHY.prepare().await;
            CREATE.prepare().await;
            DETAILS.prepare().await;
            LOSS.prepare().await;
        });
    })
    .forget();
}

fn not_loaded(retry: Callback<()>) -> AnyView {
    view! {
        <div class="page">
            <Notice>
                <p>"This part of the console could not be fetched. The server may be away, or a newer console is there."</p>
                <div class="notice-actions">
                    <Button on_press=retry>"Try again"</Button>
                    <a class="button" href="" rel="external">"Load the page anew"</a>
                </div>
            </Notice>
        </div>
    }
    .into_any()
}
