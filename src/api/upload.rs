//! Uploads of files. They report their progress, which `fetch` does not offer.

use super::ApiError;
use super::tabs::attachment_path;
use gloo_net::http::Method;
use vestibule_client::connection_error::{ConnectionError, UnexpectedBody};
use vestibule_model::ids::TabId;
use vestibule_model::lenient;
use vestibule_model::tab::attachment::Attachment;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{File, ProgressEvent, XmlHttpRequest};

/// Upload in progress. It is cancelled when it is dropped, and calls nothing from then on.
pub struct Upload {
    request: XmlHttpRequest,
    _progress: Closure<dyn FnMut(ProgressEvent)>,
    _end: Closure<dyn FnMut()>,
}

impl Upload {
    /// Sends a file to a tab. `on_progress` gets the share that is sent, from 0 to 1; `on_end` is
    /// called once.
    ///
    /// # Errors
    ///
    /// Returns an error if the browser refuses to send it.
    pub fn start(
        tab: &TabId,
        file: &File,
        on_progress: impl Fn(f64) + 'static,
        on_end: impl Fn(Result<Attachment, ApiError>) + 'static,
    ) -> Result<Self, ApiError> {
        let lost = |_| ApiError::Lost(ConnectionError::Unreachable);
        let request = XmlHttpRequest::new().map_err(lost)?;
        let path = attachment_path(tab, &file.name());
        request.open(Method::PUT.as_ref(), &path).map_err(lost)?;
        let headers = [
            ("accept", "application/json"),
            ("content-type", "application/octet-stream"),
        ];
        for (name, value) in headers {
            request.set_request_header(name, value).map_err(lost)?;
        }
        let progress = Closure::new(move |event: ProgressEvent| {
            if event.total() > 0.0 {
                on_progress(event.loaded() / event.total());
            }
        });
        let answered = request.clone();
        let end = Closure::new(move || on_end(outcome(&answered)));
        if let Ok(upload) = request.upload() {
            upload.set_onprogress(Some(progress.as_ref().unchecked_ref()));
        }
        request.set_onloadend(Some(end.as_ref().unchecked_ref()));
        request.send_with_opt_blob(Some(file)).map_err(lost)?;
        Ok(Self {
            request,
            _progress: progress,
            _end: end,
        })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.request.set_onloadend(None);
        if let Ok(upload) = self.request.upload() {
            upload.set_onprogress(None);
        }
        // It has ended or is cancelled; either is fine.
        let _ = self.request.abort();
    }
}

fn outcome(request: &XmlHttpRequest) -> Result<Attachment, ApiError> {
    let body = request.response_text().ok().flatten().unwrap_or_default();
    match request.status().unwrap_or(0) {
        0 => Err(ApiError::Lost(ConnectionError::Unreachable)),
        200..=299 => lenient::parse(&body).ok_or_else(|| {
            ApiError::Lost(ConnectionError::UnexpectedBody(UnexpectedBody::of(&body)))
        }),
        status => Err(ApiError::of(status, &body, None)),
    }
}
