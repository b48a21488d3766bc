//! The settings in a real browser, while polls bring changes.

use super::SettingsPage;
use crate::store::{Session, SessionUser};
use crate::testing::{
    MountedPage, administrator, answer, asked, eval, refresh_pollers, stub_server, until,
    user_without_permissions,
};
use crate::ui::ToastRegion;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos_router::components::Router;
use serde_json::{Value, json};
use vestibule_model::ids::WorkspaceId;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

fn settings_of(id: &'static str, user: SessionUser) -> MountedPage {
    MountedPage::mount(move || {
        Session::expect().user.set(user);
        view! { <Router><SettingsPage workspace=WorkspaceId::new(id) /></Router><ToastRegion /> }
            .into_any()
    })
}

fn workspace(id: &str, name: &str, workbenches: u64) {
    let counts = json!({"total": workbenches});
    let body = json!({"id": id, "name": name, "workbenches": counts});
    answer(&format!("/api/workspaces/{id}"), 200, &body);
}

fn secrets(id: &str, items: &[Value]) {
    let path = format!("/api/workspaces/{id}/secrets");
    answer(&path, 200, &json!({"items": items, "nextCursor": null}));
}

fn secret(name: &str, by: &str) -> Value {
    let user = json!({"id": "wb-one1", "name": "analysis"});
    json!({
        "name": name, "updatedAt": "2026-11-21T10:00:00Z", "updatedBy": by,
        "usedBy": {"total": 4, "first": [user]},
    })
}

#[wasm_bindgen_test]
async fn reader_without_permission_sees_why_nothing_can_be_changed() {
    stub_server();
    workspace("ws-s1", "Research", 0);
    secrets("ws-s1", &[secret("API_KEY", "ada")]);
    let stage = settings_of("ws-s1", user_without_permissions("u-1"));
    stage.wait("tbody tr").await;
    let text = stage.text();
    for shown in ["Research", "API_KEY", "ada", "analysis", "and 3 more"] {
        assert!(text.contains(shown), "no {shown} in {text}");
    }
    assert!(stage.find("input").is_none());
    assert!(text.contains("You can't rename workspaces."), "{text}");
    // No button is without effect and without a reason.
    assert!(stage.find("button").is_some());
    let silent = "button:not([aria-disabled=true][aria-description^=\"You can't \"])";
    assert!(stage.find(silent).is_none());
}

/// FIELD 8: what is typed is not reset, and the row that has the focus keeps it.
#[wasm_bindgen_test]
async fn field_8_updates_do_not_change_typed_text() {
    stub_server();
    workspace("ws-s2", "Research", 0);
    secrets("ws-s2", &[secret("API_KEY", "ada"), secret("TOKEN", "ada")]);
    let stage = settings_of("ws-s2", administrator("u-1"));
    let field: HtmlInputElement = stage.wait("#workspace-name").await.unchecked_into();
    assert_eq!(field.value(), "Research");
    let replace = stage.wait("tr:nth-child(2) button").await;

    // An unchanged field follows.
    workspace("ws-s2", "Search", 0);
    refresh_pollers();
    until("the new name", || field.value() == "Search").await;

    field.set_value("Quest");
    field
        .dispatch_event(&web_sys::Event::new("input").expect("an event"))
        .expect("dispatched");
    replace.focus().expect("focused");
    workspace("ws-s2", "Look", 2);
    secrets(
        "ws-s2",
        &[secret("API_KEY", "ada"), secret("TOKEN", "grace")],
    );
    refresh_pollers();
    until("it is said", || {
        let text = stage.text();
        text.contains("Renamed to \u{201c}Look\u{201d}")
            && text.contains("Delete its 2 workbenches first.")
            && text.contains("grace")
    })
    .await;
    assert_eq!(field.value(), "Quest");
    assert!(field.is_connected(), "the very same field");
    let focused = document().active_element();
    assert_eq!(focused, Some(replace.unchecked_into()), "the focus moved");
    assert!(!stage.text().contains("Delete workspace"));
}

#[wasm_bindgen_test]
async fn missing_and_forbidden_workspaces_are_explained() {
    stub_server();
    let stage = settings_of("ws-s3", administrator("u-1"));
    until("it is said", || {
        stage.text().contains("Workspace not found")
    })
    .await;
    assert!(stage.find("section, .page-top button").is_none());
    drop(stage);

    answer(
        "/api/workspaces/ws-s4",
        403,
        &json!({"type": "/problems/told"}),
    );
    let stage = settings_of("ws-s4", user_without_permissions("u-1"));
    until("it is said", || {
        stage
            .text()
            .contains("You don't have access to this workspace")
    })
    .await;
    drop(stage);

    workspace("ws-s5", "Research", 0);
    let none = json!({"runDefaultSeconds": null, "runMaxSeconds": null,
        "idleDefaultSeconds": null, "idleMaxSeconds": null});
    let limits = json!({"own": none, "installation": none, "effective": none});
    answer("/api/workspaces/ws-s5/limits", 200, &limits);
    answer(
        "/api/workspaces/ws-s5/secrets",
        403,
        &json!({"type": "/problems/told"}),
    );
    let stage = settings_of("ws-s5", user_without_permissions("u-1"));
    until("the secrets alone are not for them", || {
        let text = stage.text();
        text.contains("Research") && text.contains("You can't see secrets' names.")
    })
    .await;
    assert!(stage.find(".notice").is_none(), "{}", stage.text());
}

/// The deletion may be reported by the stream before the response.
#[wasm_bindgen_test]
async fn deletion_leads_away_with_a_message_in_any_order_of_reports() {
    stub_server();
    workspace("ws-s6", "Research", 0);
    secrets("ws-s6", &[]);
    let stage = settings_of("ws-s6", administrator("u-1"));
    stage
        .wait("[aria-labelledby=setting-removal] .actions button")
        .await
        .click();
    let delete = stage.wait("dialog[open] [data-variant=danger]").await;
    eval(
        "{ const stub = window.fetch;
           window.fetch = async (address, init) => {
             if ((init ?? address).method === 'DELETE') {
               await new Promise((resolve) => { window.answerNow = resolve; });
               return new Response(null, { status: 204 });
             }
             return stub(address, init);
           }; }",
    );
    delete.click();
    until("it is asked for", || {
        eval("typeof window.answerNow").as_string().as_deref() == Some("function")
    })
    .await;
    answer(
        "/api/workspaces/ws-s6",
        410,
        &json!({"type": "/problems/told"}),
    );
    let before = asked("GET /api/workspaces/ws-s6");
    refresh_pollers();
    until("it is heard of", || {
        asked("GET /api/workspaces/ws-s6") > before
    })
    .await;
    TimeoutFuture::new(100).await;
    assert!(delete.is_connected(), "{}", stage.text());
    eval("window.answerNow()");
    until("one is led away", || {
        eval("location.pathname").as_string().as_deref() == Some("/workspaces")
    })
    .await;
    until("it is said", || {
        stage.text().contains("Deleted \u{201c}Research\u{201d}")
    })
    .await;
}
