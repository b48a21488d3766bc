//! Lists and forms in a real browser, while polls bring news.

use super::{BuildsPage, NewWorkbenchPage, WorkspacePage, WorkspacesPage};
use crate::testing::{
    Stage, answer, asked, eval, poke_pollers, stub_server, stub_stream, until, workbench,
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
async fn news_about_one_workbench_touches_only_its_row() {
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
    let stage = Stage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-1") /></Router> }.into_any()
    });
    stage
        .wait("tr:nth-child(2) [data-k8s-status=Progressing]")
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
    poke_pollers();
    stage
        .wait("tr:nth-child(2) [data-k8s-status=Running]")
        .await;
    let touched = eval("[...new Set(window.touched)].sort().join()").as_string();
    // The state, the sentence that goes with it, and since when.
    let cells = "two cell-message,two cell-since,two cell-state";
    assert_eq!(touched.as_deref(), Some(cells));
}

/// What one reads in the rows is what the search finds, and what the filter counts.
#[wasm_bindgen_test]
async fn what_is_read_in_the_rows_is_found_and_counted() {
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
    let stage = Stage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-7") /></Router> }.into_any()
    });
    until("both rows are there", || {
        stage.text().contains("2 workbenches") && stage.text().contains("Reception hall")
    })
    .await;
    let chips = stage.find(".chips").and_then(|chips| chips.text_content());
    assert_eq!(chips.as_deref(), Some("MineKilled 1Timed out 1"));
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
    // What is searched for stands in the address, which all tests share.
    search("");
    let address = || eval("location.search").as_string();
    until("the address is as it was", || {
        address().is_some_and(|query| query.is_empty())
    })
    .await;
}

#[wasm_bindgen_test]
async fn field_8_a_poll_does_not_reset_a_form() {
    stub_server();
    answer("/api/workspaces", 200, &list(&[]));
    let stage = Stage::mount(|| view! { <Router><WorkspacesPage /></Router> }.into_any());
    stage.wait(".empty").await;
    stage
        .find(".page-top button")
        .expect("New workspace")
        .click();
    stage.wait("#workspace-name").await;
    let input: HtmlInputElement = document()
        .get_element_by_id("workspace-name")
        .map(wasm_bindgen::JsCast::unchecked_into)
        .expect("the field");
    input.set_value("half a na");
    input
        .dispatch_event(&web_sys::Event::new("input").expect("an event"))
        .expect("dispatched");
    let news = json!({"id": "ws-9", "name": "Somebody else's", "workbenches": {"total": 1}});
    answer("/api/workspaces", 200, &list(&[news]));
    poke_pollers();
    until("the news is there", || {
        stage.text().contains("Somebody else's")
    })
    .await;
    assert_eq!(input.value(), "half a na");
    assert!(input.is_connected(), "the very same field");
    assert!(stage.find("dialog[open]").is_some());
}

#[wasm_bindgen_test]
async fn field_9_trouble_is_said_and_the_rows_stay() {
    stub_server();
    let path = "/api/workspaces/ws-2/workbenches";
    answer(
        "/api/workspaces/ws-2",
        200,
        &json!({"id": "ws-2", "name": "Research"}),
    );
    answer(path, 200, &list(&[workbench("wb-six6", "kept", "Running")]));
    let stage = Stage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-2") /></Router> }.into_any()
    });
    stage.wait("tr [data-k8s-status=Running]").await;
    answer(path, 503, &json!({}));
    poke_pollers();
    until("it is said", || {
        stage.text().contains("answers with an error (503)")
    })
    .await;
    assert!(stage.text().contains("kept"), "the last good data stays");
    answer(path, 200, &list(&[workbench("wb-six6", "kept", "Running")]));
    poke_pollers();
    until("it is over", || {
        !stage.text().contains("answers with an error (503)")
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_last_one_goes_another_comes_and_has_a_row() {
    stub_server();
    let path = "/api/workspaces/ws-3/workbenches";
    let name = json!({"id": "ws-3", "name": "Research"});
    answer("/api/workspaces/ws-3", 200, &name);
    let stage = Stage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-3") /></Router> }.into_any()
    });
    for (id, name) in [("wb-one7", "first"), ("wb-two7", "second")] {
        answer(path, 200, &list(&[workbench(id, name, "Running")]));
        poke_pollers();
        let row = stage.wait("tbody.rows tr .row-link").await;
        assert_eq!(row.text_content().as_deref(), Some(name));
        answer(path, 200, &list(&[]));
        poke_pollers();
        stage.wait(".empty").await;
        assert!(stage.find("table").is_none());
    }
}

