//! The store: one context that holds everything the console knows of the server.
//!
//! The rules are in [`vestibule_client::store`]; this is the shell with signals, timers and requests.
//! The stream's events are applied directly. Polls are its fallback and resync, and the heartbeat of a
//! start.
//!
//! Entities are plain data, and a view follows a topic (a workbench, a list, a run) by its trigger, with
//! a `Memo` that reads what it shows. One signal for each entity would not do: lists are pages of the
//! server's answers, one event changes several entities, and what no view follows has to be evicted.

mod listeners;

use super::Session;
use super::listener::StoreListener;
use super::page_events::on_page_event;
use crate::api::clock;
use crate::effect::Effect;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::{Rc, Weak};
use vestibule_client::activity::{ActivityInput, JobChange};
use vestibule_client::event::Event;
use vestibule_client::store::{Changes, Entities, Origin, Topic, Updates};
use vestibule_client::stream::StreamFreshness;
use vestibule_model::build::{Build, BuildList};
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::list::List;
use vestibule_model::run::Run;
use vestibule_model::stream::{ServerNotice, Snapshot};
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::Workbench;
use vestibule_model::workspace::Workspace;

/// Number of topics that are kept after their last view is gone, so that going back shows them at
/// once, also offline.
const KEPT: usize = 8;

/// Number of workbenches created here whose absence is still normal.
const CREATED: usize = 16;

/// The store.
#[derive(Clone, Copy)]
pub struct Store {
    /// Freshness of what the stream and the polls report.
    pub freshness: RwSignal<StreamFreshness>,
    /// Faults of the server itself, as the stream reported them last.
    pub notices: RwSignal<Vec<ServerNotice>>,
    /// The session of the user.
    pub session: Session,
    shared: StoredValue<Rc<Shared>, LocalStorage>,
}

#[derive(Default)]
struct Shared {
    state: RefCell<Entities>,
    user: RefCell<Option<UserId>>,
    followed: RefCell<HashMap<Topic, Subscription>>,
    /// Topics without a view, the oldest first.
    kept: RefCell<VecDeque<Topic>>,
    lists: RefCell<Vec<ListListener>>,
    announce: RefCell<Option<Announce>>,
    polls: RefCell<Vec<Weak<dyn StoreListener>>>,
    stream: RefCell<Option<Rc<dyn StoreListener>>>,
    is_live: Cell<bool>,
    is_awaited: Cell<bool>,
    commands: Cell<u64>,
    created: RefCell<VecDeque<WorkbenchId>>,
    /// Time of each topic's last read.
    read_at: RefCell<HashMap<Topic, Timestamp>>,
}

/// Announces changes of the jobs in the activity indicator.
type Announce = Rc<dyn Fn(Vec<JobChange>)>;

/// A topic that views follow.
struct Subscription {
    changed: ArcTrigger,
    views: usize,
}

/// A view of a list of workbenches.
#[derive(Clone)]
struct ListListener {
    id: u64,
    apply: Rc<dyn Fn(&Changes)>,
}

impl Store {
    /// Creates the store and provides it to everything below.
    pub fn provide(session: Session) -> Self {
        let store = Self {
            freshness: RwSignal::new(StreamFreshness::SignedOut),
            notices: RwSignal::default(),
            session,
            shared: StoredValue::new_local(Rc::default()),
        };
        on_page_event(move |event| store.page_changed(event));
        provide_context(store);
        store
    }

    /// Returns the store from the context.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Starts over whenever another user signs in, or the user signs out.
    pub(super) fn follow_user(self) {
        let user = Memo::new(move |_| self.session.user_id());
        Effect::new(move |_| self.start_over_for(user.get()));
    }

    /// Starts over for another user, or for none; the old user's stream closes. Changes nothing if it
    /// was called for the same user last, since the new stream and the effect above come in any order.
    pub(super) fn start_over_for(self, user: Option<UserId>) {
        if self.with(|shared| *shared.user.borrow() == user) != Some(false) {
            return;
        }
        self.with(|shared| {
            shared.user.replace(user.clone());
            shared.stream.take()
        });
        self.set_live(false);
        self.notices.set(Vec::new());
        self.freshness.set(match user {
            Some(_) => StreamFreshness::Polling,
            None => StreamFreshness::SignedOut,
        });
        self.with(|shared| {
            shared.kept.take();
            shared.read_at.take();
            shared.state.borrow_mut().sign_in(user);
        });
        self.notify_all();
    }

