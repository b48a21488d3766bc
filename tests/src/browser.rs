//! A browser with its own profile, controlled through its WebDriver server.
//!
//! Chromium, or Firefox if `VESTIBULE_TEST_BROWSER` is `firefox`. Emulation and scripts that run
//! before pages need Chromium's DevTools protocol.

use crate::page::Page;
use crate::{process, until_within};
use anyhow::{Context, Result, bail, ensure};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use url::{ParseError, Url};

const CHROMIUM_FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Stories navigate faster than people, and the browser drops changes of the address above 200
    // in 10 s.
    "--disable-ipc-flooding-protection",
];

/// Program of the tests' browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Chromium,
    Firefox,
}

impl Program {
    fn of_tests() -> Result<Self> {
        match std::env::var("VESTIBULE_TEST_BROWSER").as_deref() {
            Err(_) | Ok("chromium") => Ok(Self::Chromium),
            Ok("firefox") => Ok(Self::Firefox),
            Ok(other) => bail!("unknown browser {other}; there are chromium and firefox"),
        }
    }

    /// Returns the command that starts the WebDriver server on a free port. An argument contains
    /// the test's folder, which identifies the process.
    fn driver(self, profile: &Path) -> Command {
        let named = |variable, default: &str| {
            Command::new(std::env::var_os(variable).unwrap_or_else(|| default.into()))
        };
        match self {
            Self::Chromium => {
                let mut driver = named("CHROMEDRIVER", "chromedriver");
                let log = profile.join("verbose.log");
                driver.arg("--port=0");
                driver.arg(format!("--log-path={}", log.display()));
                driver
            }
            Self::Firefox => {
                let mut driver = named("GECKODRIVER", "geckodriver");
                driver.args(["--port=0", "--websocket-port=0", "--profile-root"]);
                driver.arg(profile);
                driver
            }
        }
    }

    /// Starts the driver; returns it with its port. It looks for a port that is free and then listens
    /// there, for IPv4 and IPv6: it ends where another process was quicker.
    async fn start_driver(self, profile: &Path) -> Result<(DriverGuard, u16)> {
        let log = profile.join("driver.log");
        let driver = self
            .driver(profile)
            .stdin(Stdio::null())
            .stdout(File::create(&log).context("failed to write the driver's log")?)
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("failed to start the driver of {self:?}"))?;
        let guard = DriverGuard(Some(driver));
        let port = until_within(DRIVER_WITHIN, "the driver to listen", async || {
            Ok(self.port_in(&fs::read_to_string(&log)?))
        })
        .await?;
        Ok((guard, port))
    }

    /// Returns the port in the driver's output.
    fn port_in(self, log: &str) -> Option<u16> {
        let before = match self {
            Self::Chromium => "started successfully on port ",
            Self::Firefox => "Listening on 127.0.0.1:",
        };
        let (_, rest) = log.split_once(before)?;
        let (digits, _) = rest.split_once(|c: char| !c.is_ascii_digit())?;
        digits.parse().ok()
    }

    fn capabilities(self, profile: &Path) -> Value {
        let binary = |variable| std::env::var_os(variable).map(PathBuf::from);
        match self {
            Self::Chromium => {
                let mut flags = CHROMIUM_FLAGS.map(str::to_owned).to_vec();
                flags.push("--window-size=1280,800".to_owned());
                flags.push(format!(
                    "--user-data-dir={}",
                    profile.join("profile").display()
                ));
                let mut options = json!({ "args": flags });
                if let Some(program) = binary("CHROMIUM") {
                    options["binary"] = json!(program);
                }
                json!({
                    "browserName": "chrome",
                    "goog:chromeOptions": options,
                    "goog:loggingPrefs": { "browser": "ALL" },
                })
            }
            Self::Firefox => {
                let flags = ["-headless", "--width=1280", "--height=800"];
                let mut options = json!({ "args": flags });
                if let Some(program) = binary("FIREFOX") {
                    options["binary"] = json!(program);
                }
                json!({ "browserName": "firefox", "moz:firefoxOptions": options })
            }
        }
    }
}

