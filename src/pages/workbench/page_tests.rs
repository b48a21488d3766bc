//! The workbench's page in a real browser: when the frame exists, and when it does not.

use super::WorkbenchPage;
use crate::pages::workbench::frames::FrameHost;
use crate::store::Session;
use crate::testing::{
    MountedPage, administrator, answer, asked, changes, count_changes, refresh_pollers,
    stub_server, until, workbench,
};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos_router::components::Router;
use serde_json::{Value, json};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use wasm_bindgen_test::wasm_bindgen_test;

/// Creates a workbench of its own for each test: pollers are shared by id.
fn open(id: &'static str, state: &Value) -> MountedPage {
    open_with(id, state, || {})
}

/// Creates it with further responses.
fn open_with(id: &'static str, state: &Value, answers: impl FnOnce()) -> MountedPage {
    stub_server();
    answers();
    let path = format!("/api/workbenches/{id}");
    answer(&path, 200, state);
    answer(
        "/api/workspaces/ws-1",
        200,
        &json!({"id": "ws-1", "name": "Research"}),
    );
    let url = format!("{}/favicon.ico", location().origin().expect("an origin"));
    answer(&format!("{path}/ticket"), 200, &json!({"url": url}));
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

fn now(id: &str, state: &Value) {
    answer(&format!("/api/workbenches/{id}"), 200, state);
    refresh_pollers();
}

/// Waits until it was requested.
async fn ask_again(id: &str, state: &Value) {
    let path = format!("GET /api/workbenches/{id}");
    let before = asked(&path);
    now(id, state);
    until("asked again", || asked(&path) > before).await;
}

#[wasm_bindgen_test]
async fn frame_exists_only_while_the_app_runs() {
    let id = "wb-frameone";
    let stage = open(id, &workbench(id, "analysis", "Progressing"));
    stage.wait("[data-k8s-status=Progressing]").await;
    assert!(stage.find("iframe").is_none(), "no frame while it starts");
    now(id, &workbench(id, "analysis", "Running"));
    let frame = stage.wait("iframe").await;
    assert_eq!(frame.get_attribute("title").as_deref(), Some("analysis"));
    assert!(
        frame
            .get_attribute("sandbox")
            .expect("sandboxed")
            .contains("allow-scripts")
    );
    let mut stopped = workbench(id, "analysis", "Stopped");
    stopped["desired"] = json!("Stopped");
    stopped["generation"] = json!(2);
    stopped["status"]["phase"] = json!("Stopped");
    stopped["status"]["stoppedReason"] = json!("UserStopped");
    stopped["status"]["message"] = json!("Stopped by a person.");
    now(id, &stopped);
    until("the frame has gone", || stage.find("iframe").is_none()).await;
    assert!(
        stage.text().contains("A user stopped it."),
        "with the reason"
    );
    stage.wait("section[aria-label=Ended]").await;
}

/// In use, H2: a stop for idleness is told before, and can be prevented.
#[wasm_bindgen_test]
async fn stop_for_idleness_is_told_with_a_button_that_prevents_it() {
    let id = "wb-frameidl";
    let running = workbench(id, "analysis", "Running");
    let stage = open(id, &running);
    stage.wait("iframe").await;
    assert!(stage.find(".idle-notice").is_none());
    let mut unused = running.clone();
    let stop_at =
        vestibule_model::time::Timestamp::from_millis(js_sys::Date::now() as i64 + 125_000);
    unused["status"]["idleStopAt"] = json!(stop_at);
    now(id, &unused);
    let notice = stage.wait(".idle-notice").await;
    let text = notice.text_content().unwrap_or_default();
    assert!(text.contains("Not in use. Stops in 2 min"), "{text}");
    answer(&format!("/api/workbenches/{id}/extend"), 202, &running);
    let button = stage.wait(".idle-notice button").await;
    wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(button).click();
    until("it was asked to go on", || {
        asked(&format!("POST /api/workbenches/{id}/extend")) == 1
    })
    .await;
    now(id, &running);
    until("the notice has gone", || {
        stage.find(".idle-notice").is_none()
    })
    .await;
    assert!(stage.find("iframe").is_some());
}

/// A missed probe loses nothing that was typed inside: the same frame returns.
#[wasm_bindgen_test]
async fn unresponsive_frame_is_covered_and_uncovered_without_a_reload() {
    let id = "wb-framefiv";
    let stage = open(id, &workbench(id, "analysis", "Running"));
    let frame = stage.wait(".kept:not([inert]) iframe").await;
    let mut silent = workbench(id, "analysis", "Progressing");
    silent["status"]["message"] = json!("The app isn't responding.");
    now(id, &silent);
    let overlay = stage.wait(".overlay").await;
    let text = overlay.text_content().unwrap_or_default();
    assert!(text.contains("The app isn't responding."), "{text}");
    stage.wait(".kept[inert] iframe").await;
    now(id, &workbench(id, "analysis", "Running"));
    stage.wait(".kept:not([inert]) iframe").await;
    assert!(stage.find(".overlay").is_none());
    let same = stage.find("iframe").expect("it is there");
    assert!(js_sys::Object::is(&frame, &same), "another frame");
}

/// The tab's title shows the state.
#[wasm_bindgen_test]
async fn tab_shows_the_state() {
    let link = document().create_element("link").expect("an element");
    link.set_attribute("rel", "icon").expect("a good name");
    document()
        .head()
        .expect("a head")
        .append_child(&link)
        .expect("a place");
    let id = "wb-framesix";
    let stage = open(id, &workbench(id, "analysis", "Complete"));
    let title = || document().title();
    until("the state in the title", || {
        title() == "✓ analysis · Completed – Vestibule"
    })
    .await;
    let icon = || link.get_attribute("href").unwrap_or_default();
    let completed = icon();
    now(id, &workbench(id, "analysis", "Failed"));
    until("the new state in the title", || {
        title().starts_with("✕ analysis · Failed")
    })
    .await;
    assert_ne!(icon(), completed);
    // Another user deletes it: once it is gone, nothing is being deleted any more.
    let mut going = workbench(id, "analysis", "Failed");
    going["deleting"] = json!(true);
    now(id, &going);
    until("that it is being deleted", || {
        title() == "◐ analysis · Deleting – Vestibule"
    })
    .await;
    answer(
        &format!("/api/workbenches/{id}"),
        404,
        &json!({"type": "/problems/not-found"}),
    );
    until("a title without a state", || {
        refresh_pollers();
        title() == "This workbench was deleted · Vestibule"
    })
    .await;
    drop(stage);
    link.remove();
}

#[wasm_bindgen_test]
async fn field_3_running_of_another_workbench_opens_nothing() {
    let id = "wb-frametwo";
    let stage = open(id, &workbench(id, "this", "Progressing"));
    stage.wait("[data-k8s-status=Progressing]").await;
    now(id, &workbench("wb-other", "stranger", "Running"));
    until("the wrong answer was refused", || {
        stage.text().contains("the answer is about something else")
    })
    .await;
    assert!(stage.find("iframe").is_none());
    assert!(!stage.text().contains("stranger"));
}

#[wasm_bindgen_test]
async fn equal_response_changes_nothing_on_the_page() {
    let id = "wb-frametri";
    let state = workbench(id, "calm", "Complete");
    let stage = open(id, &state);
    stage.wait("[data-k8s-status=Complete]").await;
    count_changes("body");
    // Derived updates, such as the cause, are finished before it begins.
    let mut is_calm = false;
    for _ in 0..50 {
        TimeoutFuture::new(200).await;
        is_calm = changes() == 0.0;
        if is_calm {
            break;
        }
    }
    assert!(is_calm, "the page never comes to rest");
    ask_again(id, &state).await;
    TimeoutFuture::new(100).await;
    assert_eq!(changes(), 0.0, "equal data notifies no signal");
}

#[wasm_bindgen_test]
async fn delete_dialog_names_the_workbench_and_focuses_cancel() {
    let id = "wb-framefor";
    let stage = open(id, &workbench(id, "precious", "Complete"));
    let section = stage.wait("section[aria-label=Ended]").await;
    let buttons = section
        .query_selector_all(".actions button")
        .expect("a selector");
    let delete = buttons
        .get(buttons.length() - 1)
        .expect("the last one deletes");
    wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(delete).click();
    let dialog = stage.wait("dialog[open] .dialog-body").await;
    assert!(
        dialog
            .text_content()
            .unwrap_or_default()
            .contains("precious")
    );
    let focused = || document().active_element().and_then(|e| e.text_content());
    until("Cancel has the focus", || {
        focused().as_deref() == Some("Cancel")
    })
    .await;
}

/// An ended run is rendered once, so that no screen reader is interrupted.
#[wasm_bindgen_test]
async fn timeline_of_an_ended_run_does_not_change() {
    let id = "wb-frameseb";
    let mut state = workbench(id, "calm", "Failed");
    state["run"] = json!({"id": "run-ended", "number": 1, "status": "failed", "lastSeq": 3,
        "startedAt": "2026-11-21T10:00:00Z"});
    state["status"]["phase"] = json!("Failed");
    state["status"]["completionTime"] = json!("2026-11-21T10:00:09Z");
    state["status"]["conditions"] = json!([{"type": "Failed", "status": "True",
        "reason": "SDKError", "message": "The app stopped with exit code 1."}]);
    let entry = |seq: u64, at: &str, kind: &str, to: &str, reason: &str| {
        json!({"seq": seq, "runId": "run-ended", "at": format!("2026-11-21T10:00:0{at}Z"),
            "kind": "status", "type": kind, "from": "Unknown", "to": to, "reason": reason,
            "source": "observation"})
    };
    let journal = json!({"nextCursor": null, "items": [
        entry(1, "1", "PVCReady", "True", "Bound"),
        entry(2, "2", "RunnerStarted", "True", "ContainerRunning"),
        entry(3, "9", "Failed", "True", "SDKError"),
    ]});
    let stage = open_with(id, &state, || {
        answer("/api/runs/run-ended/journal", 200, &journal);
    });
    // The timeline of a failure is folded; the reader unfolds it.
    let fold = stage
        .wait(".details > .fold:nth-of-type(2) > summary")
        .await;
    fold.click();
    stage.wait(".tracks .bar[data-tone=failed]").await;
    let text = stage.text();
    assert!(text.contains("it reported an error"), "{text}");
    count_changes(".timeline");
    ask_again(id, &state).await;
    // Longer than the clock's tick.
    TimeoutFuture::new(1_200).await;
    assert_eq!(changes(), 0.0, "a run that has ended does not tick");
}
