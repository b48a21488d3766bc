//! Finding elements of a page by role and accessible name, as a screen reader does.

use crate::{SHORT, until, until_within};
use anyhow::{Context, Result, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use url::{ParseError, Url};

/// Role of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Button.
    Button,
    /// Link.
    Link,
    /// Heading.
    Heading,
    /// Text field, check box or select.
    Field,
    /// Radio button.
    Radio,
    /// Group of radio buttons.
    RadioGroup,
    /// Dialog.
    Dialog,
    /// Section with a name.
    Region,
    /// List.
    List,
    /// Menu item.
    MenuItem,
    /// Running time.
    Timer,
    /// Frame.
    Frame,
    /// Tab.
    Tab,
}

impl Role {
    fn selector(self) -> &'static str {
        match self {
            Self::Button => "button:not([role]), [role=button], input[type=submit], summary",
            Self::Link => "a[href]:not([role]), [role=link]",
            Self::Heading => "h1, h2, h3, h4, [role=heading]",
            Self::Field => "input:not([type=radio]), textarea, select",
            Self::Radio => "input[type=radio], [role=radio]",
            Self::RadioGroup => "fieldset, [role=radiogroup]",
            Self::Dialog => "dialog[open], [role=dialog], [role=alertdialog]",
            Self::Region => "section, aside, [role=region]",
            Self::List => "ul, ol, [role=list]",
            Self::MenuItem => "[role=menuitem]",
            Self::Timer => "[role=timer]",
            Self::Frame => "iframe",
            Self::Tab => "[role=tab]",
        }
    }
}

/// Visible elements, only those of the topmost modal dialog if there is one.
const ON_SCREEN: &str = "
    const modal = [...document.querySelectorAll('dialog')].filter((d) => d.matches(':modal')).pop();
    return [...(modal?.parentNode ?? document).querySelectorAll(arguments[0])]
        .filter((e) => !modal || modal.contains(e))
        .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0);
";

/// Accessible name of one element by its markup; fails for an element that was removed.
const NAME: &str = "
    const e = arguments[0];
    const ids = e.getAttribute('aria-labelledby')?.split(' ') ?? [];
    const by = ids.map((id) => document.getElementById(id)?.innerText ?? '').join(' ');
    const label = by || e.ariaLabel || [...(e.labels ?? [])].map((l) => l.innerText).join(' ');
    return label || (e.matches('input, textarea, select') ? '' : e.innerText) || e.title || e.placeholder || '';
";

/// WebDriver's name for a reference to an element (its section 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The browser's page, or the frame that was entered.
#[derive(Clone)]
pub struct Page {
    client: Client,
}

impl Page {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the driver's client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Navigates to an address.
    pub async fn goto(&self, url: &str) -> Result<()> {
        let went = self.client.goto(url).await;
        went.with_context(|| format!("failed to go to {url}"))
    }

    /// Returns path and query of the address.
    pub async fn path(&self) -> Result<String> {
        let url = self.client.current_url().await?;
        let query = url.query().map(|query| format!("?{query}"));
        Ok(format!("{}{}", url.path(), query.unwrap_or_default()))
    }

    /// Waits for the element with this role and name.
    pub async fn find(&self, role: Role, name: &str) -> Result<Element> {
        self.find_within(SHORT, role, name).await
    }

    /// Waits for the element with this role and name, with another limit.
    pub async fn find_within(&self, limit: Duration, role: Role, name: &str) -> Result<Element> {
        until_within(limit, &format!("{role:?} “{name}”"), async || {
            if let Some(found) = self.find_now(role, name).await? {
                return Ok(Some(found));
            }
            let names = self.names(role).await?;
            bail!("there are {}: {}", names.len(), names.join(" | "))
        })
        .await
    }

    /// Returns `true` if the element is there now.
    pub async fn has(&self, role: Role, name: &str) -> Result<bool> {
        Ok(self.find_now(role, name).await?.is_some())
    }

    /// Waits until the element is gone.
    pub async fn until_gone(&self, role: Role, name: &str) -> Result<()> {
        until(&format!("{role:?} “{name}” to go"), async || {
            Ok((!self.has(role, name).await?).then_some(()))
        })
        .await
    }

