//! The windows of the monkey: two browsers, each with its user, and a second window in one of them.

use crate::world::{ADA, World};
use anyhow::{Context, Result, bail};
use fantoccini::wd::WindowHandle;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};
use vestibule_e2e::monkey::{Look, RATE_WINDOW, Request, Shift, Tree};
use vestibule_e2e::{ADMIN, Browser};

const PROBE: &str = include_str!("probe.js");
const LOOK: &str = include_str!("look.js");
const REACH: &str = include_str!("reach.js");

/// Time for one command of a browser.
const COMMAND_WITHIN: Duration = Duration::from_secs(30);

/// Where a click reaches a control.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reach {
    /// `there`, `gone`, `covered`, or `outside` if it leads out of the page.
    pub state: String,
    pub x: f64,
    pub y: f64,
    pub leads_here: bool,
    pub is_disabled: bool,
}

/// A window with its user.
pub struct Window {
    browser: usize,
    handle: WindowHandle,
    pub user: &'static str,
    pub is_online: bool,
    /// Since when it has been online and its page loaded.
    pub settled_since: Instant,
    /// Requests of the last seconds.
    pub requests: Vec<Request>,
    /// Times of the actions of the last seconds.
    pub actions: Vec<f64>,
    /// Shifts of the last seconds.
    pub shifts: Vec<Shift>,
    /// Path of its page.
    pub path: String,
}

/// All windows.
pub struct Desk {
    browsers: Vec<Browser>,
    pub windows: Vec<Window>,
    /// Window that has the driver's attention, by browser.
    current: Vec<usize>,
}

impl Desk {
    /// Starts the browsers.
    pub async fn new() -> Result<Self> {
        let browsers = vec![Browser::start().await?, Browser::start().await?];
        let mut windows = Vec::new();
        for (browser, user) in [(0, ADMIN), (1, ADA), (1, ADA)] {
            let page = browsers[browser].page();
            let client = page.client();
            if windows.len() == 2 {
                let new = client.new_window(false).await?;
                client.switch_to_window(new.handle).await?;
            }
            // Colours in a transition have no final contrast.
            let theme = if browser == 0 { "light" } else { "dark" };
            let preferences = [
                ("prefers-color-scheme", theme),
                ("prefers-reduced-motion", "reduce"),
            ];
            browsers[browser].prefer(&preferences).await?;
            browsers[browser].before_pages(PROBE).await?;
            browsers[browser]
                .devtools("Accessibility.enable", json!({}))
                .await?;
            windows.push(Window {
                browser,
                handle: client.window().await?,
                user,
                is_online: true,
                settled_since: Instant::now(),
                requests: Vec::new(),
                actions: Vec::new(),
                shifts: Vec::new(),
                path: String::new(),
            });
        }
        Ok(Self {
            browsers,
            windows,
            current: vec![0, 2],
        })
    }

    /// Leads every window to the beginning of an episode.
    pub async fn begin(&mut self, world: &mut World) -> Result<()> {
        for index in 0..self.windows.len() {
            self.set_online(index, true).await?;
            self.enter(index).await?.resize(1280, 800).await?;
            self.sign_in_by_api(index, world).await?;
            let browser = self.enter(index).await?;
            browser.console().await?;
            let window = &mut self.windows[index];
            window.requests.clear();
            window.actions.clear();
            window.shifts.clear();
            self.look(index, false).await?;
            self.windows[index].shifts.clear();
        }
        Ok(())
    }

