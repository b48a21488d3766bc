//! State of the tabs of a workbench's page. Commands show at once, and are sent in the background.

use super::beside::SplitView;
use super::id::new_tab_id;
use super::keyboard::Keyboards;
use super::texts;
use crate::api::{self, ApiError, clock};
use crate::routes::{Page, tab_in};
use crate::store::{Query, Session, Store};
use crate::ui::Toasts;
use leptos::prelude::*;
use leptos::reactive::owner::WeakOwner;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use std::collections::{BTreeMap, HashSet};
use vestibule_client::poll::Pace;
use vestibule_client::store::{Refetch, Tabs, Topic};
use vestibule_model::ids::{TabId, WorkbenchId, WorkspaceId};
use vestibule_model::tab::{NewTab, PresentUser, Tab, TabKind, TabList, TabPatch, free_title};
use vestibule_model::time::{Millis, Timestamp};

/// Time within which a second press opens no second tab: it is a double click (FIELD 23).
const DOUBLE_CLICK: Millis = Millis(600);

/// Tabs of a workbench's page.
#[derive(Clone, Copy)]
pub struct TabsState {
    /// The open tabs beside the app's screen, from left to right.
    pub list: Memo<Vec<Tab>>,
    /// `true` once the list was read.
    pub is_listed: Memo<bool>,
    /// The selected tab; `None` is the app's screen. It is the one in the address, whatever the list
    /// says (FIELD 23).
    pub selected: Memo<Option<TabId>>,
    /// Tabs with output that was not shown yet.
    pub unread: RwSignal<HashSet<TabId>>,
    /// Last event of each agent that the user has seen, in this window or another.
    pub seen: RwSignal<BTreeMap<TabId, u64>>,
    /// Tab whose terminal is to take the focus as soon as it can.
    pub to_focus: RwSignal<Option<TabId>>,
    /// Names of the other users in each tab that this window has attached.
    pub present: RwSignal<BTreeMap<TabId, Vec<String>>>,
    /// What is typed into the terminals.
    pub keyboards: Keyboards,
    /// Tab that is being moved by keyboard. It keeps the focus, which an element that changes its place
    /// loses.
    pub moved: RwSignal<Option<TabId>>,
    /// The selected tab beside the app.
    pub beside: SplitView,
    /// `true` if the dialog that renames the selected tab is open.
    pub is_renaming: RwSignal<bool>,
    /// The tabs that views follow, and their owner: the page. A view's effects may run once more after what
    /// the view owns is disposed of. Weak: the page owns this value too, and would never be freed.
    tabs: StoredValue<BTreeMap<TabId, Memo<Option<Tab>>>>,
    owner: StoredValue<Option<WeakOwner>>,
    ids: StoredValue<(WorkspaceId, WorkbenchId)>,
    navigate: Callback<String>,
    opened_at: StoredValue<Option<Timestamp>>,
    store: Store,
    session: Session,
    toasts: Toasts,
}

impl TabsState {
    /// Follows the tabs of a workbench, for as long as the calling component lives.
    pub fn new(workspace: &WorkspaceId, workbench: &WorkbenchId) -> Self {
        let store = Store::expect();
        let topic = Topic::Tabs(workbench.clone());
        let (of, listed) = (workbench.clone(), workbench.clone());
        let navigate = use_navigate();
        let options = || NavigateOptions {
            replace: true,
            scroll: false,
            ..NavigateOptions::default()
        };
        let (seen, keyboards, toasts) = (RwSignal::default(), Keyboards::new(), Toasts::expect());
        on_cleanup(move || match keyboards.waiting() {
            0 => {}
            waiting => toasts.show(texts::left_unsent(waiting)),
        });
        follow(store, workbench, seen);
        Self {
            list: store.select(topic.clone(), move |state| state.tabs().of(&of)),
            is_listed: store.select(topic, move |state| state.tabs().is_listed(&listed)),
            selected: use_selected(workspace, workbench),
            unread: RwSignal::default(),
            seen,
            to_focus: RwSignal::new(None),
            present: RwSignal::default(),
            keyboards,
            moved: RwSignal::new(None),
            beside: SplitView::of(workbench),
            is_renaming: RwSignal::new(false),
            tabs: StoredValue::default(),
            owner: StoredValue::new(Owner::current().map(|owner| owner.downgrade())),
            ids: StoredValue::new((workspace.clone(), workbench.clone())),
            navigate: Callback::new(move |path: String| navigate(&path, options())),
            opened_at: StoredValue::new(None),
            store,
            session: store.session,
            toasts,
        }
    }