    /// Clicks the element once it is there and enabled.
    pub async fn click(&self, role: Role, name: &str) -> Result<()> {
        until(&format!("a click on {role:?} “{name}”"), async || {
            let Some(found) = self.find_now(role, name).await? else {
                bail!(
                    "it is not there; there is {}",
                    self.names(role).await?.join(" | ")
                );
            };
            if !found.is_enabled().await? {
                bail!("it is disabled");
            }
            found.click().await?;
            Ok(Some(()))
        })
        .await
    }

    /// Replaces the text of a field.
    pub async fn fill(&self, name: &str, text: &str) -> Result<()> {
        unchanged(&format!("“{name}” to be filled"), async || {
            let field = self.find(Role::Field, name).await?;
            field
                .clear()
                .await
                .with_context(|| format!("failed to empty “{name}”"))?;
            field
                .send_keys(text)
                .await
                .with_context(|| format!("failed to fill “{name}”"))
        })
        .await
    }

    /// Chooses an option of a select, once it is there, by its text.
    pub async fn pick(&self, name: &str, option: &str) -> Result<()> {
        until(
            &format!("“{option}” to be picked in “{name}”"),
            async || {
                let field = self.find(Role::Field, name).await?;
                field
                    .select_by_label(option)
                    .await
                    .with_context(|| format!("failed to pick “{option}”"))?;
                Ok(Some(()))
            },
        )
        .await
    }

    /// Selects a radio button by keyboard.
    pub async fn choose(&self, name: &str) -> Result<()> {
        unchanged(&format!("“{name}” to be chosen"), async || {
            let radio = self.find(Role::Radio, name).await?;
            radio
                .send_keys(" ")
                .await
                .with_context(|| format!("failed to choose “{name}”"))
        })
        .await
    }

    /// Presses a key at the focused element.
    pub async fn press(&self, key: Key) -> Result<()> {
        self.type_text(&char::from(key).to_string()).await
    }

    /// Types text at the focused element.
    pub async fn type_text(&self, text: &str) -> Result<()> {
        let focused = self.client.active_element().await?;
        focused.send_keys(text).await.context("failed to type")
    }

    /// Returns the accessible name of the focused element.
    pub async fn focused(&self) -> Result<String> {
        unchanged("the focus", async || {
            let focused = self.client.active_element().await?;
            self.name_of(&focused).await
        })
        .await
    }

    /// Waits until the focused element has this name.
    pub async fn until_focused(&self, name: &str) -> Result<()> {
        until(&format!("the focus on “{name}”"), async || {
            let focused = self.focused().await?;
            ensure!(focused == name, "it is on “{focused}”");
            Ok(Some(()))
        })
        .await
    }

    /// Presses Tab until the element with this name has the focus.
    pub async fn tab_to(&self, name: &str) -> Result<()> {
        let mut passed = Vec::new();
        for _ in 0..60 {
            let focused = self.focused().await?;
            if focused == name {
                return Ok(());
            }
            passed.push(focused);
            self.press(Key::Tab).await?;
        }
        bail!("Tab never came to {name}: {}", passed.join(" | "))
    }

    /// Waits until the page contains this text.
    pub async fn until_text(&self, text: &str) -> Result<()> {
        self.until_text_within(SHORT, text).await
    }

    /// Waits until the page contains this text, with another limit.
    pub async fn until_text_within(&self, limit: Duration, text: &str) -> Result<()> {
        until_within(limit, &format!("the text “{text}”"), async || {
            Ok(self.text().await?.contains(text).then_some(()))
        })
        .await
    }

    /// Waits for an alert on the page; returns its text.
    pub async fn until_alert(&self) -> Result<String> {
        let script = "return [...document.querySelectorAll('[role=alert]')]
            .filter((e) => e.checkVisibility()).map((e) => e.innerText.trim()).join(' ')";
        until("an alert", async || {
            let text = self.execute(script, vec![]).await?;
            let text = text.as_str().unwrap_or_default();
            Ok((!text.is_empty()).then(|| text.to_owned()))
        })
        .await
    }

