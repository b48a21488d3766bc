//! The panel that the indicator opens: every job, with what can be done about it.

use super::actions::Actions;
use super::indicator::PANEL;
use super::item::Item;
use super::notices::Notices;
use super::preferences;
use super::row::{Places, Row};
use crate::api::clock;
use crate::hooks::{BackendJobs, Catalogue, use_now};
use crate::parts;
use crate::ui::{
    Button, Icon, Look, Mark, MarkKind, Skeleton, attr, effect, ever, focus_id, live, time_of_day,
};
use leptos::prelude::*;
use std::collections::HashMap;
use std::rc::Rc;
use vestibule_model::activity::{Group, JobKey, Scope, Trust};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// What is listed, in the order in which it stands.
const GROUPS: [(Group, &str); 4] = [
    (Group::Attention, "Failed"),
    (Group::UnderWay, "Under way"),
    (Group::Running, "Running"),
    (Group::Over, "Finished"),
];

/// The rows: a change of one job touches its row alone.
#[derive(Clone, Copy)]
struct Rows {
    order: RwSignal<Vec<(Group, JobKey)>>,
    items: StoredValue<HashMap<JobKey, ArcRwSignal<Item>>>,
}

/// The panel. What is in it is fetched and made when it opens for the first time.
#[component]
pub fn Panel(jobs: BackendJobs, open: RwSignal<bool>) -> impl IntoView {
    let was_open = ever(open);
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
    let content = move || parts::PANEL.show_after((jobs, open), loading);
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
            {live(move || was_open.get().then(content))}
        </div>
    }
    .into_any()
}

fn loading() -> AnyView {
    view! { <div class="activity-list"><Skeleton lines=3 /></div> }.into_any()
}

/// What is in the panel.
#[component]
pub fn PanelContent(jobs: BackendJobs, open: RwSignal<bool>) -> impl IntoView {
    let rows = Rows {
        order: RwSignal::new(Vec::new()),
        items: StoredValue::new(HashMap::new()),
    };
    effect(move || {
        if open.get() {
            rows.look(jobs);
            jobs.watch(Some(Rc::new(move || rows.look(jobs))));
        } else {
            jobs.watch(None);
        }
    });
    let now = use_now(move || open.get());
    // What has ended goes after a while by itself.
    let minutes = Memo::new(move |_| now.get().as_millis() / 20_000);
    effect(move || {
        minutes.track();
        jobs.scope.track();
        if open.get_untracked() {
            rows.look(jobs);
        }
    });
    let actions = Actions::new(jobs);
    let (is_asked, question) = (ever(actions.asking), actions.question());
    let places = Places::new(Catalogue::get());
    effect(move || {
        let order = rows.order.get();
        let items = rows.items.read_value();
        let known = order.iter().filter_map(|(_, key)| items.get(key));
        places.learn(known.filter_map(|item| item.read_untracked().workspace.clone()));
    });
    let is_empty = Memo::new(move |_| rows.order.read().is_empty());
    view! {
        <div class="activity-head">
            <h2 id="activity-title">"Activity"</h2>
            <Whose scope=jobs.scope />
        </div>
        {live(move || distrust(jobs))}
        {live(move || actions.error.get().map(|error| view! {
            <p class="activity-trouble" role="alert"><Mark kind=MarkKind::Failed />{error}</p>
        }))}
        <div class="activity-list" tabindex=attr(move || (!is_empty.get()).then_some("0")) role="region" aria-label="Jobs">
            {live(move || is_empty.get().then(|| nothing(jobs.scope)))}
            {GROUPS
                .map(|(group, title)| {
                    view! { <Section group=group title=title rows=rows now=now actions=actions places=places /> }
                })}
        </div>
        <Foot />
        {live(move || is_asked.get().then(|| parts::LOSS.add(question)))}
    }
    .into_any()
}