#[wasm_bindgen_test]
async fn field_10_a_workspace_that_goes_while_it_is_open_is_said_to_be_gone() {
    stub_server();
    let path = "/api/workspaces/ws-4/workbenches";
    let name = json!({"id": "ws-4", "name": "Research"});
    answer("/api/workspaces/ws-4", 200, &name);
    answer(path, 200, &list(&[]));
    let stage = Stage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-4") /></Router> }.into_any()
    });
    stage.wait(".empty").await;
    assert!(stage.text().contains("No workbench yet"));
    answer(path, 404, &json!({}));
    until("it is said", || {
        poke_pollers();
        stage.text().contains("There is no such workspace")
    })
    .await;
    assert!(!stage.text().contains("New workbench"));
    assert!(!stage.text().contains("answers with an error"));
    let way_out = stage.find(".empty a").expect("a way out");
    assert_eq!(
        way_out.get_attribute("href").as_deref(),
        Some("/workspaces")
    );
}

/// Just after a create that is normal (FIELD 10).
#[wasm_bindgen_test]
async fn a_workspace_that_is_not_there_yet_is_no_trouble_with_the_server() {
    stub_server();
    let stage = Stage::mount(|| {
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-5") /></Router> }.into_any()
    });
    until("it is looked for", || stage.text().contains("or not yet")).await;
    assert!(!stage.text().contains("answers with an error"));
}

#[wasm_bindgen_test]
async fn neither_the_form_nor_the_builds_of_no_workspace_are_offered() {
    stub_server();
    answer("/api/apps", 200, &list(&[]));
    answer("/api/builds", 200, &list(&[]));
    let id = || WorkspaceId::new("ws-6");
    let form = Stage::mount(move || {
        view! { <Router><NewWorkbenchPage workspace=id() /></Router> }.into_any()
    });
    let builds =
        Stage::mount(move || view! { <Router><BuildsPage workspace=id() /></Router> }.into_any());
    for stage in [form, builds] {
        until("it is said", || {
            stage.text().contains("There is no such workspace")
        })
        .await;
        assert!(stage.find("form, .page-top button").is_none());
    }
}

/// FIELD 8: what is typed stays, whatever becomes of the workspace; a name is looked up by the server.
#[wasm_bindgen_test]
async fn the_form_says_that_a_name_is_taken_and_that_the_workspace_went_and_keeps_what_is_typed() {
    stub_server();
    stub_stream();
    let own = "/api/workspaces/ws-7";
    answer("/api/apps", 200, &list(&[]));
    answer(own, 200, &json!({"id": "ws-7", "name": "Research"}));
    answer(&format!("{own}/secrets"), 200, &list(&[]));
    let taken = json!({"full": null, "nameTakenBy": "Notes"});
    answer(&format!("POST {own}/preflight"), 200, &taken);
    let (stage, _) = Stage::mount_for("u-form", || {
        let workspace = WorkspaceId::new("ws-7");
        view! { <Router><NewWorkbenchPage workspace=workspace /></Router> }.into_any()
    })
    .await;
    stage.wait("#workbench-name").await;
    let input: HtmlInputElement = document()
        .get_element_by_id("workbench-name")
        .map(wasm_bindgen::JsCast::unchecked_into)
        .expect("the field");
    input.set_value("notes");
    input
        .dispatch_event(&web_sys::Event::new("input").expect("an event"))
        .expect("dispatched");
    until("the other is named", || {
        stage
            .text()
            .contains("\u{201c}Notes\u{201d} is there already")
    })
    .await;
    assert_eq!(asked(&format!("GET {own}/workbenches")), 0);

    eval("window.emit('snapshot', {seq: 1, runs: []}, 1)");
    eval("window.emit('workspace-removed', {seq: 2, id: 'ws-7'}, 2)");
    until("it is said", || {
        stage.text().contains("There is no such workspace")
    })
    .await;
    assert_eq!(input.value(), "notes");
    assert!(input.is_connected(), "the very same field");
}

#[wasm_bindgen_test]
async fn the_form_promises_no_start_whose_preparation_failed_last_and_leads_to_the_build() {
    stub_server();
    let own = "/api/workspaces/ws-8";
    let raw = json!({"name": "raw", "available": true, "needsBuild": true, "built": false});
    answer("/api/apps", 200, &list(&[raw]));
    answer(own, 200, &json!({"id": "ws-8", "name": "Research"}));
    answer(&format!("{own}/secrets"), 200, &list(&[]));
    let failed = json!({"app": "raw", "why": "Step 2 of 3: fetch it ended with exit code 1.",
        "id": "bld-bcdfghjk", "workspaceId": "ws-other"});
    let known = json!({"full": null, "failedBuild": failed, "nameTakenBy": null});
    answer(&format!("POST {own}/preflight"), 200, &known);
    let stage = Stage::mount(|| {
        let workspace = WorkspaceId::new("ws-8");
        view! { <Router><NewWorkbenchPage workspace=workspace /></Router> }.into_any()
    });
    let link = stage.wait(".finding a[target=_blank]").await;
    let path = link.get_attribute("href");
    assert_eq!(
        path.as_deref(),
        Some("/workspaces/ws-other/builds/bld-bcdfghjk")
    );
    let text = stage.text();
    for said in [
        "It can be made now, and its start may fail again.",
        "The app's last preparation failed.",
        "Step 2 of 3: fetch it ended with exit code 1.",
        "An administrator can fix this",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("It starts as soon as"), "{text}");
}
