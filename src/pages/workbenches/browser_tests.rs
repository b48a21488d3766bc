//! The table of workbenches in a real browser, while polls bring changes.

use super::WorkspacePage;
use crate::testing::{
    MountedPage, answer, asked, eval, refresh_pollers, stub_server, until, workbench,
};
use leptos::prelude::*;
use leptos_router::components::Router;
use serde_json::{Value, json};
use vestibule_model::ids::WorkspaceId;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

fn list(items: &[Value]) -> Value {
    json!({"items": items, "nextCursor": null})
}

#[wasm_bindgen_test]
async fn change_of_one_workbench_updates_only_its_row() {
    stub_server();
    let path = "/api/workspaces/ws-1/workbenches";
    let (one, two) = (
        workbench("wb-one1", "one", "Running"),
        workbench("wb-two2", "two", "Progressing"),
    );
    answer(
        "/api/workspaces/ws-1",
        200,
        &json!({"id": "ws-1", "name": "Research"}),
    );
    answer(path, 200, &list(&[one.clone(), two]));
    let stage = MountedPage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-1") /></Router> }.into_any()
    });
    stage
        .wait("tr:nth-child(2) [data-k8s-status=Progressing]")
        .await;
    until("the app has its title", || {
        let apps = stage.text_of_all(".cell-app");
        apps.iter().all(|app| app != "\u{a0}")
    })
    .await;
    eval(
        "window.touched = [];
         new MutationObserver((all) => { for (const m of all) {
             const at = m.target.nodeType === 1 ? m.target : m.target.parentElement;
             const row = at?.closest('tr')?.querySelector('a')?.textContent;
             window.touched.push(`${row} ${at?.closest('th, td')?.className ?? at?.tagName}`);
         } }).observe(document.querySelector('table'),
           {subtree: true, childList: true, characterData: true, attributes: true});",
    );
    answer(
        path,
        200,
        &list(&[one, workbench("wb-two2", "two", "Running")]),
    );
    refresh_pollers();
    stage
        .wait("tr:nth-child(2) [data-k8s-status=Running]")
        .await;
    let touched = eval("[...new Set(window.touched)].sort().join()").as_string();
    // The state, its sentence, and its time.
    let cells = "two cell-message,two cell-since,two cell-state";
    assert_eq!(touched.as_deref(), Some(cells));
}

/// The visible text of the rows can be searched, and the filter counts it.
#[wasm_bindgen_test]
async fn visible_text_of_the_rows_is_found_and_counted() {
    stub_server();
    let ended = |id: &str, cause: &str| {
        let mut ended = workbench(id, id, "Killed");
        ended["workspaceId"] = json!("ws-7");
        ended["status"]["conditions"] =
            json!([{"type": "Failed", "status": "True", "reason": cause}]);
        ended
    };
    let mut other = ended("wb-two8", "OOMKilled");
    other["app"] = json!("files");
    let app = json!({"name": "welcome", "title": "Reception hall", "available": true});
    answer("/api/apps", 200, &list(&[app]));
    answer(
        "/api/workspaces/ws-7",
        200,
        &json!({"id": "ws-7", "name": "Research"}),
    );
    let rows = [ended("wb-one8", "Timeout"), other];
    answer("/api/workspaces/ws-7/workbenches", 200, &list(&rows));
    let stage = MountedPage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-7") /></Router> }.into_any()
    });
    until("both rows are there", || {
        stage.text().contains("2 workbenches") && stage.text().contains("Reception hall")
    })
    .await;
    let chips = stage.find(".chips").and_then(|chips| chips.text_content());
    assert_eq!(chips.as_deref(), Some("MineNeeds attention 2"));
    let input: HtmlInputElement = document()
        .get_element_by_id("table-search")
        .map(wasm_bindgen::JsCast::unchecked_into)
        .expect("the search");
    let search = |text: &str| {
        input.set_value(text);
        input
            .dispatch_event(&web_sys::Event::new("input").expect("an event"))
            .expect("dispatched");
    };
    search("recep hall");
    until("one is found", || stage.text().contains("1 of 2")).await;
    let row = stage.wait("tbody.rows tr .row-link").await;
    assert_eq!(row.text_content().as_deref(), Some("wb-one8"));
    search("nowhere");
    let clear = stage.wait(".empty button").await;
    clear.focus().expect("focused");
    // Its press removes it; the address, which all tests share, loses the search.
    clear.click();
    until("both rows are back", || {
        stage.text().contains("2 workbenches")
    })
    .await;
    let focused = document().active_element().map(|element| element.id());
    assert_eq!(focused.as_deref(), Some("table-search"));
    let address = || eval("location.search").as_string();
    until("the address is as it was", || {
        address().is_some_and(|query| query.is_empty())
    })
    .await;
}

