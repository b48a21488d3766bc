//! The panel that the indicator opens: every job, with its commands.

use super::actions::Actions;
use super::item::Item;
use super::notices::BrowserNotices;
use super::popover::PANEL;
use super::row::{JobNames, Row};
use super::{preferences, texts};
use crate::api::clock;
use crate::effect::Effect;
use crate::lazy::lazy;
use crate::pages::shared::ConfirmDialog;
use crate::store::{AppCatalogue, BackendJobs, use_now};
use crate::ui::{
    Button, ButtonVariant, For, Icon, Mark, MarkKind, Skeleton, focus_id, time_of_day,
};
use leptos::prelude::*;
use std::collections::HashMap;
use vestibule_client::activity::{JobGroup, JobKey, JobScope, Trust};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The sections, in their order.
const GROUPS: [(JobGroup, &str); 4] = [
    (JobGroup::Attention, texts::FAILED),
    (JobGroup::UnderWay, texts::IN_PROGRESS),
    (JobGroup::Running, texts::RUNNING),
    (JobGroup::Over, texts::FINISHED),
];

/// The rows. A change of one job touches its row alone.
#[derive(Clone, Copy)]
struct Rows {
    order: RwSignal<Vec<(JobGroup, JobKey)>>,
    items: StoredValue<HashMap<JobKey, ArcRwSignal<Item>>>,
}

lazy! { activity:
    /// Renders the content of the panel: the jobs, and whether the panel is open.
    pub fn panel_content(args: (BackendJobs, RwSignal<bool>)) -> AnyView {
        let (jobs, open) = args;
        view! { <PanelContent jobs open /> }.into_any()
    }
}

/// The panel. Its content is fetched and rendered when it is first opened.
#[component]
pub fn Panel(jobs: BackendJobs, open: RwSignal<bool>) -> impl IntoView {
    let was_open = Memo::new(move |before: Option<&bool>| before == Some(&true) || open.get());
    let on_toggle = move |event: web_sys::Event| {
        let panel = event.current_target();
        let Some(panel) = panel.and_then(|panel| panel.dyn_into::<HtmlElement>().ok()) else {
            return;
        };
        let is_open = panel.matches(":popover-open").unwrap_or(false);
        if is_open {
            let _ = panel.focus();
        }
        open.try_set(is_open);
    };
    let skeleton = || view! { <Skeleton lines=4 /> }.into_any();
    let content = move || panel_content().view_or((jobs, open), skeleton);
    view! {
        <div
            class="activity-panel"
            id=PANEL
            popover="auto"
            role="dialog"
            aria-labelledby="activity-title"
            tabindex="-1"
            on:toggle=on_toggle
        >
            {move || was_open.get().then(content)}
        </div>
    }
}

/// The panel's content.
#[component]
pub fn PanelContent(jobs: BackendJobs, open: RwSignal<bool>) -> impl IntoView {
    let rows = Rows {
        order: RwSignal::new(Vec::new()),
        items: StoredValue::new(HashMap::new()),
    };
    Effect::new(move |_| {
        jobs.track();
        jobs.scope.track();
        if open.get() {
            rows.refresh(jobs);
        }
    });
    let now = use_now(move || open.get());
    // Finished jobs disappear after ten minutes.
    let minutes = Memo::new(move |_| now.get().as_millis() / 20_000);
    Effect::new(move |_| {
        minutes.track();
        if open.get_untracked() {
            rows.refresh(jobs);
        }
    });
    let actions = Actions::new(jobs);
    let question = actions.question();
    let places = JobNames::new(AppCatalogue::expect());
    Effect::new(move |_| {
        let order = rows.order.get();
        let items = rows.items.read_value();
        let known = order.iter().filter_map(|(_, key)| items.get(key));
        places.learn(known.filter_map(|item| item.read_untracked().workspace.clone()));
    });
    let is_empty = Memo::new(move |_| rows.order.read().is_empty());
    view! {
        <div class="activity-head">
            <h2 id="activity-title">{texts::ACTIVITY}</h2>
            <ScopeChoice scope=jobs.scope />
        </div>
        {move || distrust(jobs)}
        {move || actions.error.get().map(|error| view! {
            <p class="activity-trouble" role="alert"><Mark kind=MarkKind::Failed />{error}</p>
        })}
        <div class="activity-list" tabindex=move || (!is_empty.get()).then_some("0") role="region" aria-label=texts::JOBS>
            {move || is_empty.get().then(|| nothing(jobs.scope))}
            {GROUPS
                .map(|(group, title)| {
                    view! { <Section group=group title=title rows=rows now=now actions=actions places=places /> }
                })}
        </div>
        <Foot />
        <ConfirmDialog confirmation=question />
    }
}

