//! Health of a container, for the kubelet's probes: HTTP, because the app listens where only its
//! container reaches it.

use super::super::super::probe::{self, Failure};
use super::super::super::sockets;
use super::super::wire::ListenAddress;
use crate::connection::{Connection, Unreachable};
use crate::local::catalogue::Readiness;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// Most connections at a time; the kubelet has one.
const MOST_CONNECTIONS: usize = 256;
/// Longest time of a connection, beside that of the app's answer.
const LIFE: Duration = Duration::from_secs(2);
/// Pause after a failure to accept, which a lack of descriptors would repeat at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers `GET /ready` and `GET /live` for as long as the runner lives.
pub(super) async fn serve(
    listener: TcpListener,
    app: ListenAddress,
    readiness: &Readiness,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let life = LIFE + readiness.timeout();
    let probed = Arc::new((app, readiness.clone()));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let place = place.map_err(io::Error::other)?;
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let probed = Arc::clone(&probed);
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let probed = Arc::clone(&probed);
                async move { Ok::<_, Infallible>(answer(request.uri().path(), &probed).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            // The kubelet asks again.
            let _ = tokio::time::timeout(life, connection).await;
            drop(place);
        });
    }
}

async fn answer(
    path: &str,
    (app, readiness): &(ListenAddress, Readiness),
) -> Response<Full<Bytes>> {
    let (status, text) = match path {
        "/live" => (StatusCode::OK, String::new()),
        "/ready" => match probe::ask(connect(app), readiness).await {
            Ok(()) => (StatusCode::OK, String::new()),
            Err(failure) => (status(&failure), failure.to_string()),
        },
        _ => (StatusCode::NOT_FOUND, String::new()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
}

/// Returns the status that states why an app is not ready. The kubelet passes on no more of an answer.
fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::Refused(_) | Failure::Foreign(_) | Failure::NotAsked(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Failure::Silent(_) => StatusCode::GATEWAY_TIMEOUT,
        Failure::Missed(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn connect(app: &ListenAddress) -> Result<Connection, Unreachable> {
    let refused = |error: io::Error| match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
            Unreachable::Refused("The app doesn't listen yet.".to_owned())
        }
        _ => error.into(),
    };
    match app {
        ListenAddress::Port(port) => {
            let address = (Ipv4Addr::LOCALHOST, *port);
            let stream = TcpStream::connect(address).await.map_err(refused)?;
            Ok(Connection::new(stream).listening_on(format_args!("127.0.0.1:{port}")))
        }
        ListenAddress::Socket(path) => {
            let stream = sockets::connect(path).await.map_err(refused)?;
            Ok(Connection::new(stream))
        }
    }
}
