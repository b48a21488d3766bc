//! Apps that take more than their share of the browser: its time, and the clipboard.

use anyhow::{Result, ensure};
use serde_json::json;
use std::time::{Duration, Instant};
use vestibule_e2e::{LONG, Role, Scene, Server, free_port, until_within};

const APPS: &str = r#"
[[app]]
name = "loops"
command = ["python3", "-u", "-c", '''
import sys, http.server
PAGE = b"<h1>Busy</h1><script>setTimeout(() => { for (;;); }, 1000)</script>"
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
''', "{port}"]
[[app]]
name = "files"
command = ["python3", "-m", "http.server", "{port}", "--bind", "127.0.0.1", "--directory", "{dir}"]
[[app]]
name = "reader"
command = ["python3", "-m", "http.server", "{port}", "--bind", "127.0.0.1", "--directory", "{dir}"]
clipboard = true
"#;

/// Security review, finding 8; FIELD 38: the console has a thread of its own, and still stops the app.
#[tokio::test]
async fn endless_loop_of_an_app_leaves_the_console_usable() -> Result<()> {
    let port = free_port()?;
    let server = Server::start_custom(port, port, APPS, "", &[]).await?;
    Scene::play_on(server, async |scene| {
        let page = &scene.page;
        let (api, id) = scene.open_workbench("Busy", "loops").await?;
        page.find_within(LONG, Role::Frame, "Busy").await?;
        // The loop begins a second after the page was loaded.
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(4) {
            let asked = Instant::now();
            page.execute("return document.title", vec![]).await?;
            let took = asked.elapsed();
            ensure!(
                took < Duration::from_secs(2),
                "the console hung for {took:?}"
            );
        }
        page.click(Role::Button, "Stop").await?;
        page.click(Role::Button, "Stop workbench").await?;
        api.until_status(&id, "Stopped").await?;
        Ok(())
    })
    .await
}

/// Security review, finding 21: what a user allows once counts for the console's origin, so only an app
/// whose catalogue entry asks for it may read the clipboard.
#[tokio::test]
async fn only_an_app_whose_entry_asks_for_it_reads_the_clipboard() -> Result<()> {
    let port = free_port()?;
    let server = Server::start_custom(port, port, APPS, "", &[]).await?;
    Scene::play_on(server, async |scene| {
        let page = &scene.page;
        // The user has allowed it, and the clipboard holds something.
        let permissions = json!({ "permissions": ["clipboardReadWrite"] });
        scene
            .browser
            .devtools("Browser.grantPermissions", permissions)
            .await?;
        for (name, app, expected) in [
            ("Files", "files", "NotAllowedError"),
            ("Reader", "reader", "read a secret"),
        ] {
            scene.open_workbench(name, app).await?;
            page.enter(name).await?;
            until_within(LONG, "the app's page", async || {
                let text = page.execute("return document.title", vec![]).await?;
                let is_shown = text.as_str().is_some_and(|text| text.contains("listing"));
                Ok(is_shown.then_some(()))
            })
            .await?;
            let script = "window.focus();
                return navigator.clipboard.writeText('a secret').then(() => navigator.clipboard.readText())
                    .then((text) => `read ${text}`, (error) => error.name)";
            let outcome = page.execute(script, vec![]).await?;
            ensure!(outcome == expected, "{app}: {outcome}");
            page.leave().await?;
        }
        Ok(())
    })
    .await
}
