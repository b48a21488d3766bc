//! The pages: small files embedded in the binary.

use crate::app::App;
use axum::http::header;
use axum::response::{IntoResponse, Response};

pub(crate) async fn html(app: App) -> Response {
    let html = match app {
        App::Welcome => include_str!("page/welcome.html"),
        App::Files => include_str!("page/files.html"),
    };
    typed("text/html; charset=utf-8", html)
}

pub(crate) async fn css() -> Response {
    typed("text/css; charset=utf-8", include_str!("page/page.css"))
}

pub(crate) async fn files_js() -> Response {
    typed(SCRIPT, include_str!("page/files.js"))
}

pub(crate) async fn clock_js() -> Response {
    typed(SCRIPT, include_str!("page/clock.js"))
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

fn typed(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
