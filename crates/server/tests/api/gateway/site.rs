//! A listening server, an app behind it, and a browser's view of one workbench's origin.

use crate::support::{Client, HOST, Server};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, header};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use vestibule_server::hosts;
use vestibule_server::proxy::Proxy;

/// A running workbench whose app is `app`.
pub struct Site {
    pub server: Server,
    pub address: SocketAddr,
    pub id: String,
    /// The console's session cookie of the user who created the workbench.
    pub console_cookie: String,
    client: legacy::Client<HttpConnector, Body>,
}

impl Site {
    pub async fn with(app: Router) -> Self {
        Self::at(serve(app).await).await
    }

    /// Starts a gateway that waits this long for a response.
    pub async fn with_patience(app: Router, patience: Duration) -> Self {
        Self::on(Server::with_proxy(Proxy::new(patience)), serve(app).await).await
    }

    /// Creates a running workbench whose app listens at this address.
    pub async fn at(app: SocketAddr) -> Self {
        Self::on(Server::empty(), app).await
    }

    /// Creates a running workbench of this server whose app listens at this address.
    pub async fn on(server: Server, app: SocketAddr) -> Self {
        *server.engine.listens.lock().expect("the address") = Some(app);
        let admin = server.admin().await;
        let console_cookie = admin.cookie.clone().expect("signed in");
        let id = admin.running_workbench().await;
        let address = serve(hosts::router(&server.state)).await;
        let client = legacy::Client::builder(TokioExecutor::new()).build_http();
        Self {
            server,
            address,
            id,
            console_cookie,
            client,
        }
    }

    pub fn host(&self) -> String {
        format!("{}.{HOST}", self.id)
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.host())
    }

    /// Returns a request to the workbench's origin, to be completed by the test.
    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header(header::HOST, self.host())
    }

    pub async fn send(
        &self,
        request: axum::http::request::Builder,
        body: impl Into<Body>,
    ) -> Response<hyper::body::Incoming> {
        let request = request.body(body.into()).expect("a good request");
        self.client
            .request(request)
            .await
            .expect("the server answers")
    }

    /// Returns a client of the API for the user who created the workbench.
    pub fn console(&self) -> Client<'_> {
        self.server.client().with_cookie(&self.console_cookie)
    }

    /// Returns path and query with a new ticket.
    pub async fn ticket(&self) -> String {
        let client = self.console();
        let answer = client
            .post(&format!("/api/workbenches/{}/ticket", self.id), &json!({}))
            .await;
        let url = answer.value()["url"].as_str().expect("a url").to_owned();
        url.strip_prefix(&self.origin())
            .expect("on the app's origin")
            .to_owned()
    }

    /// Redeems a new ticket; returns the app's cookie as a browser sends it back.
    pub async fn enter(&self) -> String {
        let response = self
            .send(self.request("GET", &self.ticket().await), "")
            .await;
        assert_eq!(response.status(), 303);
        cookie_of(&response)
    }
}

pub fn cookie_of<B>(response: &Response<B>) -> String {
    let cookie = response.headers()[header::SET_COOKIE]
        .to_str()
        .expect("text");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// Listens on a free port of this machine until the test ends.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(axum::serve(listener, service).into_future());
    address
}
