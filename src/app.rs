//! The frame around every page: header, main, the live region, and who may be where.

mod header;

use crate::hooks::{Catalogue, Session, Trail, Who, provide_feed};
use crate::parts::{self, Make, Part};
use crate::routes::Page;
use crate::ui::{
    Announcer, LiveRegion, Notice, PageHeading, Skeleton, attr, effect, focus_id, live,
};
use crate::workbench::{Frames, into_shown_frame};
use crate::workspaces::nowhere;
use header::Header;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::components::Router;
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::location::{BrowserUrl, LocationProvider};
use vestibule_model::trouble::Trouble;

/// The whole console.
#[component]
pub fn App() -> impl IntoView {
    Session::provide().begin();
    Frames::provide();
    provide_feed();
    Catalogue::provide();
    let announcer = Announcer::provide();
    Trail::provide();
    view! {
        <Router>
            <Frame announcer=announcer />
        </Router>
    }
}

/// What a visitor gets to see.
#[derive(Debug, Clone, PartialEq)]
enum Gate {
    /// It is not known yet who they are.
    Asking,
    /// Signing in comes first.
    SignIn,
    /// They are in already: on from the sign-in page.
    Onward(String),
    /// The page.
    Open(Page),
}

#[component]
fn Frame(announcer: Announcer) -> impl IntoView {
    let session = Session::get();
    let location = use_location();
    let query = location.query;
    let page = Memo::new(move |_| {
        Page::parse(&location.pathname.get(), |name| {
            query.with(|query| query.get(name))
        })
    });
    let gate = Memo::new(move |_| gate(&page.get(), &session.who.read()));
    finish_navigation(page);
    follow_gate(gate);
    // It comes while it is asked who is there, not after.
    if let Some(part) = part_with(&page.get_untracked()) {
        spawn_local(part.prepare());
    }
    let frames = Frames::get();
    let is_in = Memo::new(move |_| matches!(*session.who.read(), Who::Somebody(_)));
    effect(move || {
        if is_in.get() {
            parts::prepare();
        } else {
            // What was said is not for whoever comes next.
            announcer.say("");
        }
    });
    view! {
        <a class="skip-link" href="#main" on:click=skip_to_main>"Skip to content"</a>
        <Header />
        <main id="main" tabindex="-1" data-page=attr(move || if matches!(page.get(), Page::Session(..)) { "session" } else { "plain" })>
            {live(move || show(gate.get()))}
        </main>
        {live(move || frames.are_used().then(|| parts::FRAMES.add(())))}
        <LiveRegion announcer=announcer />
    }
    .into_any()
}

fn gate(page: &Page, who: &Who) -> Gate {
    match (page, who) {
        (Page::SetUp { .. }, _) => Gate::Open(page.clone()),
        (_, Who::Asking) => Gate::Asking,
        (Page::SignIn { next }, Who::Somebody(_)) => {
            Gate::Onward(next.clone().unwrap_or_else(|| Page::Workspaces.path()))
        }
        (Page::Home, Who::Somebody(_)) => Gate::Onward(Page::Workspaces.path()),
        (_, Who::Nobody) if !page.is_public() => Gate::SignIn,
        _ => Gate::Open(page.clone()),
    }
}

fn show(gate: Gate) -> AnyView {
    let page = match gate {
        Gate::Asking => return view! { <Arriving /> }.into_any(),
        Gate::SignIn | Gate::Onward(_) => return ().into_any(),
        Gate::Open(page) => page,
    };
    match part_with(&page) {
        Some(part) => part.show(page),
        None => view! { <NotFound /> }.into_any(),
    }
}

/// The part of the console that has a page, or the one to which it leads.
fn part_with(page: &Page) -> Option<Part<Make<Page>>> {
    Some(match page {
        Page::SignIn { .. } | Page::SetUp { .. } => parts::SIGN_IN,
        Page::Home | Page::Workspaces => parts::WORKSPACES,
        Page::Workspace(_) => parts::LISTS,
        Page::NewWorkbench(_) => parts::CREATE,
        Page::Session(..) => parts::SESSION,
        Page::Run(..) => parts::RUN,
        Page::Settings(_) => parts::SETTINGS,
        Page::Builds(_) | Page::Build(..) => parts::BUILDS,
        Page::Unknown => return None,
    })
}

/// While it is not known who is there: quiet, unless the server cannot be reached.
#[component]
fn Arriving() -> impl IntoView {
    let session = Session::get();
    view! {
        <div class="page">
            {live(move || match session.trouble.get() {
                Some(error) => {
                    view! {
                        <Notice>
                            <p>{error.trouble().map_or_else(|| error.sentence(), Trouble::sentence)}</p>
                            <p class="quiet">"It is tried again by itself."</p>
                        </Notice>
                    }
                        .into_any()
                }
                None => view! { <Skeleton lines=4 /> }.into_any(),
            })}
        </div>
    }
    .into_any()
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <div class="page">
            <PageHeading text="Not found" />
            {nowhere("Nothing is at this address", "It may have been deleted, or the address is mistyped.")}
        </div>
    }
    .into_any()
}

/// The router waits for its own route table before it writes the address bar; ours is [`Page`].
fn finish_navigation(page: Memo<Page>) {
    let Some(browser) = use_context::<BrowserUrl>() else {
        return;
    };
    let url = browser.as_url().clone();
    effect(move || {
        url.track();
        page.track();
        browser.ready_to_complete();
    });
}

/// Leads to the sign-in page and back.
fn follow_gate(gate: Memo<Gate>) {
    let navigate = use_navigate();
    let location = use_location();
    effect(move || {
        let target = match gate.get() {
            Gate::SignIn => {
                let path = location.pathname.get_untracked();
                let search = location.search.get_untracked();
                let here = if search.is_empty() {
                    path
                } else {
                    format!("{path}?{search}")
                };
                Page::SignIn {
                    next: Some(here).filter(|here| here != "/"),
                }
                .path()
            }
            Gate::Onward(target) => target,
            Gate::Asking | Gate::Open(_) => return,
        };
        let options = NavigateOptions {
            replace: true,
            ..NavigateOptions::default()
        };
        navigate(&target, options);
    });
}

/// The router would take the link for a page of its own; the focus has to move. The content of a
/// session's page is the app.
fn skip_to_main(event: leptos::ev::MouseEvent) {
    event.prevent_default();
    if !into_shown_frame() {
        focus_id("main");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::auth::{Me, User};
    use vestibule_model::ids::{UserId, WorkspaceId};

    fn somebody() -> Who {
        Who::Somebody(Me {
            user: User {
                id: UserId::new("u-1"),
                username: "ada".into(),
                display_name: String::new(),
            },
            grants: Vec::new(),
            permissions: Vec::new(),
        })
    }

    #[test]
    fn nobody_is_led_to_the_sign_in_page_and_back() {
        let page = Page::Workspace(WorkspaceId::new("ws-1"));
        assert_eq!(gate(&page, &Who::Asking), Gate::Asking);
        assert_eq!(gate(&page, &Who::Nobody), Gate::SignIn);
        assert_eq!(gate(&page, &somebody()), Gate::Open(page.clone()));
        let sign_in = Page::SignIn {
            next: Some(page.path()),
        };
        assert_eq!(gate(&sign_in, &Who::Nobody), Gate::Open(sign_in.clone()));
        assert_eq!(gate(&sign_in, &somebody()), Gate::Onward(page.path()));
    }

    #[test]
    fn setting_up_needs_nobody() {
        let page = Page::SetUp { token: "t".into() };
        assert_eq!(gate(&page, &Who::Asking), Gate::Open(page.clone()));
    }
}
