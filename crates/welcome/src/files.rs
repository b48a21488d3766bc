//! The folder over HTTP: list, download, upload.

use crate::folder::Folder;
use crate::log::log_line;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use serde::Deserialize;
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

#[derive(Debug, Deserialize)]
pub(crate) struct Listed {
    /// The subfolder; empty for the folder itself.
    #[serde(default)]
    dir: String,
}

pub(crate) async fn list(
    State(folder): State<Folder>,
    Query(Listed { dir }): Query<Listed>,
) -> Response {
    let listed = tokio::task::spawn_blocking(move || {
        let path = folder.subfolder(&dir)?;
        Some(Folder::list(&path).map(|listed| (path, listed)))
    });
    match listed.await.map(Option::transpose) {
        Ok(Ok(Some((path, (entries, left_out))))) => {
            let path = path.display().to_string();
            Json(serde_json::json!({ "path": path, "entries": entries, "leftOut": left_out }))
                .into_response()
        }
        Ok(Ok(None)) => refuse(StatusCode::NOT_FOUND, "There is no such folder."),
        Ok(Err(error)) => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("The folder cannot be read: {error}."),
        ),
        Err(_) => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The folder cannot be read.",
        ),
    }
}

pub(crate) async fn download(State(folder): State<Folder>, Path(name): Path<String>) -> Response {
    let found = tokio::task::spawn_blocking(move || folder.readable(&name)).await;
    let Ok(Some(path)) = found else {
        return refuse(StatusCode::NOT_FOUND, "There is no such file.");
    };
    let file = match tokio::fs::File::open(&path).await {
        Ok(file) => file,
        Err(error) => {
            return refuse(
                StatusCode::NOT_FOUND,
                format!("The file cannot be read: {error}."),
            );
        }
    };
    let Ok(size) = file.metadata().await.map(|about| about.len()) else {
        return refuse(StatusCode::NOT_FOUND, "The file cannot be read.");
    };
    // A file that grows meanwhile, such as a log, is sent in its initial length.
    let mut response = Body::from_stream(ReaderStream::new(file.take(size))).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    // The page names the file with the attribute `download`; it is never rendered in place.
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment"),
    );
    response
}

#[derive(Debug, Deserialize)]
pub(crate) struct Upload {
    /// `true` if an existing file of this name may be replaced.
    #[serde(default)]
    replace: bool,
}

/// Writes the body to a hidden draft, which gets its name once it is complete. A broken upload
/// leaves nothing, and no file is replaced without a confirmation.
pub(crate) async fn upload(
    State(folder): State<Folder>,
    Path(name): Path<String>,
    Query(options): Query<Upload>,
    body: Body,
) -> Response {
    let Some(path) = folder.place(&name) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "Use a plain file name in a folder that exists: no leading dot, at most 255 bytes.",
        );
    };
    if !options.replace && tokio::fs::try_exists(&path).await.unwrap_or(false) {
        return exists(&name);
    }
    let draft = match write_draft(&folder, body).await {
        Ok(draft) => draft,
        Err(error) => {
            return refuse(
                StatusCode::INSUFFICIENT_STORAGE,
                format!("The upload was not kept: {error}."),
            );
        }
    };
    let kept = tokio::task::spawn_blocking(move || {
        if options.replace {
            draft.persist(&path)
        } else {
            draft.persist_noclobber(&path)
        }
    });
    match kept.await {
        Ok(Ok(_)) => {
            // Quoted and escaped: a name may contain anything, also terminal control characters.
            log_line(&format!("Took in the file {name:?}."));
            StatusCode::CREATED.into_response()
        }
        Ok(Err(error)) if error.error.kind() == io::ErrorKind::AlreadyExists => exists(&name),
        Ok(Err(error)) => refuse(
            StatusCode::INSUFFICIENT_STORAGE,
            format!("The upload was not kept: {}.", error.error),
        ),
        Err(_) => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The upload was not kept.",
        ),
    }
}

async fn write_draft(folder: &Folder, body: Body) -> io::Result<tempfile::NamedTempFile> {
    let draft = folder.draft()?;
    let mut file = tokio::fs::File::from_std(draft.reopen()?);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        file.write_all(&chunk.map_err(io::Error::other)?).await?;
    }
    file.flush().await?;
    Ok(draft)
}

fn exists(name: &str) -> Response {
    let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
    refuse(
        StatusCode::CONFLICT,
        format!("A file named {name} already exists."),
    )
}

fn refuse(status: StatusCode, detail: impl Into<String>) -> Response {
    let body = Json(serde_json::json!({ "status": status.as_u16(), "detail": detail.into() }));
    (
        status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        body,
    )
        .into_response()
}
