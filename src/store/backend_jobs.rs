//! `use_backend_jobs`: runs, builds and pending commands, for as long as a user is signed in. Builds are
//! polled for the indicator; runs and acknowledgements mostly when the stream is not live.

use super::page_events::timer;
use super::{AppCatalogue, Poll, Query, Store};
use crate::api::{self, clock};
use crate::effect::Effect;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::rc::Rc;
use vestibule_client::activity::{
    Activity, ActivityInput, Headline, JobChange, JobKey, JobScope, Trust,
};
use vestibule_client::poll::Pace;
use vestibule_client::store::Topic;
use vestibule_model::build::BuildList;
use vestibule_model::list::List;
use vestibule_model::run::Run;
use vestibule_model::time::Timestamp;

/// Factor by which builds are polled less often while none is in progress and the stream is live.
const IDLE_BUILDS: i64 = 12;

/// The same factor for what the stream reports completely.
const IDLE_REST: i64 = 60;

/// The jobs, as the page's indicator shows them.
#[derive(Clone, Copy)]
pub struct BackendJobs {
    /// The most important job, if what is known is fresh.
    pub headline: Memo<Option<Headline>>,
    /// Freshness of the jobs.
    pub trust: Memo<Trust>,
    /// Owners of the jobs that are shown.
    pub scope: RwSignal<JobScope>,
    /// `true` if a job of the user is in progress.
    pub is_awaited: Memo<bool>,
    store: Store,
    changed: StoredValue<ArcTrigger>,
    polls: [Poll; 3],
}

/// Follows all jobs for as long as the calling component lives; `changed` receives jobs whose stage
/// changed.
pub fn use_backend_jobs(
    scope: RwSignal<JobScope>,
    changed: impl Fn(Vec<JobChange>) + 'static,
) -> BackendJobs {
    let store = Store::expect();
    store.on_announcements(Some(Rc::new(changed)));
    on_cleanup(move || store.on_announcements(None));
    let builds = poll_builds(store);
    let runs = query(api::RUNS, IDLE_REST).poll(move |list: List<Run>, requested| {
        store.put_runs(list, requested);
        Ok((Pace::Steady, None))
    });
    let acknowledged =
        query(api::ACKNOWLEDGEMENTS, IDLE_REST).poll(move |list: api::Acknowledgements, _| {
            store.update_activity(ActivityInput::Acknowledgements(list.items));
            Ok((Pace::Steady, None))
        });
    let activity = store.follow(Topic::Activity);
    wake_on_expiry(store, activity.clone());
    let of_headline = activity.clone();
    let of_awaited = activity.clone();
    BackendJobs {
        headline: Memo::new(move |_| {
            of_headline.track();
            let scope = scope.get();
            store
                .read(|state| state.activity().headline(scope, clock::now()))
                .flatten()
        }),
        trust: Memo::new(move |_| {
            let (builds, runs) = (builds.freshness.get(), runs.freshness.get());
            Trust::of(store.freshness.get(), builds, runs, clock::now())
        }),
        scope,
        is_awaited: Memo::new(move |_| {
            of_awaited.track();
            let has_own = store.read(|state| state.activity().has_own_work(clock::now()));
            has_own.unwrap_or(false)
        }),
        store,
        changed: StoredValue::new(activity),
        polls: [builds, runs, acknowledged],
    }
}

impl BackendJobs {
    /// Reads the jobs; what is read is not tracked.
    pub fn read<T>(self, read: impl FnOnce(&Activity) -> T) -> Option<T> {
        self.store.read(|state| read(state.activity()))
    }

    /// Tracks every change of the jobs.
    pub fn track(self) {
        self.changed.with_value(ArcTrigger::track);
    }

    /// Acknowledges jobs.
    pub fn acknowledge(self, keys: Vec<JobKey>) {
        self.store.update_activity(ActivityInput::Acknowledge(keys));
    }

    /// Requests everything now, on the user's request, even during a pause.
    pub fn retry(self) {
        self.polls.into_iter().for_each(Poll::retry);
    }
}

fn query(path: &'static str, idle_factor: i64) -> Query {
    Query::new(path).policy(|policy| *policy = policy.of_jobs(idle_factor))
}

fn poll_builds(store: Store) -> Poll {
    let catalogue = AppCatalogue::expect();
    let pace = move || {
        // Where no app is built, there is nothing to wait for.
        let may_come = catalogue.has_builds_untracked() != Some(false);
        let pace = store.read(|state| state.activity().pace_of_builds(may_come));
        pace.unwrap_or(Pace::Steady)
    };
    query(api::ALL_BUILDS, IDLE_BUILDS)
        .paced_by(pace)
        .reported_by(move |updates| {
            let is_reported = updates.topics.contains(&Topic::Builds);
            is_reported.then(|| (pace(), None))
        })
        .poll(move |list: BuildList, requested| {
            store.put_builds(None, list, requested);
            Ok((Pace::Steady, None))
        })
}

/// Notifies the topic when a job expires by itself.
fn wake_on_expiry(store: Store, activity: ArcTrigger) {
    let wake = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    Effect::new(move |_| {
        activity.track();
        let now = clock::now();
        let at: Option<Timestamp> = store
            .read(|state| state.activity().changes_at(now))
            .flatten();
        let activity = activity.clone();
        wake.set_value(at.map(|at| timer(at.since(now), move || activity.notify())));
    });
}