    /// Returns the visible text.
    pub async fn text(&self) -> Result<String> {
        let text = self
            .execute("return document.body?.innerText ?? ''", vec![])
            .await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a visible element has this `data-k8s-status`.
    pub async fn until_status(&self, limit: Duration, status: &str) -> Result<()> {
        let script = "return [...document.querySelectorAll('[data-k8s-status]')]
            .filter((e) => e.checkVisibility()).map((e) => e.dataset.k8sStatus)";
        until_within(limit, &format!("the status {status}"), async || {
            let shown = self.execute(script, vec![]).await?;
            let has = shown
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == status));
            if has {
                return Ok(Some(()));
            }
            bail!("the page shows {shown}")
        })
        .await
    }

    /// Enters a frame once it is there; elements are then found inside it.
    pub async fn enter(&self, title: &str) -> Result<()> {
        let frame = self.find_within(crate::LONG, Role::Frame, title).await?;
        frame
            .enter_frame()
            .await
            .with_context(|| format!("failed to enter “{title}”"))
    }

    /// Returns to the parent of the frame.
    pub async fn leave(&self) -> Result<()> {
        self.client
            .enter_parent_frame()
            .await
            .context("failed to leave the frame")
    }

    /// Runs a script in the page; returns its result.
    pub async fn execute(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        self.client
            .execute(script, args)
            .await
            .context("a script failed")
    }

    /// Returns the names of all visible elements with this role.
    pub async fn names(&self, role: Role) -> Result<Vec<String>> {
        unchanged(
            "names on a page that does not change meanwhile",
            async || {
                let mut names = Vec::new();
                for element in self.on_screen(role).await? {
                    names.push(self.name_of(&element).await?);
                }
                Ok(names)
            },
        )
        .await
    }

    async fn find_now(&self, role: Role, name: &str) -> Result<Option<Element>> {
        unchanged(
            "a search in a page that does not change meanwhile",
            async || {
                for element in self.on_screen(role).await? {
                    if self.name_of(&element).await? == name {
                        return Ok(Some(element));
                    }
                }
                Ok(None)
            },
        )
        .await
    }

    async fn on_screen(&self, role: Role) -> Result<Vec<Element>> {
        let found = self
            .execute(ON_SCREEN, vec![json!(role.selector())])
            .await?;
        let found = found.as_array().cloned().unwrap_or_default();
        found
            .into_iter()
            .map(|one| {
                let id = one[ELEMENT].as_str().context("no element")?.to_owned();
                Ok(Element::from_element_id(self.client.clone(), id.into()))
            })
            .collect()
    }

    async fn name_of(&self, element: &Element) -> Result<String> {
        let asked = ComputedLabel(element.element_id().to_string());
        let name = match self.client.issue_cmd(asked).await {
            // chromedriver 156 cannot compute a label in a frame of another process, which every
            // app's frame is (`Origin-Agent-Cluster`), and reports a stale element instead.
            Err(error) if error.is_stale_element_reference() => {
                let element = serde_json::to_value(element)?;
                self.client.execute(NAME, vec![element]).await?
            }
            name => name?,
        };
        let name = name.as_str().unwrap_or_default();
        Ok(name.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Waits until exactly this many elements match a selector.
    pub async fn until_count(&self, selector: &str, count: usize) -> Result<()> {
        until(&format!("{count} of {selector}"), async || {
            let found = self.client.find_all(Locator::Css(selector)).await?;
            Ok((found.len() == count).then_some(()))
        })
        .await
    }
}

/// Repeats `ask` while an element is removed from the page before it is examined, as an updated row is.
/// Any other error is returned at once.
async fn unchanged<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    until(what, async || match ask().await {
        Err(error) if has_left(&error) => Err(error),
        settled => Ok(Some(settled)),
    })
    .await?
}

/// Returns `true` if this is the driver's error for an element that was removed from the page.
fn has_left(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<CmdError>())
        .any(CmdError::is_stale_element_reference)
}

/// WebDriver's command for an accessible name.
#[derive(Debug)]
struct ComputedLabel(String);

impl WebDriverCompatibleCommand for ComputedLabel {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!(
            "session/{session}/element/{}/computedlabel",
            self.0
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::GET, None)
    }
}