    // Reading

    /// Reads the state; what is read is not tracked.
    pub fn read<T>(self, read: impl FnOnce(&Entities) -> T) -> Option<T> {
        self.with(|shared| read(&shared.state.borrow()))
    }

    /// Returns a part of the state that is read again whenever its topic changes, for as long as the
    /// calling component lives.
    pub fn select<T>(
        self,
        topic: Topic,
        read: impl Fn(&Entities) -> T + Send + Sync + 'static,
    ) -> Memo<T>
    where
        T: Clone + Default + PartialEq + Send + Sync + 'static,
    {
        let changed = self.follow(topic);
        Memo::new(move |_| {
            changed.track();
            self.read(&read).unwrap_or_default()
        })
    }

    /// Follows a topic for as long as the calling component lives.
    pub fn follow(self, topic: Topic) -> ArcTrigger {
        let changed = self.with(|shared| {
            shared.kept.borrow_mut().retain(|kept| *kept != topic);
            shared.state.borrow_mut().follow(&topic);
            let mut followed = shared.followed.borrow_mut();
            let entry = followed
                .entry(topic.clone())
                .or_insert_with(|| Subscription {
                    changed: ArcTrigger::new(),
                    views: 0,
                });
            entry.views += 1;
            entry.changed.clone()
        });
        on_cleanup(move || self.release(topic));
        changed.unwrap_or_default()
    }

    /// Releases a topic for a removed view. Without views a topic is kept for a while, then evicted.
    fn release(self, topic: Topic) {
        self.with(|shared| {
            let mut followed = shared.followed.borrow_mut();
            let Some(entry) = followed.get_mut(&topic) else {
                return;
            };
            entry.views -= 1;
            if entry.views > 0 {
                return;
            }
            followed.remove(&topic);
            let mut kept = shared.kept.borrow_mut();
            kept.push_back(topic);
            while kept.len() > KEPT
                && let Some(oldest) = kept.pop_front()
            {
                let is_followed = |topic: &Topic| followed.contains_key(topic);
                shared.state.borrow_mut().evict(&oldest, is_followed);
                shared.read_at.borrow_mut().remove(&oldest);
            }
        });
    }

    /// Calls `apply` with every change of workbenches and lists, for as long as the calling component
    /// lives.
    pub fn on_list_changes(self, apply: impl Fn(&Changes) + 'static) {
        let id = self.next_number();
        let listener = ListListener {
            id,
            apply: Rc::new(apply),
        };
        self.with(|shared| shared.lists.borrow_mut().push(listener));
        on_cleanup(move || {
            self.with(|shared| shared.lists.borrow_mut().retain(|one| one.id != id));
        });
    }

    // Updating

    /// Applies an update to the state and notifies what it changed.
    pub fn update(self, update: impl FnOnce(&mut Entities) -> Updates) {
        let updates = self.with(|shared| update(&mut shared.state.borrow_mut()));
        if let Some(updates) = updates {
            self.publish(&updates);
        }
    }

    /// Applies an event of the stream.
    pub fn apply(self, event: Event) {
        self.update(|state| state.apply(event, clock::now()));
    }

    /// Applies the server's faults. Equal ones notify no view.
    pub fn put_notices(self, notices: Vec<ServerNotice>) {
        if self.notices.try_with_untracked(|shown| *shown != notices) == Some(true) {
            self.notices.set(notices);
        }
    }

    /// Applies the state of another tab.
    pub fn join(self, snapshot: Snapshot) {
        self.update(|state| state.join(snapshot, clock::now()));
    }

    /// Applies the workbench that a poll or a command was answered with.
    pub fn put_workbench(self, workbench: Workbench) {
        self.update(|state| state.put_workbench(workbench, Origin::Answer));
    }

    /// Applies the workbench that a command was answered with: its run is a job from now on. A
    /// workbench that no view shows is not kept.
    pub fn command_answered(self, workbench: Workbench) {
        self.run_seen(&workbench);
        self.update(|state| state.put_workbench(workbench, Origin::Event));
    }