#[component]
fn Section(
    group: Group,
    title: &'static str,
    rows: Rows,
    now: Signal<vestibule_model::time::Timestamp>,
    actions: Actions,
    places: Places,
) -> impl IntoView {
    let keys = Memo::new(move |_| {
        let order = rows.order.read();
        let own = order.iter().filter(|(of, _)| *of == group);
        own.map(|(_, key)| key.clone()).collect::<Vec<_>>()
    });
    let count = Memo::new(move |_| keys.read().len());
    let dismiss_all = Callback::new(move |()| {
        actions.dismiss(keys.get_untracked());
        focus_id(PANEL);
    });
    let is_there = Memo::new(move |_| count.get() > 0);
    let dismissable = move || group == Group::Attention && count.get() > 1;
    view! {
        {live(move || is_there.get().then(|| view! {
            <section class="activity-section" aria-label=title>
                <header class="activity-section-head">
                    <h3>{title}<span class="activity-count">{count}</span></h3>
                    {live(move || dismissable().then(|| view! {
                        <Button look=Look::Quiet on_press=dismiss_all>"Dismiss all"</Button>
                    }))}
                </header>
                <ul>
                    <For each=move || keys.get() key=JobKey::clone let:key>
                        {rows.item(&key).map(|item| view! { <Row item=item now=now actions=actions places=places /> })}
                    </For>
                </ul>
            </section>
        }))}
    }
    .into_any()
}

/// Whose jobs are seen.
#[component]
fn Whose(scope: RwSignal<Scope>) -> impl IntoView {
    let choice = move |of: Scope, word: &'static str| {
        view! {
            <label class="activity-choice">
                <input
                    type="radio"
                    name="activity-scope"
                    prop:checked=attr(move || scope.get() == of)
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
            <legend class="visually-hidden">"Whose jobs"</legend>
            {choice(Scope::Mine, "Mine")}
            {choice(Scope::Everyone, "Everyone's")}
        </fieldset>
    }
    .into_any()
}

fn nothing(scope: RwSignal<Scope>) -> AnyView {
    let whose = match scope.get() {
        Scope::Mine => {
            "Your starts, stops and builds show up here, and stay for ten minutes after their end."
        }
        Scope::Everyone => {
            "Starts, stops and builds show up here, and stay for ten minutes after their end."
        }
    };
    view! {
        <div class="activity-nothing">
            <Icon name="activity" size=24 />
            <p class="activity-nothing-title">"Nothing under way"</p>
            <p class="quiet">{whose}</p>
        </div>
    }
    .into_any()
}

/// That what is listed may not be true any more.
fn distrust(jobs: BackendJobs) -> Option<AnyView> {
    let text = match jobs.trust.get() {
        Trust::Sure => return None,
        Trust::Offline => "This computer is offline. What you see is from before.".to_owned(),
        Trust::Stale {
            since: None,
            trouble,
        } => trouble.sentence(),
        Trust::Stale {
            since: Some(since),
            trouble,
        } => {
            let (what, since) = (trouble.sentence(), time_of_day(since));
            [
                &what,
                " Last heard from the server: ",
                &since,
                ". What you see is from before.",
            ]
            .concat()
        }
    };
    let retry = Callback::new(move |()| jobs.retry());
    let view = view! {
        <div class="activity-trouble" role="status">
            <Mark kind=MarkKind::Waiting />
            <p>{text}</p>
            <Button on_press=retry>"Try now"</Button>
        </div>
    };
    Some(view.into_any())
}

/// Whether to be told of the end of long jobs while looking elsewhere.
#[component]
fn Foot() -> impl IntoView {
    let notices = RwSignal::new(Notices::now());
    let ask = Callback::new(move |()| {
        leptos::task::spawn_local(async move {
            let answer = Notices::ask().await;
            notices.try_set(answer);
        });
    });
    let end = Callback::new(move |()| {
        preferences::keep_notices(false);
        notices.set(Notices::now());
    });
    let content = move || {
        match notices.get() {
        Notices::Never => None,
        Notices::Blocked => Some(
            view! { <p class="quiet">"The browser blocks notifications from here. Its site settings can allow them."</p> }
                .into_any(),
        ),
        Notices::Off => Some(
            view! {
                <p class="quiet">"Away from this page when a long job ends?"</p>
                <Button on_press=ask><Icon name="bell" />"Notify me"</Button>
            }
            .into_any(),
        ),
        Notices::On => Some(
            view! {
                <p class="quiet">"You are notified when a long job ends while you are away."</p>
                <Button on_press=end>"Turn off"</Button>
            }
            .into_any(),
        ),
    }
    };
    view! { {live(move || content().map(|content| view! { <div class="activity-foot">{content}</div> }))} }
        .into_any()
}

impl Rows {
    fn item(self, key: &JobKey) -> Option<ArcRwSignal<Item>> {
        self.items.with_value(|items| items.get(key).cloned())
    }

    /// Shows what is known now; what is shown already is not touched.
    fn look(self, jobs: BackendJobs) {
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