    async fn sign_in_by_api(&mut self, index: usize, world: &mut World) -> Result<()> {
        let user = self.windows[index].user;
        let password = world.password_of(user).await?;
        let script = "
            const [username, password, done] = arguments;
            fetch('/api/auth/sign-in', {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ username, password }),
            }).then((answer) => done(answer.status), (error) => done(String(error)));";
        let page = self.enter(index).await?.page();
        page.goto(&world.server.url("/sign-in")).await?;
        let arguments = vec![json!(user), json!(password)];
        let status = page.client().execute_async(script, arguments).await?;
        if status != 200 && status != 204 {
            bail!("signing in as {user} answered {status}");
        }
        page.goto(&world.server.url("/workspaces")).await
    }

    /// Switches to a window, and returns its browser.
    pub async fn enter(&mut self, index: usize) -> Result<&Browser> {
        let window = &self.windows[index];
        let browser = &self.browsers[window.browser];
        if self.current[window.browser] != index {
            let client = browser.page();
            let client = client.client();
            client.switch_to_window(window.handle.clone()).await?;
            self.current[window.browser] = index;
        }
        Ok(browser)
    }

    /// Returns the state of the window's page once there is one.
    pub async fn look(&mut self, index: usize, with_text: bool) -> Result<Look> {
        let page = self.enter(index).await?.page();
        let mut look = Err(anyhow::anyhow!("not looked"));
        for _ in 0..40 {
            // While a page loads, there is no script to answer.
            let found = timeout(COMMAND_WITHIN, page.execute(LOOK, vec![json!(with_text)]));
            look = match found.await {
                Ok(Ok(value)) => serde_json::from_value::<Look>(value).context("no look"),
                Ok(Err(error)) => Err(error),
                Err(_) => bail!("the page doesn't answer within {COMMAND_WITHIN:?}"),
            };
            if look.is_ok() {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        let look = look?;
        let window = &mut self.windows[index];
        window.requests.extend(look.requests.iter().cloned());
        window.shifts.extend(look.shifts.iter().cloned());
        let since = look.at - RATE_WINDOW;
        window.requests.retain(|request| request.at >= since);
        window.actions.retain(|at| *at >= since);
        window.shifts.retain(|shift| shift.at >= since);
        window.path.clone_from(&look.url);
        Ok(look)
    }

    /// Returns the accessibility tree of the window's page.
    pub async fn tree(&mut self, index: usize) -> Result<Tree> {
        let browser = self.enter(index).await?;
        let answer = browser
            .devtools("Accessibility.getFullAXTree", json!({}))
            .await?;
        Ok(Tree::read(&answer["nodes"]))
    }

    /// Brings a control on the screen; returns where a click reaches it.
    pub async fn reach(&mut self, index: usize, node: i64) -> Result<Reach> {
        let browser = self.enter(index).await?;
        let resolve = json!({ "backendNodeId": node });
        let Ok(found) = browser.devtools("DOM.resolveNode", resolve).await else {
            return Ok(Reach {
                state: "gone".to_owned(),
                ..Reach::default()
            });
        };
        let call = json!({
            "objectId": found["object"]["objectId"], "functionDeclaration": REACH, "returnByValue": true,
        });
        let answer = browser.devtools("Runtime.callFunctionOn", call).await?;
        serde_json::from_value(answer["result"]["value"].clone())
            .context("no answer of the control")
    }

    /// Clicks at a point.
    pub async fn click(&mut self, index: usize, x: f64, y: f64) -> Result<()> {
        let browser = self.enter(index).await?;
        for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({
                "type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1,
            });
            browser.devtools("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }

    /// Presses a key, such as `Enter` or `Ctrl+k`.
    pub async fn key(&mut self, index: usize, key: &str) -> Result<()> {
        let (modifiers, name) = match key.strip_prefix("Ctrl+") {
            Some(name) => (2, name),
            None => (0, key),
        };
        let (code, number): (String, u32) = match name {
            "Enter" => ("Enter".into(), 13),
            "Escape" => ("Escape".into(), 27),
            "Tab" => ("Tab".into(), 9),
            "Home" => ("Home".into(), 36),
            "ArrowDown" => ("ArrowDown".into(), 40),
            "Delete" => ("Delete".into(), 46),
            "F2" => ("F2".into(), 113),
            "/" => ("Slash".into(), 191),
            "?" => ("Slash".into(), 191),
            letter => {
                let upper = letter.to_uppercase();
                let number = upper.bytes().next().map_or(0, u32::from);
                (format!("Key{upper}"), number)
            }
        };
        let text = match name {
            "Enter" => "\r",
            name if name.len() == 1 && modifiers == 0 => name,
            _ => "",
        };
        let mut event = json!({
            "type": if text.is_empty() { "rawKeyDown" } else { "keyDown" },
            "key": name, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers, "text": text,
        });
        if key == "Ctrl+a" {
            event["commands"] = json!(["selectAll"]);
        }
        let browser = self.enter(index).await?;
        browser
            .devtools("Input.dispatchKeyEvent", event.clone())
            .await?;
        event["type"] = json!("keyUp");
        event["text"] = json!("");
        browser
            .devtools("Input.dispatchKeyEvent", event)
            .await
            .map(drop)
    }

    /// Types text at the focus.
    pub async fn insert(&mut self, index: usize, text: &str) -> Result<()> {
        let browser = self.enter(index).await?;
        browser
            .devtools("Input.insertText", json!({ "text": text }))
            .await
            .map(drop)
    }

    /// Gives a control the focus.
    pub async fn focus(&mut self, index: usize, node: i64) -> Result<()> {
        let browser = self.enter(index).await?;
        browser
            .devtools("DOM.focus", json!({ "backendNodeId": node }))
            .await
            .map(drop)
    }

    /// Takes the window's network, or gives it back.
    pub async fn set_online(&mut self, index: usize, is_online: bool) -> Result<()> {
        self.enter(index).await?.set_offline(!is_online).await?;
        let window = &mut self.windows[index];
        if window.is_online != is_online {
            window.settled_since = Instant::now();
        }
        window.is_online = is_online;
        Ok(())
    }

    /// Returns new messages of the console of the window's browser.
    pub async fn console(&mut self, index: usize) -> Result<Vec<Value>> {
        self.enter(index).await?.console().await
    }
}
