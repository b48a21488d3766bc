//! Plays steps in the windows, and judges what each of them led to.

use crate::desk::{Desk, Reach};
use crate::world::World;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};
use vestibule_e2e::monkey::{
    Control, Coverage, Effect, Failure, Found, Kind, Look, Row, Step, Tree, console_errors,
    differences, disagreement, is_console, lost_focus, nothing_happened, odd_text, page_errors,
    page_of, request_rate, shifted,
};

const FACTS: &str = include_str!("facts.js");
const AXE: &str = include_str!("axe.js");

/// Time in which an action has an effect.
const EFFECT_WITHIN: Duration = Duration::from_secs(2);
/// Time in which a step shows whose effect isn't required, such as a key's.
const SHOWS_WITHIN: Duration = Duration::from_millis(500);
/// Time that a request has to leave because of the action.
const REQUEST_WITHIN: f64 = 300.0;
/// Time in which a page agrees with the API, which changes meanwhile.
const AGREES_WITHIN: Duration = Duration::from_secs(12);
/// Time that a page has to catch up after a load or without a network.
const CATCHES_UP_WITHIN: Duration = Duration::from_secs(4);
const PAUSE: Duration = Duration::from_millis(70);

/// What the page says about workspaces and workbenches.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    kind: String,
    id: String,
    rows: Vec<Row>,
    /// Only some are shown.
    #[serde(default)]
    is_part: bool,
}

/// Result of a step.
pub struct Outcome {
    pub failures: Vec<Failure>,
    /// Something was done: the control was there.
    pub is_done: bool,
}

/// Windows, server, and what was reached.
pub struct Player {
    pub desk: Desk,
    pub world: World,
    pub coverage: Coverage,
    /// Time that a step waits for its control: none while steps are chosen by what is there.
    pub patience: Duration,
    axe: String,
}

impl Player {
    pub async fn new() -> Result<Self> {
        let path = std::env::var_os("VESTIBULE_AXE")
            .context("VESTIBULE_AXE names no script; `cargo xtask test monkey` sets it")?;
        let axe = fs::read_to_string(&path).context("failed to read axe-core")?;
        let mut desk = Desk::new().await?;
        let mut world = World::new().await?;
        desk.begin(&mut world).await?;
        Ok(Self {
            desk,
            world,
            coverage: Coverage::default(),
            patience: Duration::ZERO,
            axe,
        })
    }

    /// Begins anew on a new server.
    pub async fn begin(&mut self) -> Result<()> {
        self.world = World::new().await?;
        self.desk.begin(&mut self.world).await
    }

    /// Plays a step and judges it.
    pub async fn play(&mut self, step: &Step) -> Result<Outcome> {
        let Some(index) = step.window() else {
            if let Step::Server { happens } = step {
                self.world.happen(happens).await?;
            }
            return Ok(Outcome {
                failures: Vec::new(),
                is_done: true,
            });
        };
        let (tree, used) = match step.control() {
            Some(control) => self.await_control(index, control).await?,
            None => (self.desk.tree(index).await?, None),
        };
        if step.control().is_some() && used.is_none() {
            return Ok(Outcome {
                failures: Vec::new(),
                is_done: false,
            });
        }
        let mut failures = Vec::new();
        let before = self.desk.look(index, false).await?;
        failures.extend(page_errors(&before));
        let page = page_of(&before.url);
        self.desk.windows[index].actions.push(before.at);
        self.perform(index, step, used.as_ref()).await?;
        let limit = match step {
            Step::Key { .. } | Step::Resize { .. } | Step::Network { .. } => SHOWS_WITHIN,
            _ => EFFECT_WITHIN,
        };
        let (mut effect, mut after) = self.settle(index, &before, &tree, limit).await?;
        if let (Step::Click { control, .. }, Some((found, reach))) = (step, &used) {
            self.coverage.uses(&before.url, control);
            let is_dead = |effect| nothing_happened(&page, found, reach.leads_here, effect);
            let is_judged = found.control.role != "Iframe" && is_console(&before.url);
            if is_judged && !after.is_focus_lost && is_dead(effect).is_some() {
                // On a busy machine 2 s may be too short: a person would click again.
                if let Some(again) = self.reach(index, &tree, control).await? {
                    self.desk.click(index, again.1.x, again.1.y).await?;
                    (effect, after) = self.settle(index, &before, &tree, limit).await?;
                    failures.extend(is_dead(effect));
                }
            }
        } else if let Some(control) = step.control() {
            self.coverage.uses(&before.url, control);
        }
        let is_load = matches!(step, Step::Open { .. } | Step::Reload { .. });
        if is_load {
            self.desk.windows[index].settled_since = Instant::now();
        } else if !matches!(step, Step::Resize { .. } | Step::Network { .. }) {
            let action = match step {
                Step::Key { key, .. } => key.clone(),
                Step::Click { control, .. } => format!("a click on {control}"),
                step => step
                    .control()
                    .map_or("a step in the history".into(), ToString::to_string),
            };
            if is_console(&after.url) {
                failures.extend(lost_focus(&page, &action, &before, &after));
            }
        }
        failures.extend(self.judge(index).await?);
        Ok(Outcome {
            failures,
            is_done: true,
        })
    }