    /// Returns `true` if the app's screen is selected.
    pub fn is_app_selected(self) -> bool {
        self.selected.read().is_none()
    }

    /// Returns a tab; it is read again when it changes.
    pub fn tab(self, id: TabId) -> Memo<Option<Tab>> {
        if let Some(tab) = self.tabs.with_value(|tabs| tabs.get(&id).copied()) {
            return tab;
        }
        let own = id.clone();
        let find =
            move || Memo::new(move |_| self.list.read().iter().find(|tab| tab.id == own).cloned());
        let page = self.owner.get_value().and_then(|page| page.upgrade());
        let tab = match page {
            Some(page) => page.with(find),
            None => find(),
        };
        self.tabs.update_value(|tabs| {
            tabs.insert(id, tab);
        });
        tab
    }

    /// Selects a tab, or the app's screen.
    pub fn select(self, id: Option<TabId>) {
        if self.selected.try_get_untracked().as_ref() == Some(&id) {
            return;
        }
        let Some((workspace, workbench)) = self.ids.try_get_value() else {
            return;
        };
        let page = match id {
            Some(id) => Page::Tab(workspace, workbench, id),
            None => Page::Workbench(workspace, workbench),
        };
        self.navigate.run(page.path());
    }

    /// Opens a tab and selects it. The request is sent in the background.
    pub fn open(self, kind: TabKind) {
        let now = clock::browser_now();
        let is_double = self
            .opened_at
            .get_value()
            .is_some_and(|before| (before..before + DOUBLE_CLICK).contains(&now));
        self.opened_at.set_value(Some(now));
        if is_double {
            return;
        }
        let (id, ids) = (new_tab_id(), self.ids.get_value());
        let title = match kind {
            TabKind::Agent => texts::SCRIPT,
            TabKind::Log => texts::LOG,
            _ => texts::TERMINAL,
        };
        let title = self.list.with_untracked(|list| free_title(list, title));
        let mut tab = Tab::new(id.clone(), ids, kind, title, clock::now());
        tab.owner = self.session.user_id();
        tab.owner_name = self.session.user_name();
        self.change(move |tabs| tabs.open(tab));
        self.select(Some(id.clone()));
        self.focus_on(&id);
        self.send_open(id);
    }

    /// Gives a tab the focus as soon as it can have it. Until then its terminal keeps what is typed.
    pub fn focus_on(self, id: &TabId) {
        self.to_focus.set(Some(id.clone()));
        let tab = self.store.read(|state| state.tabs().get(id).cloned());
        if tab
            .flatten()
            .is_some_and(|tab| tab.kind == TabKind::Terminal && self.admits(&tab))
        {
            self.keyboards.catch(id);
        }
    }

    fn send_open(self, id: TabId) {
        let tab = self.store.read(|state| state.tabs().get(&id).cloned());
        let Some(tab) = tab.flatten() else {
            return;
        };
        let (store, workbench) = (self.store, tab.workbench_id.clone());
        let body = NewTab {
            workbench_id: tab.workbench_id,
            kind: tab.kind,
            title: tab.title,
        };
        spawn_local(async move {
            let answer = self.ended(api::open_tab(id.clone(), body).await);
            let is_closed = self.store.read(|state| state.tabs().is_closed(&id));
            if is_closed == Some(true) {
                // Only now: before, the server may not know the tab, and would open it afterwards.
                let _ = self.ended(api::close_tab(id).await);
                return;
            }
            match answer {
                Ok(tab) => self.store.update(|state| state.put_tab(tab)),
                // Also if the page was left meanwhile.
                Err(error) => store.update(|state| {
                    let message = error.sentence();
                    state.change_tabs(&workbench, |tabs| tabs.fail(&id, message, clock::now()))
                }),
            }
        });
    }

