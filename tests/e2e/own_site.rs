//! Apps of another site than the console (`--apps-url`; Security review, findings 10 and 17).

use anyhow::{Context, Result, ensure};
use serde_json::json;
use vestibule_e2e::{LONG, Role, Scene, Server, free_port, until_within};

/// An app that shows the cookies it is sent, and sets one.
const APPS: &str = r#"
[[app]]
name = "cookies"
command = ["python3", "-u", "-c", '''
import sys, http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = "<h1>Cookies</h1><p>sent: " + self.headers.get("Cookie", "none") + "</p>"
        self.send_response(200)
        self.send_header("Set-Cookie", "seen=1; Path=/")
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
''', "{port}"]
"#;

#[tokio::test]
async fn app_of_another_site_is_entered_and_keeps_its_cookies_to_itself() -> Result<()> {
    let port = free_port()?;
    let apps = format!("http://apps.localhost:{port}");
    let server = Server::start_custom(port, port, APPS, "", &["--apps-url", &apps]).await?;
    Scene::play_on(server, async |scene| {
        let page = &scene.page;
        let (_, id) = scene.open_workbench("Apart", "cookies").await?;
        page.enter("Apart").await?;
        page.find_within(LONG, Role::Heading, "Cookies").await?;
        let host = page.execute("return location.host", vec![]).await?;
        ensure!(host == format!("{id}.apps.localhost:{port}"), "{host}");
        // The app's cookie comes back inside the frame.
        page.execute("location.reload()", vec![]).await?;
        until_within(LONG, "the app's cookie", async || {
            let text = page
                .execute("return document.body.innerText", vec![])
                .await?;
            Ok(text
                .as_str()
                .is_some_and(|text| text.contains("seen=1"))
                .then_some(()))
        })
        .await?;
        // Its scripts cannot set one for the console.
        let script = "document.cookie = 'bomb=1; Domain=vestibule.localhost; Path=/';
            document.cookie = 'bomb=1; Domain=localhost; Path=/'; return document.cookie";
        page.execute(script, vec![]).await?;
        page.leave().await?;
        let seen = page.execute("return document.cookie", vec![]).await?;
        ensure!(seen == "", "the console sees {seen}");

        // In a window of its own, with a ticket of its own.
        page.goto(&scene.server.url(&format!("/enter/{id}")))
            .await?;
        page.find_within(LONG, Role::Heading, "Cookies").await?;
        let here = page
            .execute("return location.origin", vec![json!(null)])
            .await?;
        let here = here.as_str().context("no address")?;
        ensure!(here.ends_with(&format!(".apps.localhost:{port}")), "{here}");
        Ok(())
    })
    .await
}
