//! Tabs in a real browser: a tab that is closed takes nothing with it.

use crate::pages::workbench::frames::FrameHost;
use crate::pages::workbench::page::WorkbenchPage;
use crate::store::Session;
use crate::testing::{
    MountedPage, administrator, answer, asked, panics, refresh_pollers, stub_server, until,
    workbench,
};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos_router::components::Router;
use serde_json::{Value, json};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

fn tab(workbench: &str, kind: &str, state: &str, error: Value) -> Value {
    json!({
        "id": "01920000-0000-7000-8000-000000000001", "workbenchId": workbench,
        "workspaceId": "ws-1", "kind": kind, "title": "One", "position": 1, "state": state,
        "stage": "Preparing environment", "error": error, "owner": "u-ada"
    })
}

fn answer_tabs(workbench: &str, items: &[Value]) {
    let path = format!("/api/workbenches/{workbench}/tabs");
    answer(&path, 200, &json!({ "items": items, "seen": {} }));
    refresh_pollers();
}

fn open(id: &'static str) -> MountedPage {
    let path = format!("/api/workbenches/{id}");
    answer(&path, 200, &workbench(id, "analysis", "Running"));
    let url = format!("{}/favicon.ico", location().origin().expect("an origin"));
    answer(&format!("{path}/ticket"), 200, &json!({ "url": url }));
    MountedPage::mount(move || {
        Session::expect().user.set(administrator("u-ada"));
        view! {
            <Router>
                <WorkbenchPage workspace=WorkspaceId::new("ws-1") id=WorkbenchId::new(id) />
            </Router>
            <FrameHost />
        }
        .into_any()
    })
}

/// Restores the address that the page had before its tabs changed it.
fn restore(address: &str) {
    window()
        .history()
        .expect("a history")
        .replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(address))
        .expect("an address of this origin");
}

/// Selects a tab, changes its state while its panel is shown, and closes it.
async fn close_after_change(id: &'static str, kind: &str, end: (&str, Value)) {
    let before = panics();
    stub_server();
    let address = location().pathname().expect("an address");
    answer_tabs(id, &[tab(id, kind, "pending_provision", json!(null))]);
    let page = open(id);
    let strip = page.wait("[role=tab]:nth-child(2)").await;
    strip.click();
    page.wait(".tab-panel[data-state=shown]").await;
    let name = |element: &HtmlElement| element.get_attribute("aria-label").unwrap_or_default();
    until("the stage", || name(&strip) == "One, Preparing environment").await;
    answer_tabs(id, &[tab(id, kind, "ready", json!(null))]);
    until("it is ready", || name(&strip) == "One").await;
    answer_tabs(id, &[tab(id, kind, end.0, end.1)]);
    refresh_pollers();
    let path = format!("GET /api/workbenches/{id}/tabs");
    let count = asked(&path);
    refresh_pollers();
    until("asked again", || asked(&path) > count).await;
    TimeoutFuture::new(50).await;
    answer_tabs(id, &[]);
    let close = page.wait(".tab-close").await;
    close.click();
    until("the tab has gone", || page.find(".tab-close").is_none()).await;
    until("its panel has gone", || page.find(".tab-panel").is_none()).await;
    // The page still works.
    answer(
        &format!("/api/workbenches/{id}"),
        200,
        &workbench(id, "renamed", "Running"),
    );
    refresh_pollers();
    until("a later change", || page.text().contains("renamed")).await;
    assert_eq!(panics(), before, "a panic ends the console");
    drop(page);
    restore(&address);
}

/// In use, C1: effects of a closed tab's row read signals that had gone with it.
#[wasm_bindgen_test]
async fn closing_the_selected_agent_tab_keeps_the_console() {
    close_after_change("wb-closeone", "agent", ("ready", json!(null))).await;
}

#[wasm_bindgen_test]
async fn closing_a_selected_agent_tab_with_an_error_keeps_the_console() {
    let error = json!({"reason": "SessionRefused", "message": "No."});
    close_after_change("wb-closetwo", "agent", ("error", error)).await;
}

#[wasm_bindgen_test]
async fn closing_a_selected_terminal_with_an_error_keeps_the_console() {
    let error = json!({"reason": "SessionEnded", "message": "It has ended."});
    close_after_change("wb-closetri", "terminal", ("error", error)).await;
}

#[wasm_bindgen_test]
async fn closing_the_selected_log_keeps_the_console() {
    close_after_change("wb-closelog", "log", ("ready", json!(null))).await;
}