    /// Tries again with the same tab.
    pub fn retry(self, id: TabId) {
        let is_own = self.store.read(|state| state.tabs().is_own(&id));
        let waiting = id.clone();
        self.change(move |tabs| tabs.retry(&waiting, clock::now()));
        self.keyboards.of(&id).go_on();
        self.focus_on(&id);
        if is_own == Some(true) {
            self.send_open(id);
            return;
        }
        spawn_local(async move {
            match self.ended(api::retry_tab(id.clone()).await) {
                Ok(tab) => self.store.update(|state| state.put_tab(tab)),
                Err(error) => {
                    self.toasts.show(error.sentence());
                    self.read_again(id).await;
                }
            }
        });
    }

    /// Closes a tab, in whatever state it is, and selects its neighbour if it was selected.
    pub fn close(self, id: TabId) {
        let Some(tab) = self
            .store
            .read(|state| state.tabs().get(&id).cloned())
            .flatten()
        else {
            return;
        };
        if self.selected.get_untracked().as_ref() == Some(&id) {
            self.select(self.neighbour(&id));
        }
        let is_own = self.store.read(|state| state.tabs().is_own(&id));
        let closed = id.clone();
        self.change(move |tabs| tabs.close(&closed));
        self.keyboards.forget(&id);
        if is_own == Some(true) && tab.error.is_none() {
            // The request to open it is in flight, and closes it afterwards.
            return;
        }
        spawn_local(async move {
            match self.ended(api::close_tab(id).await) {
                Ok(_) | Err(ApiError::NotFound | ApiError::Gone) => {}
                Err(error) => {
                    let message = texts::not_closed(&tab.title, &error.sentence());
                    self.toasts.show(message);
                    let (workbench, requested) = (tab.workbench_id.clone(), self.store.ask());
                    self.store.update(|state| {
                        state.change_tabs(&workbench, |tabs| tabs.reopen(tab, requested))
                    });
                }
            }
        });
    }

    /// Renames a tab.
    pub fn rename(self, id: TabId, title: String) {
        let patch = TabPatch {
            title: Some(title),
            ..TabPatch::default()
        };
        self.patch(id, patch);
    }

    /// Moves a tab by one place.
    pub fn shift(self, id: &TabId, by: isize) {
        let list = self.list.read_untracked();
        let Some(at) = list.iter().position(|tab| tab.id == *id) else {
            return;
        };
        let Some(target) = at.checked_add_signed(by).filter(|at| *at < list.len()) else {
            return;
        };
        let target = list[target].id.clone();
        drop(list);
        self.move_to(id, &target);
    }

    /// Moves a tab to the place of another one.
    pub fn move_to(self, id: &TabId, target: &TabId) {
        let list = self.list.read_untracked();
        let place = |id: &TabId| list.iter().position(|tab| tab.id == *id);
        let (Some(from), Some(to)) = (place(id), place(target)) else {
            return;
        };
        let after = match (from < to, to) {
            (true, _) => Some(target.clone()),
            (false, 0) => None,
            (false, to) => Some(list[to - 1].id.clone()),
        };
        drop(list);
        if from != to {
            let patch = TabPatch {
                after: Some(after),
                ..TabPatch::default()
            };
            self.patch(id.clone(), patch);
        }
    }

    fn patch(self, id: TabId, patch: TabPatch) {
        spawn_local(async move {
            match self.ended(api::change_tab(id.clone(), patch).await) {
                Ok(tab) => self.store.update(|state| state.put_tab(tab)),
                Err(error) => {
                    let tab = self.store.read(|state| state.tabs().get(&id).cloned());
                    let title = tab.flatten().map(|tab| tab.title).unwrap_or_default();
                    self.toasts.show(texts::not_done(&title, &error.sentence()));
                }
            }
        });
    }

    /// Returns the tab that is selected once this one is closed: the next one, else the one before.
    pub fn neighbour(self, id: &TabId) -> Option<TabId> {
        let list = self.list.read_untracked();
        let at = list.iter().position(|tab| tab.id == *id)?;
        let next = list.get(at + 1).or_else(|| list.get(at.checked_sub(1)?));
        next.map(|tab| tab.id.clone())
    }

    /// Notes the other users in a tab.
    pub fn note_present(self, id: &TabId, users: Vec<PresentUser>) {
        let names: Vec<String> = users.into_iter().map(|user| user.name).collect();
        let known = self
            .present
            .try_with_untracked(|present| present.get(id) == Some(&names));
        if known == Some(false) {
            self.present
                .try_update(|present| present.insert(id.clone(), names));
        }
    }

