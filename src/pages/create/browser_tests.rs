//! The form in a real browser, while data changes.

use super::NewWorkbenchPage;
use crate::pages::builds::list::BuildsPage;
use crate::store::Session;
use crate::testing::{
    MountedPage, answer, asked, eval, stub_server, stub_stream, until, user_without_permissions,
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
async fn form_and_builds_of_a_missing_workspace_are_not_found() {
    stub_server();
    answer("/api/apps", 200, &list(&[]));
    answer("/api/builds", 200, &list(&[]));
    let id = || WorkspaceId::new("ws-6");
    let form = MountedPage::mount(move || {
        view! { <Router><NewWorkbenchPage workspace=id() /></Router> }.into_any()
    });
    let builds = MountedPage::mount(move || {
        view! { <Router><BuildsPage workspace=id() /></Router> }.into_any()
    });
    for stage in [form, builds] {
        until("it is said", || {
            stage.text().contains("Workspace not found")
        })
        .await;
        assert!(stage.find("form, .page-top button").is_none());
    }
}

/// FIELD 8: typed text stays, even if the workspace is deleted; the server checks whether a name is
/// taken.
#[wasm_bindgen_test]
async fn form_shows_taken_names_and_a_deleted_workspace_and_keeps_typed_text() {
    stub_server();
    stub_stream();
    let own = "/api/workspaces/ws-7";
    answer("/api/apps", 200, &list(&[]));
    answer(own, 200, &json!({"id": "ws-7", "name": "Research"}));
    answer(&format!("{own}/secrets"), 200, &list(&[]));
    let taken = json!({"full": null, "nameTakenBy": "Notes"});
    answer(&format!("POST {own}/preflight"), 200, &taken);
    let (stage, _) = MountedPage::mount_for("u-form", || {
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
            .contains("\u{201c}Notes\u{201d} already exists")
    })
    .await;
    assert_eq!(asked(&format!("GET {own}/workbenches")), 0);

    eval("window.emit('snapshot', {seq: 1, runs: []}, 1)");
    eval("window.emit('workspace-removed', {seq: 2, id: 'ws-7'}, 2)");
    until("it is said", || {
        stage.text().contains("This workspace was deleted")
    })
    .await;
    assert_eq!(input.value(), "notes");
    assert!(input.is_connected(), "the very same field");
}

/// A session that ends elsewhere loses nothing that is typed; no other user sees it.
#[wasm_bindgen_test]
async fn a_draft_outlives_the_session_and_is_for_its_author_alone() {
    stub_server();
    let own = "/api/workspaces/ws-9";
    let app = |name: &str| json!({"name": name, "title": name, "available": true});
    answer("/api/apps", 200, &list(&[app("one"), app("two")]));
    answer(own, 200, &json!({"id": "ws-9", "name": "Research"}));
    answer(&format!("{own}/secrets"), 200, &list(&[]));
    let open = |user: &'static str| {
        let session = StoredValue::new(None::<Session>);
        let stage = MountedPage::mount(move || {
            let provided = Session::expect();
            provided.user.set(user_without_permissions(user));
            session.set_value(Some(provided));
            let workspace = WorkspaceId::new("ws-9");
            view! { <Router><NewWorkbenchPage workspace=workspace /></Router> }.into_any()
        });
        (stage, session.get_value().expect("just mounted"))
    };
    let name = |stage: &MountedPage| -> HtmlInputElement {
        let field = stage.find("#workbench-name");
        wasm_bindgen::JsCast::unchecked_into(field.expect("the field"))
    };
    let (stage, session) = open("u-author");
    stage.wait("#workbench-name").await;
    stage.wait("input[value=two]").await.click();
    let input = name(&stage);
    input.set_value("Half a na");
    input
        .dispatch_event(&web_sys::Event::new("input").expect("an event"))
        .expect("dispatched");
    until("it is kept", || {
        crate::store::kept_draft::kept().is_some_and(|kept| kept.contains("Half a na"))
    })
    .await;
    session.expired();
    drop(stage);

    let (stage, session) = open("u-other");
    stage.wait("#workbench-name").await;
    assert_eq!(name(&stage).value(), "one");
    session.expired();
    drop(stage);

    let (stage, _) = open("u-author");
    stage.wait("#workbench-name").await;
    assert_eq!(name(&stage).value(), "Half a na");
    let two = stage.wait("input[value=two]").await;
    let two: HtmlInputElement = wasm_bindgen::JsCast::unchecked_into(two);
    assert!(two.checked());
    // Left by a user who is signed in, it is over.
    drop(stage);
    assert_eq!(crate::store::kept_draft::kept(), None);
}

#[wasm_bindgen_test]
async fn form_offers_the_sizes_of_the_app_and_says_why_another_cannot_run() {
    stub_server();
    let own = "/api/workspaces/ws-10";
    let sizes = json!([
        {"name": "small", "title": "Small", "cpu": 1.0, "memoryMb": 2000},
        {"name": "gpu", "title": "GPU", "gpus": 1, "remark": "GPUs aren't assigned on this machine."},
    ]);
    let why = "It has no image for a cluster. An administrator can add one to the catalogue.";
    let apps = [
        json!({"name": "lab", "title": "Lab", "available": true, "sizes": sizes}),
        json!({"name": "plain", "title": "Plain", "available": true}),
        json!({"name": "built", "title": "Built", "available": false, "unavailableReason": why}),
    ];
    answer("/api/apps", 200, &list(&apps));
    answer(own, 200, &json!({"id": "ws-10", "name": "Research"}));
    answer(&format!("{own}/secrets"), 200, &list(&[]));
    let stage = MountedPage::mount(|| {
        let workspace = WorkspaceId::new("ws-10");
        view! { <Router><NewWorkbenchPage workspace=workspace /></Router> }.into_any()
    });
    let choice = stage.wait("select#size").await;
    let chosen = js_sys::Reflect::get(&choice, &"value".into());
    assert_eq!(chosen, Ok("small".into()), "the first one");
    assert!(stage.text().contains("Small: 1 CPU, 2 GB memory"));
    assert!(stage.text().contains(why), "{}", stage.text());
    js_sys::Reflect::set(&choice, &"value".into(), &"gpu".into()).expect("set");
    choice
        .dispatch_event(&web_sys::Event::new("change").expect("an event"))
        .expect("dispatched");
    until("the remark is shown", || {
        stage
            .text()
            .contains("GPUs aren't assigned on this machine.")
    })
    .await;
    stage.wait("input[value=plain]").await.click();
    until("there is nothing to choose", || {
        stage.find("select#size").is_none()
    })
    .await;
}

#[wasm_bindgen_test]
async fn form_warns_about_a_failed_build_and_links_to_it() {
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
    let stage = MountedPage::mount(|| {
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
    for message in [
        "You can create it now, but its start may fail again.",
        "The app's last build failed.",
        "Step 2 of 3: fetch it ended with exit code 1.",
        "An administrator can fix this",
    ] {
        assert!(text.contains(message), "{message}: {text}");
    }
    assert!(!text.contains("The start then continues"), "{text}");
}