    /// Judges the state of a window.
    async fn judge(&mut self, index: usize) -> Result<Vec<Failure>> {
        let mut failures = Vec::new();
        let look = self.desk.look(index, true).await?;
        failures.extend(page_errors(&look));
        let messages = self.desk.console(index).await?;
        if look.crash.is_some() {
            // Errors in the console follow from the panic.
            return Ok(failures);
        }
        let origin = self.world.server.url("");
        failures.extend(console_errors(&messages, &origin));
        if !is_console(&look.url) {
            return Ok(failures);
        }
        let page = page_of(&look.url);
        let window = &mut self.desk.windows[index];
        if let Some(failure) = shifted(&page, &window.shifts) {
            window.shifts.clear();
            failures.push(failure);
        }
        if let Some(failure) = request_rate(&window.requests, &window.actions, look.at) {
            window.requests.clear();
            failures.push(failure);
        }
        failures.extend(odd_text(&page, &look));
        let tree = self.desk.tree(index).await?;
        let controls = || tree.found.iter().map(|found| &found.control);
        self.coverage.see(&look.url, &tree.dialogs, controls());
        if look.is_whole && self.coverage.audits(&look.url, controls()) {
            failures.extend(self.audit(index, &page).await?);
        }
        Ok(failures)
    }

    /// Returns the tree with the control of a step, for which a replayed step waits.
    async fn await_control(
        &mut self,
        index: usize,
        control: &Control,
    ) -> Result<(Tree, Option<(Found, Reach)>)> {
        let began = Instant::now();
        loop {
            let tree = self.desk.tree(index).await?;
            let used = self.reach(index, &tree, control).await?;
            if used.is_some() || began.elapsed() >= self.patience {
                return Ok((tree, used));
            }
            sleep(PAUSE).await;
        }
    }

    /// Finds a control and brings it on the screen; `None` if it is gone, covered, or leads out.
    async fn reach(
        &mut self,
        index: usize,
        tree: &Tree,
        control: &Control,
    ) -> Result<Option<(Found, Reach)>> {
        let Some(found) = tree.find(control) else {
            return Ok(None);
        };
        let reach = self.desk.reach(index, found.node).await?;
        let mut found = found.clone();
        found.is_disabled |= reach.is_disabled;
        Ok((reach.state == "there").then_some((found, reach)))
    }

