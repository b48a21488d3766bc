//! The switcher in a real browser.

use super::SwitcherState;
use super::dialogs::Dialogs;
use crate::testing::{MountedPage, answer, eval, stub_server, until, workbench};
use leptos::prelude::*;
use leptos_router::components::Router;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn the_switcher_filters_as_one_types_and_goes_where_enter_says() {
    stub_server();
    let run = |id: &str, name: &str| {
        json!({"id": format!("run-{id}"), "workbenchId": id, "workspaceId": "ws-1", "projectId": "ws-1",
            "number": 1, "name": name, "status": "stopped", "startedAt": "2026-11-21T10:00:00Z"})
    };
    let runs =
        json!({"items": [run("wb-1", "Notes"), run("wb-2", "Analysis")], "nextCursor": null});
    answer("/api/runs", 200, &runs);
    let workspaces = json!({"items": [{"id": "ws-1", "name": "Research"}], "nextCursor": null});
    answer("/api/workspaces", 200, &workspaces);
    let is_open = RwSignal::new(true);
    let state = SwitcherState {
        is_open,
        shows_shortcuts: RwSignal::new(false),
    };
    let stage =
        MountedPage::mount(move || view! { <Router><Dialogs state=state /></Router> }.into_any());
    stage.wait("dialog[open] [role=option]").await;
    assert_eq!(
        stage.text_of_all(".switcher-title"),
        ["Notes", "Analysis", "Research", "All workspaces", "Account"]
    );
    let input = |text: &str| {
        eval(&format!(
            "(() => {{ const field = document.querySelector('[role=combobox]');
             field.value = '{text}'; field.dispatchEvent(new Event('input', {{ bubbles: true }})) }})()"
        ));
    };
    let key = |key: &str| {
        eval(&format!(
            "document.querySelector('[role=combobox]').dispatchEvent(
               new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true, cancelable: true }}))"
        ));
    };
    key("ArrowDown");
    until("the second one is chosen", || {
        stage.text_of_all("[aria-selected=true] .switcher-title") == ["Analysis"]
    })
    .await;
    // In use, M2: one that no recent run is of is found by the server.
    let far = json!({"items": [workbench("wb-9", "run 4242", "Stopped")], "nextCursor": null});
    answer("/api/workbenches", 200, &far);
    input("4242");
    until("the one that the server knows", || {
        stage.text_of_all(".switcher-title") == ["run 4242"]
    })
    .await;
    input("rese work");
    until("the workspace alone is left", || {
        stage.text_of_all(".switcher-title") == ["Research"]
    })
    .await;
    let before = eval("location.pathname").as_string();
    key("Enter");
    until("it goes there", || {
        eval("location.pathname").as_string().as_deref() == Some("/workspaces/ws-1")
    })
    .await;
    assert!(!is_open.get_untracked());
    eval(&format!(
        "history.replaceState(null, '', '{}')",
        before.unwrap_or_default()
    ));
}
