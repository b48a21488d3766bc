//! Entering an app at one of its own paths: the target of bookmarks and shared links of an app.
//!
//! The server answers a visit without a session with a redirect to `/enter/{workbench}?path=…`. That
//! page leads on to the workbench's page with `?enter=…`, which gets a ticket once the app is running.

use super::context::WorkbenchContext;
use super::texts;
use crate::api::{self, ApiError, clock};
use crate::effect::Effect;
use crate::pages::shared::not_found;
use crate::routes::{Page, encode};
use crate::store::{StorageArea, use_task};
use crate::ui::{Notice, PageHeading, Skeleton};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use vestibule_model::ids::WorkbenchId;

/// Time within which an app is entered only once: a browser that refuses the app's cookie would
/// otherwise be redirected for ever.
const ONCE_WITHIN_MILLIS: i64 = 10_000;

/// Page that leads from an app's address to its workbench's page.
#[component]
pub fn EnterPage(id: WorkbenchId) -> impl IntoView {
    let query = use_query_map();
    let path = query.read_untracked().get("path");
    let path = path.unwrap_or_else(|| "/".to_owned());
    let navigate = use_navigate();
    let task = use_task();
    task.run(api::workbench(id), move |workbench| {
        let page = Page::Workbench(workbench.workspace_id, workbench.id);
        let address = format!("{}?enter={}", page.path(), encode(&path));
        navigate(&address, replacing());
    });
    view! {
        <div class="page">
            {move || match task.error.get() {
                None => view! { <Skeleton lines=4 /> }.into_any(),
                Some(ApiError::NotFound | ApiError::Gone | ApiError::Forbidden(_)) => view! {
                    <PageHeading text=texts::NOT_FOUND />
                    {not_found(texts::NOT_FOUND, texts::NOT_FOUND_TEXT)}
                }
                .into_any(),
                Some(error) => view! { <Notice>{error.sentence()}</Notice> }.into_any(),
            }}
        </div>
    }
}

/// Leads into the app as soon as it is running, if the page's address asks for it with `?enter=…`.
/// Returns `true` if that is still to come.
pub fn use_enter(context: WorkbenchContext, id: WorkbenchId) -> RwSignal<bool> {
    let path = use_query_map().read_untracked().get("enter");
    let is_entering = RwSignal::new(path.is_some() && !has_just_entered(&id));
    let Some(path) = path else {
        return is_entering;
    };
    // A reload shows the page, also if entering goes wrong.
    let page = use_location().pathname.get_untracked();
    use_navigate()(&page, replacing());
    let task = use_task();
    let is_open = Memo::new(move |_| context.frame.state.read().is_open());
    Effect::new(move |_| {
        if task.error.read().is_some() {
            is_entering.set(false);
        } else if is_open.get() && is_entering.get() && !task.busy.get_untracked() {
            let own = id.clone();
            task.run(api::ticket_to(id.clone(), path.clone()), move |ticket| {
                remember_entering(&own);
                // The app takes the place of this page; Back leads to the page before.
                let _ = window().location().replace(&ticket.url);
            });
        }
    });
    is_entering
}

fn replacing() -> NavigateOptions {
    NavigateOptions {
        replace: true,
        scroll: false,
        ..NavigateOptions::default()
    }
}

fn storage_key(id: &WorkbenchId) -> String {
    format!("entered:{id}")
}

fn now() -> i64 {
    clock::browser_now().as_millis()
}

fn has_just_entered(id: &WorkbenchId) -> bool {
    let entered = StorageArea::Session.get(&storage_key(id));
    let entered = entered.and_then(|at| at.parse().ok());
    entered.is_some_and(|at: i64| (now() - at).abs() < ONCE_WITHIN_MILLIS)
}

/// Stores that the browser was sent to the app. Without storage it may be redirected once more, which its own limit ends.
fn remember_entering(id: &WorkbenchId) {
    StorageArea::Session.set(&storage_key(id), &now().to_string());
}
