//! Row of a job in the panel.

use super::actions::{Actions, JobAction};
use super::item::{Item, JobKind};
use super::popover::{PANEL, close_panel};
use super::texts;
use crate::api;
use crate::pages::shared::{Rights, use_reader};
use crate::store::AppCatalogue;
use crate::ui::{Button, ButtonVariant, Mark, focus_id};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::HashMap;
use vestibule_client::activity::{JobGroup, JobStage};
use vestibule_model::duration::{humanize, rough};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::time::Timestamp;

/// The names of workspaces and apps.
#[derive(Clone, Copy)]
pub struct JobNames {
    catalogue: AppCatalogue,
    names: RwSignal<HashMap<WorkspaceId, String>>,
    asked: StoredValue<Vec<WorkspaceId>>,
}

impl JobNames {
    /// Creates the lookup; no workspaces are known yet.
    pub fn new(catalogue: AppCatalogue) -> Self {
        Self {
            catalogue,
            names: RwSignal::new(HashMap::new()),
            asked: StoredValue::new(Vec::new()),
        }
    }

    /// Fetches the names of workspaces; each is requested once.
    pub fn learn(self, ids: impl Iterator<Item = WorkspaceId>) {
        let is_new = self.asked.try_update_value(|requested| {
            let before = requested.len();
            for id in ids {
                if !requested.contains(&id) {
                    requested.push(id);
                }
            }
            requested.len() > before
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

    /// Returns where a job belongs: app, kind, workspace and person.
    fn of(self, item: &Item) -> String {
        let app = item.app.as_deref().map(|app| self.catalogue.title(app));
        let kind = matches!(item.what, JobKind::Build(_)).then(|| texts::BUILD.to_owned());
        let names = self.names.read();
        let workspace = item
            .workspace
            .as_ref()
            .and_then(|id| names.get(id))
            .cloned();
        let by = item.by.as_ref().map(|by| texts::started_by(by));
        let parts = [app, kind, workspace, by].into_iter().flatten();
        parts
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    }
}

/// A job in the panel.
#[component]
pub fn Row(
    item: ArcRwSignal<Item>,
    now: Signal<Timestamp>,
    actions: Actions,
    places: JobNames,
) -> impl IntoView {
    let item = RwSignal::from(item);
    let mark = Memo::new(move |_| item.read().mark());
    let word = Memo::new(move |_| item.read().as_str());
    let time = Memo::new(move |_| time(&item.read(), now.get()));
    let place = Memo::new(move |_| places.of(&item.read()));
    let reader = use_reader();
    let detail = Memo::new(move |_| Some(reader.message(item.read().detail.clone()?)));
    let progress = Memo::new(move |_| item.read().progress);
    let buttons = Memo::new(move |_| JobAction::all_of(&item.read()));
    let name = Memo::new(move |_| item.read().name.clone());
    let rights = Rights::expect();
    let refusal = move |action: JobAction| {
        Memo::new(move |_| {
            let (permission, resource) = action.needs(&item.read())?;
            rights.refusal(permission, &resource)
        })
    };
    let is_busy = Signal::derive(move || actions.busy.read().contains(&item.read().key));
    let press = move |action| {
        Callback::new(move |()| {
            actions.run(action, &item.read_untracked());
            // The button disappears with the job's stage, so the panel takes the focus; after a
            // confirmation the dialog gives it back.
            if action != JobAction::Stop {
                focus_id(PANEL);
            }
        })
    };
    view! {
        <li class="activity-row">
            <Mark kind=mark />
            <p class="activity-name">{move || named(&item.read())}</p>
            <p class="activity-state" data-kind=move || mark.get().as_str()>
                <span>{word}</span>
                {move || time.get().map(|time| view! { <span class="activity-time">{time}</span> })}
            </p>
            <p class="activity-place">{place}</p>
            {move || detail.get().map(|detail| view! { <p class="activity-detail">{detail}</p> })}
            {move || progress.get().map(|(step, of)| view! {
                <progress class="activity-bar" max=of.to_string() value=(step - 1).to_string() aria-label=texts::step(step, of) />
            })}
            <div class="activity-actions">
                {move || buttons.get().into_iter().map(|action| {
                    let label = format!("{} {}", action.label(&item.read_untracked()), name.get());
                    view! { <Button variant=ButtonVariant::Quiet label=label busy=is_busy refused=refusal(action) on_press=press(action)>{action.label(&item.read_untracked())}</Button> }
                }).collect_view()}
                {move || item.read().newer_page().map(|page| view! {
                    <a class="button" data-variant="quiet" href=page.path() on:click=move |_| close_panel() aria-label=format!("{} of {}", texts::NEWER_BUILD, name.get())>{texts::NEWER_BUILD}</a>
                })}
                {move || item.read().log().map(|page| view! {
                    <a class="button" data-variant="quiet" href=page.path() on:click=move |_| close_panel() aria-label=format!("{} of {}", texts::LOG, name.get())>{texts::LOG}</a>
                })}
            </div>
        </li>
    }
}

fn named(item: &Item) -> AnyView {
    let name = item.name.clone();
    match item.page() {
        Some(page) => {
            view! { <a href=page.path() on:click=move |_| close_panel()>{name}</a> }.into_any()
        }
        None => name.into_any(),
    }
}

/// Returns the duration of the stage, or the time since the end of the job.
fn time(item: &Item, now: Timestamp) -> Option<String> {
    match (item.group, item.stage) {
        (JobGroup::Attention | JobGroup::Over, _) => {
            let ago = now.since(item.ended?);
            Some(if ago.as_secs() < 5 {
                texts::JUST_NOW.to_owned()
            } else {
                format!("{} ago", rough(ago))
            })
        }
        (_, JobStage::Running) => Some(format!("for {}", rough(now.since(item.since?)))),
        _ => Some(humanize(now.since(item.since?))),
    }
}