/// Time for a driver to listen.
const DRIVER_WITHIN: Duration = Duration::from_secs(20);
/// Number of attempts to start a driver.
const DRIVER_TRIES: usize = 4;

/// The browser. Its processes end when this is dropped.
pub struct Browser {
    program: Program,
    driver: Child,
    client: Client,
    profile: TempDir,
}

impl Browser {
    /// Starts a browser with a window of 1280 × 800.
    pub async fn start() -> Result<Self> {
        let profile = tempfile::Builder::new()
            .prefix("vestibule-browser-")
            .tempdir()
            .context("failed to make a folder")?;
        let program = Program::of_tests()?;
        let mut started = program.start_driver(profile.path()).await;
        for _ in 1..DRIVER_TRIES {
            if started.is_err() {
                started = program.start_driver(profile.path()).await;
            }
        }
        let (mut guard, port) = started?;
        let client = connect(port, program.capabilities(profile.path())).await?;
        let driver = guard.0.take().context("the driver is gone")?;
        Ok(Self {
            program,
            driver,
            client,
            profile,
        })
    }

    /// Returns the page.
    pub fn page(&self) -> Page {
        Page::new(self.client.clone())
    }

    /// Returns new messages of the browser's console: level, source and text. Firefox's driver has
    /// none.
    pub async fn console(&self) -> Result<Vec<Value>> {
        if self.program == Program::Firefox {
            return Ok(Vec::new());
        }
        let log = self.client.issue_cmd(BrowserLog).await;
        let log = log.context("failed to read the browser's console")?;
        Ok(log.as_array().cloned().unwrap_or_default())
    }

    /// Switches the window's network off or on.
    pub async fn set_offline(&self, offline: bool) -> Result<()> {
        let params = json!({
            "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
        });
        let done = self.devtools("Network.emulateNetworkConditions", params);
        done.await.map(drop)
    }

    /// Sets media features, such as `prefers-color-scheme`.
    pub async fn prefer(&self, features: &[(&str, &str)]) -> Result<()> {
        let features: Vec<Value> = features
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let done = self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        );
        done.await.map(drop)
    }

    /// Calls the DevTools protocol.
    pub async fn devtools(&self, name: &'static str, params: Value) -> Result<Value> {
        ensure!(
            self.program == Program::Chromium,
            "{name} needs Chromium's DevTools protocol"
        );
        let asked = self.client.issue_cmd(Devtools { name, params }).await;
        asked.with_context(|| format!("DevTools failed at {name}"))
    }

    /// Runs a script in the window before every page that is loaded from now on.
    pub async fn before_pages(&self, script: &str) -> Result<()> {
        let params = json!({ "source": script });
        let done = self.devtools("Page.addScriptToEvaluateOnNewDocument", params);
        done.await.map(drop)
    }

    /// Sets the size of the window.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        Ok(self.client.set_window_size(width, height).await?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        process::end_all_of(self.profile.path());
    }
}

struct DriverGuard(Option<Child>);

impl Drop for DriverGuard {
    fn drop(&mut self) {
        if let Some(mut driver) = self.0.take() {
            let _ = driver.kill();
            let _ = driver.wait();
        }
    }
}

async fn connect(port: u16, capabilities: Value) -> Result<Client> {
    let Value::Object(capabilities) = capabilities else {
        bail!("the capabilities aren't an object");
    };
    ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .context("failed to start the browser")
}

/// Chromedriver's command for the DevTools protocol.
#[derive(Debug)]
struct Devtools {
    name: &'static str,
    params: Value,
}

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.name, "params": self.params });
        (Method::POST, Some(body.to_string()))
    }
}

/// Chromedriver's command for console messages.
#[derive(Debug)]
struct BrowserLog;

impl WebDriverCompatibleCommand for BrowserLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}
