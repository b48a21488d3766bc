//! The built-in apps: small web pages that a workbench serves itself, from its own folder.
//!
//! `vestibule app files` shows the folder and accepts uploads. `vestibule app welcome` also has a
//! WebSocket clock, which shows that the workbench works. Their options simulate slow and broken starts.

mod app;
mod clock;
mod files;
mod folder;
mod host;
mod log;
mod options;
mod page;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use folder::Folder;
use host::Hosts;
use log::log_line;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};

pub use app::App;
pub use options::Options;

/// Runs the program until it is asked to end, or exits by itself.
pub async fn main(app: App, options: Options) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let work = async {
        boot(options.boot_delay()).await;
        let served = async {
            if options.never_listen {
                log_line("Told never to listen: waiting.");
                pending().await
            } else {
                serve(app, &options).await
            }
        };
        tokio::select! {
            result = served => result,
            () = exit_time(options.exit_after) => {
                log_line(&format!("Exiting with code {}, as told.", options.exit_code));
                std::process::exit(options.exit_code);
            }
        }
    };
    tokio::select! {
        result = work => result,
        _ = terminate.recv() => {
            log_line("Asked to end: goodbye.");
            Ok(())
        }
    }
}

async fn boot(delay: Duration) {
    if delay.is_zero() {
        return;
    }
    log_line(&format!(
        "Booting for {}.",
        humantime::format_duration(delay)
    ));
    let step = delay / 5;
    for done in 1..=5 {
        tokio::time::sleep(step).await;
        log_line(&format!("Step {done} of 5 is done."));
    }
}

async fn exit_time(after: Option<humantime::Duration>) {
    match after {
        Some(after) => tokio::time::sleep(after.into()).await,
        None => pending().await,
    }
}

async fn serve(app: App, options: &Options) -> anyhow::Result<()> {
    let folder = Folder::open(options.dir.as_deref())?;
    if let Err(error) = folder.sweep() {
        log_line(&format!(
            "Unfinished uploads could not be removed: {error}."
        ));
    }
    let shown = folder.path().display().to_string();
    let router = router(app, folder, options);
    if let Some(socket) = &options.socket {
        let listener = UnixListener::bind(socket)
            .with_context(|| format!("failed to listen on {}", socket.display()))?;
        log_line(&format!("Listening on its socket, showing {shown}."));
        return axum::serve(listener, router)
            .await
            .context("failed to serve");
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port.unwrap_or_default()));
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("failed to listen on {address}"))?;
    let address = listener.local_addr()?;
    log_line(&format!("Listening on {address}, showing {shown}."));
    axum::serve(listener, router)
        .await
        .context("failed to serve")
}

fn router(app: App, folder: Folder, options: &Options) -> Router {
    let refuse_framing = options.refuse_framing;
    let hosts = Hosts::new(options.origin.as_ref());
    Router::new()
        .route("/", get(move || page::html(app)))
        .route("/page.css", get(page::css))
        .route("/files.js", get(page::files_js))
        .route("/clock.js", get(page::clock_js))
        .route("/clock", get(clock::clock))
        .route("/files", get(files::list))
        .route("/files/{*name}", get(files::download).put(files::upload))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            let is_known = hosts.know(&request);
            async move {
                let response = match is_known {
                    true => next.run(request).await,
                    false => host::misdirected(),
                };
                protect(response, refuse_framing)
            }
        }))
        .with_state(folder)
}

fn protect(mut response: Response, refuse_framing: bool) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'",
    ));
    if refuse_framing {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    response
}

#[cfg(test)]
mod tests;
