//! Audits of a page by axe-core, light on a desktop and dark on a phone, and of what leaves its
//! box or the screen.

use anyhow::{Context, Result, ensure};
use std::fmt::Write;
use std::fs;
use vestibule_e2e::Scene;

/// Runs axe and returns its violations of every impact. Frames hold apps, which aren't the
/// console's to judge.
const RUN_AXE: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'], iframes: false }).then(
        (found) => done(found.passes.length < 10 ? 'axe checked nothing' : found.violations.map((one) => ({
            rule: one.id, impact: one.impact, help: one.help,
            at: one.nodes.slice(0, 4).map((node) => node.html.slice(0, 240) + ' ' + node.failureSummary),
        }))),
        (error) => done(String(error)),
    );";

/// Elements that leave the screen or their box. Content that scrolls, or is cut with an ellipsis, may
/// be wider.
const OVERFLOWS: &str = "
    const wide = document.documentElement.clientWidth;
    const found = [];
    if (document.documentElement.scrollWidth > wide) {
        found.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${wide}`);
    }
    const name = (e) => `<${e.localName} class=\"${e.className?.baseVal ?? e.className}\"> ${e.textContent.trim().slice(0, 60)}`;
    const hasText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const isCut = (e) => {
        for (let p = e.parentElement; p; p = p.parentElement) {
            const style = getComputedStyle(p);
            if (style.overflowX !== 'visible' || style.clipPath !== 'none') { return true; }
        }
        return false;
    };
    for (const e of document.body.querySelectorAll('*')) {
        if (e.closest('svg, iframe, .visually-hidden, [inert]') || !e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) { continue; }
        const box = e.getBoundingClientRect();
        const style = getComputedStyle(e);
        if (box.width === 0 || box.height === 0 || style.clipPath !== 'none') { continue; }
        if ((box.right > wide + 1 || box.left < -1) && !isCut(e)) {
            found.push(`${name(e)}: from ${Math.round(box.left)} to ${Math.round(box.right)} of ${wide}`);
        }
        const isWide = e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1;
        if (!isWide || !hasText(e) || style.display === 'inline' || e.matches('input, textarea, select')) { continue; }
        if (style.overflowX === 'visible') { found.push(`${name(e)}: its text leaves the box by ${e.scrollWidth - e.clientWidth}`); }
        else if (style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis') { found.push(`${name(e)}: its text is cut`); }
    }
    return found;";

/// Audits pages, and collects the findings by page.
pub struct Auditor<'a> {
    scene: &'a Scene,
    axe: String,
    found: String,
}

impl<'a> Auditor<'a> {
    /// Reads the script of axe-core.
    pub fn new(scene: &'a Scene) -> Result<Self> {
        let path = std::env::var_os("VESTIBULE_AXE")
            .context("VESTIBULE_AXE names no script; `cargo xtask test e2e` sets it")?;
        let axe = fs::read_to_string(&path);
        Ok(Self {
            scene,
            axe: axe.with_context(|| format!("failed to read {}", path.display()))?,
            found: String::new(),
        })
    }

    /// Checks the current state of the page.
    pub async fn check(&mut self, place: &str) -> Result<()> {
        let browser = &self.scene.browser;
        let client = self.scene.page.client();
        client.execute(&self.axe, vec![]).await?;
        for (theme, width, height) in [("light", 1280, 800), ("dark", 390, 844)] {
            browser.resize(width, height).await?;
            // Colours in a transition have no final contrast yet.
            let preferences = [
                ("prefers-color-scheme", theme),
                ("prefers-reduced-motion", "reduce"),
            ];
            browser.prefer(&preferences).await?;
            let found = client.execute_async(RUN_AXE, vec![]).await?;
            let all = found.as_array().with_context(|| format!("{found}"))?;
            for one in all {
                let _ = write!(self.found, "\n{place}, {theme}, {width}: {one:#}");
            }
            let found = client.execute(OVERFLOWS, vec![]).await?;
            for one in found.as_array().with_context(|| format!("{found}"))? {
                let _ = write!(self.found, "\n{place}, {width}: {one}");
            }
        }
        browser.resize(1280, 800).await
    }

    /// Fails if something was found.
    pub fn done(self) -> Result<()> {
        ensure!(self.found.is_empty(), "this was found:{}", self.found);
        Ok(())
    }
}
