//! A proxy between client and API server that can be cut. It passes bytes, so TLS stays as it is.

use kube::Config;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// A running proxy.
pub struct Proxy {
    is_up: watch::Sender<bool>,
    task: AbortHandle,
}

impl Proxy {
    /// Starts a proxy to the API server, and returns how to reach the server through it.
    pub async fn before(mut config: Config) -> (Self, Config) {
        let url = config.cluster_url.clone();
        let host = url.host().unwrap_or_default().to_owned();
        let target = format!("{host}:{}", url.port_u16().unwrap_or(443));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address: SocketAddr = listener.local_addr().expect("an address");
        config.cluster_url = format!("https://{address}").parse().expect("an address");
        config.tls_server_name.get_or_insert(host);
        let is_up = watch::Sender::new(true);
        let state = Arc::new(is_up.subscribe());
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, target.clone(), watch::Receiver::clone(&state)));
            }
        });
        let proxy = Self {
            is_up,
            task: serving.abort_handle(),
        };
        (proxy, config)
    }

    /// Cuts all connections and refuses new ones.
    pub fn cut(&self) {
        self.is_up.send_replace(false);
    }

    /// Lets new connections through.
    pub fn mend(&self) {
        self.is_up.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut client: TcpStream, target: String, mut is_up: watch::Receiver<bool>) {
    if !*is_up.borrow_and_update() {
        return;
    }
    let Ok(mut server) = TcpStream::connect(target).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = is_up.wait_for(|is_up| !is_up) => {}
    }
}