    /// Returns `true` if the user may see into a tab. Another user's terminal is closed unless it is shared.
    pub fn admits(self, tab: &Tab) -> bool {
        self.session.user_id().is_some_and(|user| tab.admits(&user))
    }

    /// Returns `true` if a tab is the user's own.
    pub fn is_mine(self, tab: &Tab) -> bool {
        tab.owner.is_some() && tab.owner == self.session.user_id()
    }

    /// Shares a terminal with all who may open the workbench, or stops sharing it.
    pub fn share(self, id: TabId, shared: bool) {
        let patch = TabPatch {
            shared: Some(shared),
            ..TabPatch::default()
        };
        self.patch(id, patch);
    }

    /// Notes output of a terminal. It is unread unless the terminal is shown.
    pub fn note_output(self, id: &TabId) {
        let is_shown = self.selected.try_get_untracked().flatten().as_ref() == Some(id);
        let is_new = self
            .unread
            .try_with_untracked(|unread| !unread.contains(id));
        if !is_shown && is_new == Some(true) {
            self.unread.update(|unread| {
                unread.insert(id.clone());
            });
        }
    }

    /// Returns `true` if a tab has output that the user has not seen. An agent's is known from its events,
    /// also of those that this window has not shown.
    pub fn is_unread(self, tab: &Tab) -> bool {
        let is_noted = self.unread.read().contains(&tab.id);
        let seen = self.seen.read();
        is_noted || seen.get(&tab.id).copied().unwrap_or(0) < tab.last_event
    }

    /// Notes the last event of an agent that the user has seen in this window.
    pub fn note_seen(self, id: &TabId, event: u64) {
        self.seen.try_update(|seen| {
            let seen = seen.entry(id.clone()).or_default();
            *seen = event.max(*seen);
        });
    }

    /// Restores what the server knows of a tab after a command has failed.
    async fn read_again(self, id: TabId) {
        let Some((_, workbench)) = self.ids.try_get_value() else {
            return;
        };
        let requested = self.store.ask();
        if let Ok(list) = self.ended(api::tabs(workbench.clone()).await) {
            let known = list.items.into_iter().filter(|tab| tab.id == id);
            for tab in known {
                self.store.update(|state| {
                    state.change_tabs(&workbench, |tabs| {
                        tabs.put(tab, requested);
                    })
                });
            }
        }
    }

    fn change(self, change: impl FnOnce(&mut Tabs)) {
        if let Some((_, workbench)) = self.ids.try_get_value() {
            self.store
                .update(|state| state.change_tabs(&workbench, change));
        }
    }

    /// Reports how a request ended. Only a 401 signs out (FIELD 9).
    pub fn ended<T>(self, result: Result<T, ApiError>) -> Result<T, ApiError> {
        let error = result.as_ref().err();
        self.store
            .request_ended(error.and_then(ApiError::connection_error));
        if matches!(error, Some(ApiError::Unauthorized(_))) {
            self.session.expired();
        }
        result
    }
}

/// Reads the list, and again when the stream starts; what changes is reported by the stream.
fn follow(store: Store, workbench: &WorkbenchId, seen: RwSignal<BTreeMap<TabId, u64>>) {
    let of = workbench.clone();
    Query::new(api::tabs_path(workbench))
        .topic(Topic::Tabs(workbench.clone()))
        .refresh_on(|updates| matches!(updates.refetch, Refetch::Started { .. }))
        .poll(move |list: TabList, requested| {
            seen.try_update(|seen| {
                for (id, event) in list.seen {
                    let known = seen.entry(id).or_default();
                    *known = event.max(*known);
                }
            });
            store.update(|state| state.put_tabs(&of, list.items, requested));
            Ok((Pace::Steady, None))
        });
}

/// Follows the tab in the address. Other addresses, to which the page is being left, change nothing.
fn use_selected(workspace: &WorkspaceId, workbench: &WorkbenchId) -> Memo<Option<TabId>> {
    let page = Page::Workbench(workspace.clone(), workbench.clone()).path();
    let path = use_location().pathname;
    Memo::new(move |before: Option<&Option<TabId>>| {
        tab_in(&path.read(), &page).unwrap_or_else(|| before.cloned().flatten())
    })
}
