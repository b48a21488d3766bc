//! Fetches the code of a page before it is shown: when a link to it is pointed at or focused, and that of
//! a workbench while a form is filled in that leads to one.

use crate::pages::workbench::{room_content, workbench_page};
use leptos::prelude::*;
use leptos_router::PossibleRouteMatch;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// Path of a route. One type for all of them, so that the router's code is compiled once.
pub type RoutePath = Arc<dyn PossibleRouteMatch + Send + Sync>;

type Fetch = Box<dyn Fn() + Send + Sync>;

/// The paths of the pages, and functions that fetch their code.
#[derive(Clone, Copy)]
pub struct Prefetch {
    pages: StoredValue<Vec<(RoutePath, Fetch)>>,
}

impl Prefetch {
    /// Provides an empty list, and listens to what the user points at.
    pub fn provide() {
        let prefetch = Self {
            pages: StoredValue::new(Vec::new()),
        };
        provide_context(prefetch);
        for event in ["pointerover", "focusin", "input"] {
            let listener = window_event_listener_untyped(event, move |event| {
                let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
                let Some(target) = target else {
                    return;
                };
                if event.type_() == "input" {
                    prefetch_workbench();
                } else if let Ok(Some(link)) = target.closest("a[href^='/']") {
                    prefetch.fetch(&link.get_attribute("href").unwrap_or_default());
                }
            });
            on_cleanup(move || listener.remove());
        }
    }

    /// Returns the list of this app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Adds a page. The first one whose path matches is fetched, as the router shows it.
    pub fn add(self, path: RoutePath, fetch: impl Fn() + Send + Sync + 'static) {
        self.pages
            .update_value(|pages| pages.push((path, Box::new(fetch))));
    }

    /// Fetches the code of the page that an address leads to.
    fn fetch(self, address: &str) {
        self.pages.try_with_value(|pages| {
            let mut pages = pages.iter();
            if let Some((_, fetch)) = pages.find(|(path, _)| is_at(path, address)) {
                fetch();
            }
        });
    }
}

/// Returns `true` if an address is one of a route.
fn is_at(route: &RoutePath, address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let found = route.test(path);
    found.is_some_and(|found| matches!(found.remaining(), "" | "/"))
}

/// Fetches the code of a workbench's page if the form of a new one is filled in.
fn prefetch_workbench() {
    let here = window().location().pathname().unwrap_or_default();
    if here.ends_with("/new") {
        workbench_page().prefetch();
        room_content().prefetch();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use leptos_router::path;

    #[test]
    fn routes_match_whole_addresses() {
        let workspace: RoutePath = Arc::new(path!("/workspaces/:workspace"));
        assert!(is_at(&workspace, "/workspaces/ws-1?sort=name#top"));
        assert!(is_at(&workspace, "/workspaces/ws-1/"));
        assert!(!is_at(&workspace, "/workspaces/ws-1/builds"));
        assert!(!is_at(&workspace, "/workspaces"));
        let page: RoutePath = Arc::new(path!("/workspaces/:workspace/sessions/:workbench/*tab"));
        assert!(is_at(&page, "/workspaces/ws-1/sessions/wb-1"));
        assert!(is_at(&page, "/workspaces/ws-1/sessions/wb-1/tabs/t-1"));
    }
}
