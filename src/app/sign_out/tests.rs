//! Messages between the tabs of a browser.

use crate::store::{Session, SessionUser};
use crate::testing::{MountedPage, eval, stub_server, until, user_without_permissions};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// Mounts a page of a signed-in user, and opens another tab's end of the channel.
fn open(user: &'static str) -> (MountedPage, Session) {
    stub_server();
    eval(
        "window.reports = [];
         window.other?.close();
         window.other = new BroadcastChannel('vestibule.session');
         window.other.onmessage = (event) => window.reports.push(event.data);",
    );
    let session = StoredValue::new(None);
    let page = MountedPage::mount(move || {
        let provided = Session::expect();
        provided.user.set(user_without_permissions(user));
        session.set_value(Some(provided));
        ().into_any()
    });
    (page, session.get_value().expect("just mounted"))
}

async fn until_reported(reports: &str) {
    until(reports, || {
        eval("window.reports.join()").as_string().as_deref() == Some(reports)
    })
    .await;
}

/// Effects run as microtasks, so before the next timer.
async fn let_effects_run() {
    TimeoutFuture::new(0).await;
}

#[wasm_bindgen_test]
async fn a_change_in_this_tab_is_reported_to_the_others() {
    let (_page, session) = open("u-here");
    let_effects_run().await;
    session.user.set(SessionUser::SignedOut);
    until_reported("signed-out").await;
    session.user.set(user_without_permissions("u-next"));
    until_reported("signed-out,signed-in").await;
}

/// An echo could end the session of a user who has signed in meanwhile.
#[wasm_bindgen_test]
async fn a_change_in_another_tab_is_applied_and_not_reported_back() {
    let (_page, session) = open("u-there");
    eval("window.other.postMessage('signed-out')");
    until("the session has ended", || {
        session.user.get_untracked() == SessionUser::SignedOut
    })
    .await;
    let_effects_run().await;
    session.user.set(user_without_permissions("u-next"));
    until_reported("signed-in").await;
}
