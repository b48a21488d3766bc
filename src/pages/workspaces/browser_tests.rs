//! The list of workspaces in a real browser, while polls bring changes.

use super::WorkspacesPage;
use crate::store::{Session, SessionUser};
use crate::testing::{
    MountedPage, administrator, answer, refresh_pollers, stub_server, until,
    user_without_permissions,
};
use leptos::prelude::*;
use leptos_router::components::Router;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

fn page_for(user: SessionUser) -> MountedPage {
    MountedPage::mount(move || {
        Session::expect().user.set(user);
        view! { <Router><WorkspacesPage /></Router> }.into_any()
    })
}

fn list(items: &[Value]) -> Value {
    json!({"items": items, "nextCursor": null})
}

#[wasm_bindgen_test]
async fn field_8_a_poll_does_not_reset_a_form() {
    stub_server();
    answer("/api/workspaces", 200, &list(&[]));
    let stage = page_for(administrator("u-1"));
    stage.wait(".empty button").await.click();
    stage.wait("#workspace-name").await;
    let input: HtmlInputElement = document()
        .get_element_by_id("workspace-name")
        .map(wasm_bindgen::JsCast::unchecked_into)
        .expect("the field");
    input.set_value("half a na");
    input
        .dispatch_event(&web_sys::Event::new("input").expect("an event"))
        .expect("dispatched");
    let foreign = json!({"id": "ws-9", "name": "Somebody else's", "workbenches": {"total": 1}});
    answer("/api/workspaces", 200, &list(&[foreign]));
    refresh_pollers();
    until("the news is there", || {
        stage.text().contains("Somebody else's")
    })
    .await;
    assert_eq!(input.value(), "half a na");
    assert!(input.is_connected(), "the very same field");
    assert!(stage.find("dialog[open]").is_some());
}

/// A user without any role: the server answers 403 to the list itself.
#[wasm_bindgen_test]
async fn user_without_permissions_is_referred_to_an_administrator() {
    stub_server();
    answer("/api/workspaces", 403, &json!({"type": "/problems/told"}));
    let stage = page_for(user_without_permissions("u-1"));
    until("it is said", || {
        let text = stage.text();
        text.contains("No workspaces yet") && text.contains("Ask an administrator to add you.")
    })
    .await;
    assert!(stage.find(".skeleton, .notice").is_none());
    let button = stage.wait(".empty button[aria-disabled=true]").await;
    let why = button.get_attribute("aria-description").unwrap_or_default();
    assert_eq!(why, "You can't create workspaces.");
}

#[wasm_bindgen_test]
async fn numbers_in_names_are_sorted_by_their_value() {
    stub_server();
    let named = |id: &str, name: &str| json!({"id": id, "name": name});
    let items = [
        named("ws-1", "Climate 11"),
        named("ws-2", "Climate 6"),
        named("ws-3", "bio"),
    ];
    answer("/api/workspaces", 200, &list(&items));
    let stage = page_for(user_without_permissions("u-1"));
    stage.wait(".card").await;
    let text = stage.text();
    let places = ["bio", "Climate 6", "Climate 11"].map(|name| text.find(name));
    assert!(places.is_sorted() && places[0].is_some(), "{text}");
}

/// In use: 40 workspaces could only be scrolled through.
#[wasm_bindgen_test]
async fn many_workspaces_can_be_searched() {
    stub_server();
    let items = (1..=9).map(|n| json!({"id": format!("ws-{n}"), "name": format!("Émile {n}")}));
    answer("/api/workspaces", 200, &list(&items.collect::<Vec<_>>()));
    let stage = page_for(user_without_permissions("u-1"));
    let search = stage.wait("#workspace-search").await;
    let input: HtmlInputElement = wasm_bindgen::JsCast::unchecked_into(search);
    input.set_value("émile 7");
    input
        .dispatch_event(&web_sys::Event::new("input").expect("an event"))
        .expect("dispatched");
    until("one is left", || {
        let text = stage.text();
        text.contains("Émile 7") && !text.contains("Émile 6")
    })
    .await;
}
