//! Gate of a container: connections with a certificate of the run, relayed as those of a local gate.

use super::super::relay::Relay;
use super::credentials::{certificates, private_key, provider, roots};
use super::orders::GateOrders;
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Semaphore, oneshot};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Most connections of clients at a time. Others wait after their handshake.
const MOST_CONNECTIONS: usize = 1024;
/// Most handshakes at a time. The oldest makes room for a new one, so that silent peers keep no client out.
const MOST_HANDSHAKES: usize = 256;
/// Time limit of a handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Pause after a failure to accept, which a lack of descriptors would repeat at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Gate that listens.
pub(super) struct Gate {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Gate {
    /// Listens with the certificate of the orders.
    pub(super) fn open(orders: &GateOrders) -> io::Result<Self> {
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(server_config(orders)?)),
            listener: listen(orders.port)?,
        })
    }
}

/// Accepts connections for as long as the runner lives. `open` is their number.
pub(super) async fn serve(gate: Gate, relay: Arc<Relay>, open: Arc<AtomicUsize>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(gate.listener)?;
    let acceptor = gate.acceptor;
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut handshakes: VecDeque<oneshot::Sender<()>> = VecDeque::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        handshakes.retain(|handshake| !handshake.is_closed());
        if handshakes.len() >= MOST_HANDSHAKES {
            handshakes.pop_front();
        }
        let (handshake, cancelled) = oneshot::channel();
        handshakes.push_back(handshake);
        let (acceptor, relay) = (acceptor.clone(), Arc::clone(&relay));
        let (places, open) = (Arc::clone(&places), Arc::clone(&open));
        tokio::spawn(async move {
            let client = tokio::select! {
                client = shake_hands(stream, &acceptor) => client,
                _ = cancelled => return,
            };
            if let (Ok(client), Ok(_place)) = (client, places.acquire().await) {
                open.fetch_add(1, Ordering::AcqRel);
                // An error of a connection concerns only its two ends.
                let _ = serve_one(client, &relay).await;
                open.fetch_sub(1, Ordering::AcqRel);
            }
        });
    }
}

/// Listens on all addresses of the Pod.
pub(super) fn listen(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port))
        // A Pod may have no IPv6.
        .or_else(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)))
        .map_err(|error| io::Error::other(format!("port {port} cannot be used: {error}")))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn shake_hands(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
) -> io::Result<TlsStream<TcpStream>> {
    // A failure costs speed alone.
    let _ = stream.set_nodelay(true);
    tokio::time::timeout(HANDSHAKE_WITHIN, acceptor.accept(stream)).await?
}

async fn serve_one(mut outside: TlsStream<TcpStream>, relay: &Relay) -> io::Result<()> {
    let (mut inside, end) = UnixStream::pair()?;
    // Ends with its streams, whatever the end: the relay must see that the client is gone.
    let carrying = async move { tokio::io::copy_bidirectional(&mut outside, &mut inside).await };
    let (served, carried) = tokio::join!(relay.serve_one(end), carrying);
    served.and(carried.map(drop))
}

/// Returns the configuration of a gate.
fn server_config(orders: &GateOrders) -> io::Result<ServerConfig> {
    let roots = Arc::new(roots(&orders.client_authority)?);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
        .build()
        .map_err(io::Error::other)?;
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(io::Error::other)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            certificates(&orders.certificate)?,
            private_key(&orders.key)?,
        )
        .map_err(io::Error::other)
}