    async fn perform(
        &mut self,
        index: usize,
        step: &Step,
        used: Option<&(Found, Reach)>,
    ) -> Result<()> {
        let desk = &mut self.desk;
        match (step, used) {
            (Step::Click { .. }, Some((_, at))) => desk.click(index, at.x, at.y).await,
            (Step::Type { text, .. }, Some((found, at))) => {
                desk.click(index, at.x, at.y).await?;
                if found.control.role != "Iframe" {
                    desk.key(index, "Ctrl+a").await?;
                    if text.is_empty() {
                        return desk.key(index, "Escape").await;
                    }
                }
                desk.insert(index, text).await
            }
            (Step::Choose { down, .. }, Some((found, _))) => {
                desk.focus(index, found.node).await?;
                desk.key(index, "Home").await?;
                for _ in 0..*down {
                    desk.key(index, "ArrowDown").await?;
                }
                Ok(())
            }
            (Step::Key { key, .. }, _) => desk.key(index, key).await,
            (Step::Open { path, .. }, _) => {
                let url = self.world.server.url(&self.world.path(path));
                self.visit(index, Visit::To(&url)).await
            }
            (Step::Back { .. }, _) => self.visit(index, Visit::Back).await,
            (Step::Forward { .. }, _) => self.visit(index, Visit::Forward).await,
            (Step::Reload { .. }, _) => self.visit(index, Visit::Again).await,
            (Step::Resize { width, height, .. }, _) => {
                desk.enter(index).await?.resize(*width, *height).await
            }
            (Step::Network { online, .. }, _) => desk.set_online(index, *online).await,
            (Step::SignIn { .. }, _) => self.sign_in(index).await,
            _ => Ok(()),
        }
    }

    /// Navigates as the browser's own buttons do. Without a network the browser's own page appears, from
    /// which a person goes back: the network returns first.
    async fn visit(&mut self, index: usize, visit: Visit<'_>) -> Result<()> {
        if !self.desk.windows[index].is_online && matches!(visit, Visit::To(_) | Visit::Again) {
            self.desk.set_online(index, true).await?;
        }
        let page = self.desk.enter(index).await?.page();
        let client = page.client();
        let went = async {
            match visit {
                Visit::To(url) => client.goto(url).await,
                Visit::Back => client.back().await,
                Visit::Forward => client.forward().await,
                Visit::Again => client.refresh().await,
            }
        };
        // A load that the driver waits for in vain shows in the next look.
        let _ = timeout(Duration::from_secs(20), went).await;
        let url = client.current_url().await?;
        if !url.as_str().starts_with(&self.world.server.url("/")) {
            // The beginning of the window's history.
            page.goto(&self.world.server.url("/workspaces")).await?;
        }
        Ok(())
    }

    /// Signs in as a person does.
    async fn sign_in(&mut self, index: usize) -> Result<()> {
        if !self.desk.windows[index].is_online {
            self.desk.set_online(index, true).await?;
        }
        let user = self.desk.windows[index].user;
        let password = self.world.password_of(user).await?;
        for (name, text) in [("Username", user), ("Password", &password)] {
            let tree = self.desk.tree(index).await?;
            let field = tree
                .found
                .iter()
                .find(|one| one.control.name == name && one.control.role == "textbox");
            let Some(field) = field else {
                return Ok(());
            };
            let at = self.desk.reach(index, field.node).await?;
            self.desk.click(index, at.x, at.y).await?;
            self.desk.key(index, "Ctrl+a").await?;
            self.desk.insert(index, text).await?;
        }
        self.desk.key(index, "Enter").await
    }

    /// Waits for an effect of an action, and for a place of the focus.
    async fn settle(
        &mut self,
        index: usize,
        before: &Look,
        tree: &Tree,
        limit: Duration,
    ) -> Result<(Effect, Look)> {
        let began = Instant::now();
        let mut effect = Effect::default();
        loop {
            let look = self.desk.look(index, false).await?;
            effect.url |=
                look.url != before.url || look.document.to_bits() != before.document.to_bits();
            effect.focus |= look.is_focus_moved;
            effect.outside |= look.effects != before.effects;
            effect.request |= self.desk.windows[index].requests.iter().any(|request| {
                let after = request.at - before.at;
                after >= 0.0
                    && (after < REQUEST_WITHIN
                        || !matches!(request.method.as_str(), "GET" | "STREAM"))
            });
            let has_place = !look.is_focus_lost || before.is_focus_lost;
            let is_over = (has_place && began.elapsed() > limit)
                || began.elapsed() > EFFECT_WITHIN * 2
                || look.crash.is_some();
            if !effect.is_any() {
                effect.tree = self.desk.tree(index).await?.fingerprint != tree.fingerprint;
            }
            if is_over || (effect.is_any() && has_place && look.is_whole) {
                return Ok((effect, look));
            }
            sleep(PAUSE).await;
        }
    }