#[component]
fn Section(
    group: JobGroup,
    title: &'static str,
    rows: Rows,
    now: Signal<vestibule_model::time::Timestamp>,
    actions: Actions,
    places: JobNames,
) -> impl IntoView {
    let keys = Memo::new(move |_| {
        let order = rows.order.read();
        let own = order.iter().filter(|(of, _)| *of == group);
        own.map(|(_, key)| key.clone()).collect::<Vec<_>>()
    });
    let count = Memo::new(move |_| keys.read().len());
    let dismiss_all = move || {
        actions.dismiss(keys.get_untracked());
        focus_id(PANEL);
    };
    let is_there = Memo::new(move |_| count.get() > 0);
    let dismissable = move || group == JobGroup::Attention && count.get() > 1;
    view! {
        {move || is_there.get().then(|| view! {
            <section class="activity-section" aria-label=title>
                <header class="activity-section-head">
                    <h3>{title}<span class="activity-count">{count}</span></h3>
                    {move || dismissable().then(|| view! {
                        <Button variant=ButtonVariant::Quiet on_press=dismiss_all>{texts::DISMISS_ALL}</Button>
                    })}
                </header>
                <ul>
                    <For each=move || keys.get() key=JobKey::clone let:key>
                        {rows.item(&key).map(|item| view! { <Row item=item now=now actions=actions places=places /> })}
                    </For>
                </ul>
            </section>
        })}
    }
}

/// Choice between the user's jobs and those of all users.
#[component]
fn ScopeChoice(scope: RwSignal<JobScope>) -> impl IntoView {
    let choice = move |of: JobScope, word: &'static str| {
        view! {
            <label class="activity-choice">
                <input
                    type="radio"
                    name="activity-scope"
                    prop:checked=move || scope.get() == of
                    on:change=move |_| {
                        scope.set(of);
                        preferences::keep_scope(of);
                    }
                />
                <span>{word}</span>
            </label>
        }
    };
    view! {
        <fieldset class="activity-whose">
            <legend class="visually-hidden">{texts::SHOW}</legend>
            {choice(JobScope::Mine, texts::MINE)}
            {choice(JobScope::Everyone, texts::EVERYONE)}
        </fieldset>
    }
}

fn nothing(scope: RwSignal<JobScope>) -> AnyView {
    let whose = match scope.get() {
        JobScope::Mine => texts::EMPTY_MINE,
        JobScope::Everyone => texts::EMPTY_EVERYONE,
    };
    view! {
        <div class="activity-nothing">
            <Icon name="activity" size=24 />
            <p class="activity-nothing-title">{texts::EMPTY_TITLE}</p>
            <p class="quiet">{whose}</p>
        </div>
    }
    .into_any()
}

/// Renders a warning if the list may be outdated.
fn distrust(jobs: BackendJobs) -> Option<AnyView> {
    let text = match jobs.trust.get() {
        Trust::Sure => return None,
        Trust::Offline => texts::OFFLINE_TEXT.to_owned(),
        Trust::Stale { since, cause } => texts::outdated(cause, since.map(time_of_day).as_deref()),
    };
    let retry = Callback::new(move |()| jobs.retry());
    let view = view! {
        <div class="activity-trouble" role="status">
            <Mark kind=MarkKind::Waiting />
            <p>{text}</p>
            <Button on_press=retry>{texts::TRY_NOW}</Button>
        </div>
    };
    Some(view.into_any())
}

/// Browser notifications about long jobs.
#[component]
fn Foot() -> impl IntoView {
    let notices = RwSignal::new(BrowserNotices::now());
    let ask = Callback::new(move |()| {
        leptos::task::spawn_local(async move {
            let answer = BrowserNotices::ask().await;
            notices.try_set(answer);
        });
    });
    let end = Callback::new(move |()| {
        preferences::keep_notices(false);
        notices.set(BrowserNotices::now());
    });
    let content = move || match notices.get() {
        BrowserNotices::Never => None,
        BrowserNotices::Blocked => {
            Some(view! { <p class="quiet">{texts::NOTICES_BLOCKED}</p> }.into_any())
        }
        BrowserNotices::Off => Some(
            view! {
                <p class="quiet">{texts::NOTICES_OFF}</p>
                <Button on_press=ask><Icon name="bell" />{texts::NOTIFY}</Button>
            }
            .into_any(),
        ),
        BrowserNotices::On => Some(
            view! {
                <p class="quiet">{texts::NOTICES_ON}</p>
                <Button on_press=end>{texts::TURN_OFF}</Button>
            }
            .into_any(),
        ),
    };
    view! { {move || content().map(|content| view! { <div class="activity-foot">{content}</div> })} }
        .into_any()
}

impl Rows {
    fn item(self, key: &JobKey) -> Option<ArcRwSignal<Item>> {
        self.items.with_value(|items| items.get(key).cloned())
    }

    /// Refreshes the rows; equal ones are not touched.
    fn refresh(self, jobs: BackendJobs) {
        let (now, scope) = (clock::now(), jobs.scope.try_get_untracked());
        let items = scope.and_then(|scope| {
            jobs.read(|activity| {
                let all = activity.jobs(scope, now);
                all.iter().map(Item::of).collect::<Vec<_>>()
            })
        });
        let Some(items) = items else {
            return;
        };
        let order: Vec<_> = items
            .iter()
            .map(|one| (one.group, one.key.clone()))
            .collect();
        let changed = self.items.try_update_value(|known| {
            let mut before = std::mem::take(known);
            let mut changed = Vec::new();
            for item in items {
                let key = item.key.clone();
                let signal = match before.remove(&key) {
                    Some(signal) => {
                        if signal.with_untracked(|shown| *shown != item) {
                            changed.push((signal.clone(), item));
                        }
                        signal
                    }
                    None => ArcRwSignal::new(item),
                };
                known.insert(key, signal);
            }
            changed
        });
        for (signal, item) in changed.unwrap_or_default() {
            signal.set(item);
        }
        if self.order.try_with_untracked(|shown| *shown != order) == Some(true) {
            self.order.try_set(order);
        }
    }
}
