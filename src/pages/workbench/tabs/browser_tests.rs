//! Tabs in a real browser: a tab that is closed takes nothing with it.

use crate::pages::workbench::frames::FrameHost;
use crate::pages::workbench::page::WorkbenchPage;
use crate::store::Session;
use crate::testing::{
    MountedPage, administrator, answer, asked, eval, panics, refresh_pollers, stub_server, until,
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

/// Opens a script that is ready, and returns its page and the address before.
async fn open_script(id: &'static str) -> (MountedPage, String) {
    stub_server();
    let address = location().pathname().expect("an address");
    answer_tabs(id, &[tab(id, "agent", "ready", json!(null))]);
    let page = open(id);
    page.wait("[role=tab]:nth-child(2)").await.click();
    page.wait(".composer textarea").await;
    (page, address)
}

fn type_text(text: &str) {
    eval(&format!(
        "(() => {{ const field = document.querySelector('.composer textarea'); field.focus();
           field.value = {text}; field.dispatchEvent(new Event('input', {{ bubbles: true }})) }})()"
    ));
}

/// Presses a key in the composer. Returns `true` if the page took it.
fn press(key: &str, more: &str) -> bool {
    let taken = eval(&format!(
        "!document.querySelector('.composer textarea').dispatchEvent(new KeyboardEvent('keydown',
           {{ key: '{key}', bubbles: true, cancelable: true{more} }}))"
    ));
    taken.as_bool() == Some(true)
}

fn draft() -> String {
    let value = eval("document.querySelector('.composer textarea').value");
    value.as_string().expect("a text")
}

/// Returns the number of messages that were sent.
fn sent() -> Option<f64> {
    eval("asked.filter((one) => one.startsWith('PUT') && one.includes('/messages/')).length")
        .as_f64()
}

/// In use, M12: a long paste is whole, and its length is told before it is sent.
#[wasm_bindgen_test]
async fn a_message_that_is_too_long_is_offered_as_a_file() {
    let (page, address) = open_script("wb-toolong1").await;
    type_text("'x'.repeat(100000)");
    let notice = page.wait(".composer .notice").await;
    let text = notice.text_content().unwrap_or_default();
    assert!(text.contains("too long by 2 KiB"), "{text}");
    assert!(text.contains("Attach as a file"), "{text}");
    assert_eq!(draft().len(), 100_000);
    press("Enter", "");
    assert_eq!(sent(), Some(0.0));
    // 60,000 letters of two bytes each.
    type_text("'é'.repeat(60000)");
    until("the excess in bytes", || {
        page.text_of_all(".composer .notice p")
            == ["This message is too long by 22 KiB. Send it as a file."]
    })
    .await;
    type_text("'short'");
    until("no notice", || page.find(".composer .notice").is_none()).await;
    drop(page);
    restore(&address);
}

/// In use, M13: Safari ends a composition before it reports the key that ended it.
#[wasm_bindgen_test]
async fn keys_of_a_composition_and_of_a_draft_are_no_commands() {
    let (page, address) = open_script("wb-compose1").await;
    type_text("'にほん'");
    press("Enter", ", keyCode: 229");
    assert_eq!(sent(), Some(0.0));
    assert_eq!(draft(), "にほん");
    type_text("'echo one'");
    assert!(press("Enter", ", keyCode: 13"));
    until("it is sent", || sent() == Some(1.0)).await;
    type_text("'two\\nlines'");
    eval("document.querySelector('.composer textarea').setSelectionRange(0, 0)");
    assert!(!press("ArrowUp", ""), "a draft is replaced");
    assert_eq!(draft(), "two\nlines");
    drop(page);
    restore(&address);
}

/// In use, C3: a script is offered where the catalogue sets one up, and no agent anywhere.
#[wasm_bindgen_test]
async fn a_script_is_offered_where_one_is_set_up() {
    for (id, agent, expected) in [("wb-offerone", "none", 0), ("wb-offertwo", "script", 1)] {
        stub_server();
        let app = json!({"name": "welcome", "title": "Welcome", "available": true, "agent": agent});
        answer(
            "/api/apps",
            200,
            &json!({"items": [app], "nextCursor": null}),
        );
        answer_tabs(id, &[]);
        let page = open(id);
        page.wait("button[aria-label='New terminal']").await;
        until("the catalogue", || asked("GET /api/apps") > 0).await;
        let count = || page.text_of_all("button[aria-label='New script']").len();
        until("what is offered", || count() == expected).await;
        assert!(!page.text().contains("gent"), "{}", page.text());
    }
}

/// In use, M8.
#[wasm_bindgen_test]
async fn a_terminal_that_can_never_open_is_off_with_the_reason() {
    let id = "wb-nosess01";
    stub_server();
    let app = json!({"name": "welcome", "title": "Welcome", "available": true, "agent": "script",
        "sessionsUnavailableReason": "There is no sandbox."});
    answer(
        "/api/apps",
        200,
        &json!({"items": [app], "nextCursor": null}),
    );
    answer_tabs(id, &[]);
    let page = open(id);
    for name in ["New terminal", "New script"] {
        let button = page
            .wait(&format!("button[aria-label='{name}'][aria-disabled=true]"))
            .await;
        let reason = button.get_attribute("aria-description");
        assert_eq!(reason.as_deref(), Some("There is no sandbox."));
        button.click();
    }
    let log = page.wait("button[aria-label='New log']").await;
    assert_eq!(log.get_attribute("aria-disabled"), None);
    let opened = eval("asked.filter((one) => one.startsWith('PUT /api/tabs/')).length");
    assert_eq!(opened.as_f64(), Some(0.0));
}