    /// Audits a page with axe-core; what is gone after a moment was in passing.
    async fn audit(&mut self, index: usize, page: &str) -> Result<Vec<Failure>> {
        let first = self.run_axe(index, page).await?;
        if first.is_empty() {
            return Ok(first);
        }
        sleep(Duration::from_millis(600)).await;
        let again = self.run_axe(index, page).await?;
        Ok(again
            .into_iter()
            .filter(|one| first.iter().any(|other| other.is_like(one)))
            .collect())
    }

    async fn run_axe(&mut self, index: usize, page: &str) -> Result<Vec<Failure>> {
        let driver = self.desk.enter(index).await?.page();
        let client = driver.client();
        let is_there = client.execute("return Boolean(window.axe)", vec![]).await?;
        if is_there != true {
            client.execute(&self.axe, vec![]).await?;
        }
        let found = client.execute_async(AXE, vec![]).await?;
        let all = found.as_array().cloned().unwrap_or_default();
        Ok(all
            .iter()
            .map(|one| {
                let rule = one["rule"].as_str().unwrap_or_default();
                let what = format!(
                    "{}: {}",
                    one["help"].as_str().unwrap_or_default(),
                    one["at"]
                );
                Failure::new(Kind::Axe, &format!("{page}: {rule}"), what)
            })
            .collect())
    }

    /// Compares what a window says with what the API tells its user, until they agree.
    pub async fn compare(&mut self, index: usize) -> Result<Vec<Failure>> {
        let began = Instant::now();
        let mut known_since = Instant::now();
        let mut known: Option<Vec<Row>> = None;
        let last = loop {
            let window = &self.desk.windows[index];
            let (user, is_online) = (window.user, window.is_online);
            let has_settled = window.settled_since.elapsed() > CATCHES_UP_WITHIN;
            let page = self.desk.enter(index).await?.page();
            let facts = page.execute(FACTS, vec![]).await?;
            let Ok(facts) = serde_json::from_value::<Facts>(facts) else {
                return Ok(Vec::new());
            };
            if !is_online {
                return Ok(Vec::new());
            }
            let Some(mut rows) = self.world.rows(user, &facts.kind, &facts.id).await? else {
                return Ok(Vec::new());
            };
            if known.as_ref() != Some(&rows) {
                known_since = Instant::now();
                known = Some(rows.clone());
            }
            let shown = facts.rows;
            if facts.kind == "workbench" {
                if shown.is_empty() {
                    return Ok(Vec::new());
                }
                for row in &mut rows {
                    row.name.clear();
                }
            }
            if facts.is_part {
                rows.retain(|row| shown.iter().any(|one| one.id == row.id));
            }
            let found = differences(&shown, &rows);
            if found.is_empty() {
                return Ok(Vec::new());
            }
            let is_stable = known_since.elapsed() > CATCHES_UP_WITHIN;
            if began.elapsed() > AGREES_WITHIN && is_stable && has_settled {
                break found;
            }
            if began.elapsed() > AGREES_WITHIN * 3 {
                // The API itself did not come to rest.
                return Ok(Vec::new());
            }
            sleep(Duration::from_millis(250)).await;
        };
        let page = page_of(&self.desk.windows[index].path);
        Ok(disagreement(&page, &last).into_iter().collect())
    }
}

enum Visit<'a> {
    To(&'a str),
    Back,
    Forward,
    Again,
}
