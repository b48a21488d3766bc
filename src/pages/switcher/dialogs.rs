//! The dialogs themselves.

use super::choices::{SwitcherChoice, matching, of_found, of_pages, of_runs, of_workspaces};
use super::shortcuts::Shortcuts;
use super::state::SwitcherState;
use super::texts;
use crate::api;
use crate::effect::Effect;
use crate::pages::admin::use_areas;
use crate::store::use_task;
use crate::ui::{Button, Dialog, Icon, Mark, Modal, Notice, Skeleton};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use vestibule_model::workbench::Workbench;

/// Most choices that are shown.
const MAX_SHOWN: usize = 9;

/// Pause after the last key before the server is asked.
const SEARCH_MILLIS: u32 = 150;

/// Both dialogs. Each is rendered anew when it opens.
#[component]
pub fn Dialogs(state: SwitcherState) -> impl IntoView {
    let SwitcherState {
        is_open,
        shows_shortcuts,
    } = state;
    view! {
        <Modal open=is_open label=texts::GO_TO class="dialog switcher">
            <Switcher is_open=is_open />
        </Modal>
        <Dialog open=shows_shortcuts title=texts::SHORTCUTS>
            <Shortcuts />
            <div class="dialog-actions">
                <Button autofocus=true on_press=move || shows_shortcuts.set(false)>{texts::CLOSE}</Button>
            </div>
        </Dialog>
    }
}

/// A combobox: what is typed filters the list, the arrow keys choose, Enter goes there.
#[component]
fn Switcher(is_open: RwSignal<bool>) -> impl IntoView {
    let (runs, workspaces) = (RwSignal::new(None), RwSignal::new(None));
    let (of_runs_task, of_workspaces_task) = (use_task(), use_task());
    of_runs_task.run(api::recent_runs(), move |list| {
        runs.try_set(Some(list.items));
    });
    of_workspaces_task.run(api::workspaces(), move |list| {
        workspaces.try_set(Some(list.items));
    });
    let error = move || {
        let error = of_workspaces_task.error.get();
        error.or_else(|| of_runs_task.error.get())
    };
    let areas = use_areas();
    let all = Memo::new(move |_| {
        let (runs, workspaces) = (runs.read(), workspaces.read());
        let (runs, workspaces) = (runs.as_ref()?, workspaces.as_ref()?);
        let mut all = of_runs(runs, workspaces);
        all.extend(of_workspaces(workspaces));
        all.extend(of_pages(&areas.read()));
        Some(all)
    });
    let typed = RwSignal::new(String::new());
    let (found, is_searching) = use_search(typed);
    let shown = Memo::new(move |_| {
        let mut all = all.get().unwrap_or_default();
        let workspaces = workspaces.read();
        let workspaces = workspaces.as_deref().unwrap_or_default();
        all.extend(of_found(&found.read(), &all, workspaces));
        let found = matching(&all, &typed.read());
        found.into_iter().take(MAX_SHOWN).collect::<Vec<_>>()
    });
    let chosen = RwSignal::new(0_usize);
    let navigate = use_navigate();
    let go = Callback::new(move |choice: SwitcherChoice| {
        is_open.set(false);
        navigate(&choice.page.path(), Default::default());
    });
    let on_key = move |event: web_sys::KeyboardEvent| {
        let count = shown.read_untracked().len();
        let place = chosen.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.set((place + 1) % count),
            "ArrowUp" if count > 0 => chosen.set((place + count - 1) % count),
            "Enter" => {
                if let Some(choice) = shown.read_untracked().get(place).cloned() {
                    go.run(choice);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let option_id = |place: usize| format!("switcher-{place}");
    view! {
        <div class="switcher-search">
            <Icon name="search" />
            <input
                type="text"
                role="combobox"
                aria-label=texts::SEARCH
                placeholder=texts::SEARCH
                aria-expanded="true"
                aria-controls="switcher-list"
                aria-autocomplete="list"
                aria-activedescendant=move || (!shown.read().is_empty()).then(|| option_id(chosen.get()))
                autocomplete="off"
                spellcheck="false"
                autofocus=true
                prop:value=typed
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    chosen.set(0);
                }
                on:keydown=on_key
            />
        </div>
        {move || error().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <ul class="switcher-list" id="switcher-list" role="listbox" aria-label=texts::GO_TO>
            {move || shown.get().into_iter().enumerate().map(|(place, choice)| {
                let target = choice.clone();
                let SwitcherChoice { mark, title, note, .. } = choice;
                view! {
                    <li
                        role="option"
                        id=option_id(place)
                        aria-selected=move || (chosen.get() == place).to_string()
                        on:pointermove=move |_| if chosen.get_untracked() != place { chosen.set(place) }
                        on:click=move |_| go.run(target.clone())
                    >
                        {match mark {
                            Some(mark) => view! { <Mark kind=mark /> }.into_any(),
                            None => view! { <Icon name="rooms" size=14 /> }.into_any(),
                        }}
                        <span class="switcher-title">{title}</span>
                        <span class="switcher-note">{note}</span>
                    </li>
                }
            }).collect_view()}
        </ul>
        {move || (all.read().is_none() && error().is_none()).then(|| view! {
            <div class="switcher-none"><Skeleton lines=4 /></div>
        })}
        {move || (all.read().is_some() && shown.read().is_empty() && !is_searching.get()).then(|| {
            let is_all = typed.read().is_empty();
            view! { <p class="switcher-none quiet" role="status">{if is_all { texts::NOTHING } else { texts::NO_MATCH }}</p> }
        })}
    }
}

/// Searches all workbenches for what is typed, a moment after the last key: the recent ones are there at
/// once. Returns what was found, and `true` while it is searched for.
fn use_search(typed: RwSignal<String>) -> (RwSignal<Vec<Workbench>>, RwSignal<bool>) {
    let (found, is_searching) = (RwSignal::new(Vec::new()), RwSignal::new(false));
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    Effect::new(move |_| {
        let words = typed.read().trim().to_owned();
        is_searching.set(!words.is_empty());
        if words.is_empty() {
            return timer.set_value(None);
        }
        let search = move || {
            spawn_local(async move {
                let answer = api::search_workbenches(&words, MAX_SHOWN).await;
                let is_current = typed.try_with_untracked(|typed| typed.trim() == words);
                if is_current != Some(true) {
                    return;
                }
                if let Ok(list) = answer {
                    found.try_set(list.items);
                }
                is_searching.try_set(false);
            });
        };
        timer.set_value(Some(Timeout::new(SEARCH_MILLIS, search)));
    });
    (found, is_searching)
}