    /// Applies the workbench that this tab has created. Until the server knows it everywhere, a 404 is
    /// normal (FIELD 10).
    pub fn workbench_created(self, workbench: Workbench) {
        self.with(|shared| {
            let mut created = shared.created.borrow_mut();
            if created.len() == CREATED {
                created.pop_front();
            }
            created.push_back(workbench.id.clone());
        });
        self.put_workbench(workbench.clone());
        self.command_answered(workbench);
    }

    /// Returns `true` if this tab created a workbench.
    pub fn has_created(self, id: &WorkbenchId) -> bool {
        self.with(|shared| shared.created.borrow().contains(id))
            .unwrap_or(false)
    }

    /// Applies an input of the activity alone.
    pub fn update_activity(self, input: ActivityInput) {
        self.update(|state| state.update_activity(input, clock::now()));
    }

    /// Applies a build that a poll or a command was answered with.
    pub fn put_build(self, build: Build) {
        self.update(|state| state.put_build(build, clock::now()));
    }

    /// Applies the newest builds of a workspace, or of all; `requested` is the number of the request.
    pub fn put_builds(self, workspace: Option<WorkspaceId>, list: BuildList, requested: u64) {
        self.update(|state| state.put_builds(workspace, list, requested, clock::now()));
    }

    /// Applies the newest runs; `requested` is the number of the request.
    pub fn put_runs(self, list: List<Run>, requested: u64) {
        self.update(|state| state.put_runs(list, requested, clock::now()));
    }

    /// Applies a workspace that a command was answered with.
    pub fn put_workspace(self, workspace: Workspace) {
        self.update(|state| {
            let requested = state.ask();
            state.put_workspace(workspace, requested)
        });
    }

    /// Returns the number for a request that is about to be sent.
    pub fn ask(self) -> u64 {
        self.with(|shared| shared.state.borrow_mut().ask())
            .unwrap_or_default()
    }

    /// Calls `announce` with changes of jobs, until it is replaced.
    pub fn on_announcements(self, announce: Option<Rc<dyn Fn(Vec<JobChange>)>>) {
        self.with(|shared| shared.announce.replace(announce));
    }

    fn publish(self, updates: &Updates) {
        let Some(shared) = self.shared() else {
            return;
        };
        let triggers: Vec<ArcTrigger> = {
            let followed = shared.followed.borrow();
            let topics = updates.topics.iter();
            topics
                .filter_map(|topic| followed.get(topic).map(|one| one.changed.clone()))
                .collect()
        };
        for trigger in triggers {
            trigger.notify();
        }
        if !updates.workbenches.is_empty() || updates.topics.iter().any(is_list) {
            let lists = shared.lists.borrow().clone();
            for list in lists {
                (list.apply)(&updates.workbenches);
            }
        }
        let changes = shared.state.borrow_mut().take_announcements();
        let announce = shared.announce.borrow().clone();
        if let Some(announce) = announce.filter(|_| !changes.is_empty()) {
            announce(changes);
        }
        self.each_poll(|poll| poll.updated(updates));
    }

    fn notify_all(self) {
        let Some(shared) = self.shared() else {
            return;
        };
        let followed = shared.followed.borrow();
        let triggers: Vec<_> = followed.values().map(|one| one.changed.clone()).collect();
        drop(followed);
        for trigger in triggers {
            trigger.notify();
        }
    }

    /// Returns when a topic was last read.
    pub(super) fn read_at(self, topic: &Topic) -> Option<Timestamp> {
        self.with(|shared| shared.read_at.borrow().get(topic).copied())
            .flatten()
    }

    /// Records that a topic was read just now.
    pub(super) fn mark_read(self, topic: Option<&Topic>) {
        if let Some(topic) = topic {
            self.with(|shared| {
                let mut read_at = shared.read_at.borrow_mut();
                read_at.insert(topic.clone(), clock::now());
            });
        }
    }

    pub(super) fn next_number(self) -> u64 {
        self.with(|shared| {
            shared.commands.set(shared.commands.get() + 1);
            shared.commands.get()
        })
        .unwrap_or_default()
    }

    /// Returns the shared state; `None` while the page is being unloaded.
    fn shared(self) -> Option<Rc<Shared>> {
        self.shared.try_get_value()
    }

    fn with<T>(self, read: impl FnOnce(&Shared) -> T) -> Option<T> {
        self.shared().map(|shared| read(&shared))
    }
}

fn is_list(topic: &Topic) -> bool {
    matches!(topic, Topic::Workbenches(_))
}
