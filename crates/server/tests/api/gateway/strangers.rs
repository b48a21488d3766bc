//! Visitors without a session.

use super::entering::text;
use super::site::Site;
use crate::support::HOST;
use axum::Router;

/// Security review, finding 25.
#[tokio::test]
async fn a_stranger_gets_the_same_answer_for_every_workbench() {
    let site = Site::with(Router::new()).await;
    let ask = async |host: &str, method: &str, path: &str| {
        let request = axum::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", site.address))
            .header("host", host);
        let answer = site.send(request, "").await;
        let status = answer.status().as_u16();
        (status, text(answer).await.replace(host, "HOST"))
    };
    let unknown = format!("wb-00000000.{HOST}");
    for (method, path) in [
        ("GET", "/"),
        ("POST", "/save"),
        ("GET", "/.vestibule/enter?ticket=x"),
        ("POST", "/.vestibule/enter?ticket=x"),
    ] {
        let known = ask(&site.host(), method, path).await;
        let mut other = ask(&unknown, method, path).await;
        other.1 = other.1.replace("wb-00000000", &site.id);
        assert_eq!(known, other, "{method} {path}");
        assert_eq!(known.0, 401);
    }
}
