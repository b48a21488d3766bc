//! One job in the panel.

use super::actions::{Action, Actions};
use super::indicator::PANEL;
use super::item::{Item, What};
use crate::api;
use crate::hooks::Catalogue;
use crate::ui::{Button, Look, Mark, attr, focus_id, live};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::HashMap;
use vestibule_model::activity::{Group, Stage};
use vestibule_model::duration::{humanize, rough};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::time::Timestamp;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// What workspaces and apps are called.
#[derive(Clone, Copy)]
pub struct Places {
    catalogue: Catalogue,
    names: RwSignal<HashMap<WorkspaceId, String>>,
    asked: StoredValue<Vec<WorkspaceId>>,
}

impl Places {
    /// Nothing is known of workspaces yet.
    pub fn new(catalogue: Catalogue) -> Self {
        Self {
            catalogue,
            names: RwSignal::new(HashMap::new()),
            asked: StoredValue::new(Vec::new()),
        }
    }

    /// These are to be named; each is asked about once.
    pub fn learn(self, ids: impl Iterator<Item = WorkspaceId>) {
        let is_new = self.asked.try_update_value(|asked| {
            let before = asked.len();
            for id in ids {
                if !asked.contains(&id) {
                    asked.push(id);
                }
            }
            asked.len() > before
        });
        if is_new == Some(true) {
            spawn_local(async move {
                if let Ok(list) = api::workspaces().await {
                    let names = list.items.into_iter().map(|one| (one.id, one.name));
                    self.names.try_set(names.collect());
                }
            });
        }
    }

    /// Where a job belongs, in the words of people.
    fn of(self, item: &Item) -> String {
        let app = item.app.as_deref().map(|app| self.catalogue.title(app));
        let kind = matches!(item.what, What::Build(_)).then(|| "Build".to_owned());
        let names = self.names.read();
        let workspace = item
            .workspace
            .as_ref()
            .and_then(|id| names.get(id))
            .cloned();
        let by = item.by.as_ref().map(|by| ["started by ", by].concat());
        let parts = [app, kind, workspace, by].into_iter().flatten();
        parts
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    }
}

/// A job.
#[component]
pub fn Row(
    item: ArcRwSignal<Item>,
    now: Signal<Timestamp>,
    actions: Actions,
    places: Places,
) -> impl IntoView {
    let item = RwSignal::from(item);
    let mark = Memo::new(move |_| item.read().mark());
    let word = Memo::new(move |_| item.read().word());
    let time = Memo::new(move |_| time(&item.read(), now.get()));
    let place = Memo::new(move |_| places.of(&item.read()));
    let detail = Memo::new(move |_| item.read().detail.clone());
    let progress = Memo::new(move |_| item.read().progress);
    let buttons = Memo::new(move |_| Action::all_of(&item.read()));
    let name = Memo::new(move |_| item.read().name.clone());
    let is_busy = Signal::derive(move || actions.busy.read().contains(&item.read().key));
    let press = move |action| {
        Callback::new(move |()| {
            actions.run(action, &item.read_untracked());
            // The button goes with the job's stage; who uses the keyboard stays in the panel. After
            // a question it is there as long as the answer may be no.
            if action != Action::Stop {
                focus_id(PANEL);
            }
        })
    };
    view! {
        <li class="activity-row">
            <Mark kind=mark />
            <p class="activity-name">{live(move || named(&item.read()))}</p>
            <p class="activity-state" data-kind=attr(move || mark.get().word())>
                <span>{live(move || word.get())}</span>
                {live(move || time.get().map(|time| view! { <span class="activity-time">{time}</span> }))}
            </p>
            <p class="activity-place">{live(move || place.get())}</p>
            {live(move || detail.get().map(|detail| view! { <p class="activity-detail">{detail}</p> }))}
            {live(move || progress.get().map(|(step, of)| view! {
                <progress class="activity-bar" max=of.to_string() value=(step - 1).to_string() aria-label=format!("Step {step} of {of}") />
            }))}
            <div class="activity-actions">
                {live(move || buttons.get().into_iter().map(|action| {
                    let label = [action.label(), " ", &name.get()].concat();
                    view! { <Button look=Look::Quiet label=label busy=is_busy on_press=press(action)>{action.label()}</Button> }
                }).collect_view())}
                {live(move || item.read().newer_page().map(|page| view! {
                    <a class="button" data-look="quiet" href=page.path() on:click=close aria-label=["Newer build of ", &name.get()].concat()>"Newer build"</a>
                }))}
                {live(move || item.read().log().map(|page| view! {
                    <a class="button" data-look="quiet" href=page.path() on:click=close aria-label=["Log of ", &name.get()].concat()>"Log"</a>
                }))}
            </div>
        </li>
    }
    .into_any()
}

fn named(item: &Item) -> AnyView {
    let name = item.name.clone();
    match item.page() {
        Some(page) => view! { <a href=page.path() on:click=close>{name}</a> }.into_any(),
        None => name.into_any(),
    }
}

/// The page that is opened has the place.
fn close(_: leptos::ev::MouseEvent) {
    let panel = document().get_element_by_id(PANEL);
    if let Some(panel) = panel.and_then(|panel| panel.dyn_into::<HtmlElement>().ok()) {
        let _ = panel.hide_popover();
    }
}

/// How long it has been so, or how long ago it ended.
fn time(item: &Item, now: Timestamp) -> Option<String> {
    match (item.group, item.stage) {
        (Group::Attention | Group::Over, _) => {
            let ago = now.since(item.ended?);
            Some(if ago.as_secs() < 5 {
                "just now".to_owned()
            } else {
                [&rough(ago), " ago"].concat()
            })
        }
        (_, Stage::Running) => Some(["for ", &rough(now.since(item.since?))].concat()),
        _ => Some(humanize(now.since(item.since?))),
    }
}
