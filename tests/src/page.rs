//! Finding things on a page as a person finds them: by what they are and what they are called. The
//! names are the browser's own accessible names, so that a screen reader would find them, too.

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

/// What a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Does something.
    Button,
    /// Goes somewhere.
    Link,
    /// Names a part of the page.
    Heading,
    /// Takes text, a number or a choice.
    Field,
    /// One of several.
    Radio,
    /// A group of radios.
    RadioGroup,
    /// Asks something, over the page.
    Dialog,
    /// A named part of the page.
    Region,
    /// A list.
    List,
    /// An entry of a menu.
    MenuItem,
    /// Shows a time that runs.
    Timer,
    /// A page inside the page.
    Frame,
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
            Self::Region => "section, [role=region]",
            Self::List => "ul, ol, [role=list]",
            Self::MenuItem => "[role=menuitem]",
            Self::Timer => "[role=timer]",
            Self::Frame => "iframe",
        }
    }
}

/// Elements that are on screen; only those of the uppermost modal dialog while there is one.
const ON_SCREEN: &str = "
    const modal = [...document.querySelectorAll('dialog')].filter((d) => d.matches(':modal')).pop();
    return [...(modal?.parentNode ?? document).querySelectorAll(arguments[0])]
        .filter((e) => !modal || modal.contains(e))
        .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0);
";

/// WebDriver's name for a reference to an element (its section 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A page of the browser, or the frame in it that was entered.
#[derive(Clone)]
pub struct Page {
    client: Client,
}

impl Page {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The driver's own client, for what is rare.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Goes to an address.
    pub async fn goto(&self, url: &str) -> Result<()> {
        let went = self.client.goto(url).await;
        went.with_context(|| format!("failed to go to {url}"))
    }

    /// Where it is: path and query.
    pub async fn path(&self) -> Result<String> {
        let url = self.client.current_url().await?;
        let query = url.query().map(|query| format!("?{query}"));
        Ok(format!("{}{}", url.path(), query.unwrap_or_default()))
    }

    /// The thing of this role and name, once it is there.
    pub async fn find(&self, role: Role, name: &str) -> Result<Element> {
        self.find_within(SHORT, role, name).await
    }

    /// The same with another limit.
    pub async fn find_within(&self, limit: Duration, role: Role, name: &str) -> Result<Element> {
        until_within(limit, &format!("{role:?} “{name}”"), async || {
            if let Some(found) = self.look_for(role, name).await? {
                return Ok(Some(found));
            }
            let names = self.names(role).await?;
            bail!("there are {}: {}", names.len(), names.join(" | "))
        })
        .await
    }

    /// Whether it is there now.
    pub async fn has(&self, role: Role, name: &str) -> Result<bool> {
        Ok(self.look_for(role, name).await?.is_some())
    }

    /// Waits until it is not there any more.
    pub async fn until_gone(&self, role: Role, name: &str) -> Result<()> {
        until(&format!("{role:?} “{name}” to go"), async || {
            Ok((!self.has(role, name).await?).then_some(()))
        })
        .await
    }

    /// Clicks it, once it is there and can be clicked.
    pub async fn click(&self, role: Role, name: &str) -> Result<()> {
        until(&format!("a click on {role:?} “{name}”"), async || {
            let Some(found) = self.look_for(role, name).await? else {
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

    /// Puts text into a field, in place of what it holds.
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

    /// Chooses a radio, as a keyboard does.
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

    /// Presses a key wherever the focus is.
    pub async fn press(&self, key: Key) -> Result<()> {
        self.type_text(&char::from(key).to_string()).await
    }

    /// Types wherever the focus is.
    pub async fn type_text(&self, text: &str) -> Result<()> {
        let focused = self.client.active_element().await?;
        focused.send_keys(text).await.context("failed to type")
    }

    /// The accessible name of what has the focus.
    pub async fn focused(&self) -> Result<String> {
        unchanged("what has the focus", async || {
            let focused = self.client.active_element().await?;
            self.name_of(&focused).await
        })
        .await
    }

    /// Waits until what has the focus has this name.
    pub async fn until_focused(&self, name: &str) -> Result<()> {
        until(&format!("the focus on “{name}”"), async || {
            let focused = self.focused().await?;
            ensure!(focused == name, "it is on “{focused}”");
            Ok(Some(()))
        })
        .await
    }

    /// Presses Tab until the thing of this name has the focus.
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

    /// Waits until the page shows this text anywhere.
    pub async fn until_text(&self, text: &str) -> Result<()> {
        self.until_text_within(SHORT, text).await
    }

    /// The same with another limit.
    pub async fn until_text_within(&self, limit: Duration, text: &str) -> Result<()> {
        until_within(limit, &format!("the text “{text}”"), async || {
            Ok(self.text().await?.contains(text).then_some(()))
        })
        .await
    }

    /// Waits until the page alerts to something; answers what.
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

    /// All text that is shown.
    pub async fn text(&self) -> Result<String> {
        let text = self
            .execute("return document.body?.innerText ?? ''", vec![])
            .await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until an element with `data-k8s-status` says this; on the session page there is one.
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

    /// Goes into a frame, once it is there; what is found from now on is found inside.
    pub async fn enter(&self, title: &str) -> Result<()> {
        let frame = self.find_within(crate::LONG, Role::Frame, title).await?;
        frame
            .enter_frame()
            .await
            .with_context(|| format!("failed to enter “{title}”"))
    }

    /// Comes out of all frames.
    pub async fn leave(&self) -> Result<()> {
        self.client
            .enter_parent_frame()
            .await
            .context("failed to leave the frame")
    }

    /// Runs a script in the page.
    pub async fn execute(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        self.client
            .execute(script, args)
            .await
            .context("a script failed")
    }

    /// The names of all things of this role that are on screen.
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

    async fn look_for(&self, role: Role, name: &str) -> Result<Option<Element>> {
        unchanged(
            "a look at a page that does not change meanwhile",
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
        let name = self.client.issue_cmd(asked).await?;
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

/// Asks anew as long as what was found has left the page before it was looked at: a row that is
/// replaced by news is no fault. Every other error is one at once.
async fn unchanged<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    until(what, async || match ask().await {
        Err(error) if has_left(&error) => Err(error),
        settled => Ok(Some(settled)),
    })
    .await?
}

/// Whether this is the driver's word for an element that is not on the page any more.
fn has_left(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<CmdError>())
        .any(CmdError::is_stale_element_reference)
}

/// WebDriver's question for an accessible name.
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