#[wasm_bindgen_test]
async fn field_9_errors_are_shown_and_the_rows_stay() {
    stub_server();
    let path = "/api/workspaces/ws-2/workbenches";
    answer(
        "/api/workspaces/ws-2",
        200,
        &json!({"id": "ws-2", "name": "Research"}),
    );
    answer(path, 200, &list(&[workbench("wb-six6", "kept", "Running")]));
    let stage = MountedPage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-2") /></Router> }.into_any()
    });
    stage.wait("tr [data-k8s-status=Running]").await;
    answer(path, 503, &json!({}));
    refresh_pollers();
    until("it is said", || {
        stage.text().contains("answers with an error (503)")
    })
    .await;
    assert!(stage.text().contains("kept"), "the last good data stays");
    answer(path, 200, &list(&[workbench("wb-six6", "kept", "Running")]));
    refresh_pollers();
    until("it is over", || {
        !stage.text().contains("answers with an error (503)")
    })
    .await;
}

#[wasm_bindgen_test]
async fn row_appears_after_the_last_one_was_deleted() {
    stub_server();
    let path = "/api/workspaces/ws-3/workbenches";
    let name = json!({"id": "ws-3", "name": "Research"});
    answer("/api/workspaces/ws-3", 200, &name);
    let stage = MountedPage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-3") /></Router> }.into_any()
    });
    for (id, name) in [("wb-one7", "first"), ("wb-two7", "second")] {
        answer(path, 200, &list(&[workbench(id, name, "Running")]));
        refresh_pollers();
        let row = stage.wait("tbody.rows tr .row-link").await;
        assert_eq!(row.text_content().as_deref(), Some(name));
        answer(path, 200, &list(&[]));
        refresh_pollers();
        stage.wait(".empty").await;
        assert!(stage.find("table").is_none());
    }
}

#[wasm_bindgen_test]
async fn field_10_workspace_deleted_while_open_is_shown_as_gone() {
    stub_server();
    let path = "/api/workspaces/ws-4/workbenches";
    let name = json!({"id": "ws-4", "name": "Research"});
    answer("/api/workspaces/ws-4", 200, &name);
    answer(path, 200, &list(&[]));
    let stage = MountedPage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-4") /></Router> }.into_any()
    });
    stage.wait(".empty").await;
    assert!(stage.text().contains("No workbenches yet"));
    answer(path, 404, &json!({"type": "/problems/not-found"}));
    until("it is said", || {
        refresh_pollers();
        stage.text().contains("This workspace was deleted")
    })
    .await;
    assert!(!stage.text().contains("Create a workbench"));
    assert!(!stage.text().contains("answers with an error"));
    let way_out = stage.find(".empty a").expect("a way out");
    assert_eq!(
        way_out.get_attribute("href").as_deref(),
        Some("/workspaces")
    );
}

#[wasm_bindgen_test]
async fn missing_workspace_is_not_found_at_the_first_response() {
    stub_server();
    let stage = MountedPage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-5") /></Router> }.into_any()
    });
    until("it is said", || {
        stage.text().contains("Workspace not found")
    })
    .await;
    let heading = stage.find("h1").and_then(|h1| h1.text_content());
    assert_eq!(heading.as_deref(), Some("Not found"));
    assert!(
        stage
            .find(".skeleton, button, .page-top a, .notice")
            .is_none()
    );
    assert_eq!(asked("GET /api/workspaces/ws-5"), 1);
}
