//! `use_backend_jobs`: everything that goes on, for as long as somebody is signed in. It hears the
//! page's one event stream and asks about builds; where the stream is not live, it asks about runs
//! as well. Equal data notifies nothing.

use super::poll::{Judge, Matter, Poll};
use super::{Session, Who, async_action, feed, use_freshness};
use crate::api::{self, Answer, ApiError, clock};
use crate::ui::effect;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use vestibule_model::activity::{Activity, Change, Headline, Input, Scope, Trust};
use vestibule_model::feed::{Event, News};
use vestibule_model::poll::{Freshness, Pace, Policy};
use vestibule_model::time::{Millis, Timestamp};

/// Between two questions about builds while something is under way, or the stream is down.
const EVERY: Millis = Millis::from_secs(5);

/// Once the stream is lost, the question about builds finds out within this whether the server is
/// there: sooner than the patience with the stream ends.
const TAKEOVER: Millis = Millis::from_secs(1);

/// How much less often builds are asked about when nothing is under way and the stream is live.
const IDLE_BUILDS: i64 = 12;

/// The same for what the stream tells anyway.
const IDLE_REST: i64 = 60;

/// The jobs, as the whole page shares them.
#[derive(Clone, Copy)]
pub struct BackendJobs {
    /// What the header says, if what is known is true.
    pub headline: RwSignal<Option<Headline>>,
    /// How far what is known can be believed.
    pub trust: Memo<Trust>,
    /// Whose jobs are to be seen.
    pub scope: RwSignal<Scope>,
    /// Whether something of the person's own is under way.
    pub is_awaited: RwSignal<bool>,
    shared: StoredValue<Rc<Shared>, LocalStorage>,
}

struct Shared {
    activity: RefCell<Activity>,
    polls: RefCell<Vec<Poll>>,
    timer: RefCell<Option<Timeout>>,
    /// Whoever shows all jobs looks again when something was heard.
    watcher: RefCell<Option<Rc<dyn Fn()>>>,
    changed: Box<dyn Fn(Vec<Change>)>,
}

/// Follows everything that goes on for as long as the calling component lives; `changed` hears
/// which jobs have gone from one stage to another.
pub fn use_backend_jobs(
    scope: RwSignal<Scope>,
    changed: impl Fn(Vec<Change>) + 'static,
) -> BackendJobs {
    let [builds, runs, acknowledged] = [(); 3].map(|()| ArcRwSignal::new(Freshness::Loading));
    let feed = use_freshness();
    let trust = Memo::new({
        let (builds, runs) = (builds.clone(), runs.clone());
        move |_| Trust::of(feed.get(), builds.get(), runs.get(), clock::now())
    });
    let jobs = BackendJobs {
        headline: RwSignal::new(None),
        trust,
        scope,
        is_awaited: RwSignal::new(false),
        shared: StoredValue::new_local(Rc::new(Shared {
            activity: RefCell::default(),
            polls: RefCell::default(),
            timer: RefCell::default(),
            watcher: RefCell::default(),
            changed: Box::new(changed),
        })),
    };
    let user = match &*Session::get().who.read_untracked() {
        Who::Somebody(me) => Some(me.user.id.clone()),
        Who::Asking | Who::Nobody => None,
    };
    if let Some(user) = user.clone() {
        jobs.take(Input::SignedIn(user));
    }
    async_action::observe(Some(Rc::new(move |registry| {
        jobs.take(Input::Own(registry));
    })));
    feed::listen(Some(Rc::new(move |what| {
        jobs.take(match what {
            feed::Overheard::Event(event) => Input::Told(event.clone()),
            feed::Overheard::Anew => Input::Anew,
        });
    })));
    if let Some(standing) = user.as_ref().and_then(feed::standing) {
        jobs.take(Input::Told(Event::Snapshot(standing)));
    }
    let polls = vec![
        jobs.ask_about_builds(builds),
        jobs.ask_about_runs(runs),
        jobs.ask_what_is_acknowledged(acknowledged),
    ];
    jobs.with(|shared| shared.polls.replace(polls));
    effect(move || {
        scope.track();
        jobs.look();
    });
    on_cleanup(|| {
        feed::listen(None);
        async_action::observe(None);
        async_action::forget_all();
    });
    jobs
}

impl BackendJobs {
    /// Reads what is known.
    pub fn read<T>(self, read: impl FnOnce(&Activity) -> T) -> Option<T> {
        self.with(|shared| read(&shared.activity.borrow()))
    }

    /// Takes in what is heard.
    pub fn take(self, input: Input) {
        let taken = self.with(|shared| {
            let mut activity = shared.activity.borrow_mut();
            let before = activity.pace_of_builds();
            activity.take(input, clock::now());
            let is_due = before != Pace::Busy && activity.pace_of_builds() == Pace::Busy;
            (activity.changes(), is_due)
        });
        let Some((changes, is_due)) = taken else {
            return;
        };
        self.look();
        if is_due {
            // Where an answer about builds has just said so, that one is the news.
            self.with(|shared| shared.polls.borrow().first().map(Poll::news));
        }
        if !changes.is_empty() {
            self.with(|shared| (shared.changed)(changes));
        }
    }

    /// Tells whenever something was heard that may be seen, until another is told, or none.
    pub fn watch(self, watcher: Option<Rc<dyn Fn()>>) {
        self.with(|shared| shared.watcher.replace(watcher));
    }

    /// A person wants it tried again now.
    pub fn retry(self) {
        self.with(|shared| shared.polls.borrow().iter().for_each(Poll::retry));
    }

    /// There is news about builds: one was just asked for.
    pub fn poke(self) {
        self.with(|shared| shared.polls.borrow().iter().for_each(Poll::poke));
    }

    fn with<T>(self, read: impl FnOnce(&Rc<Shared>) -> T) -> Option<T> {
        self.shared.try_with_value(read)
    }

    /// Shows what is known now, where that is other than what is shown.
    fn look(self) {
        let now = clock::now();
        let Some(scope) = self.scope.try_get_untracked() else {
            return;
        };
        let changes_at = self.read(|activity| {
            show(activity, scope, now, self.headline, self.is_awaited);
            activity.changes_at(now)
        });
        let Some(changes_at) = changes_at else {
            return;
        };
        self.wake_at(changes_at, now);
        let watcher = self.with(|shared| shared.watcher.borrow().clone());
        if let Some(Some(watcher)) = watcher {
            watcher();
        }
    }

    fn wake_at(self, at: Option<Timestamp>, now: Timestamp) {
        let timer = at.map(|at| super::poll::timer(at.since(now), move || self.look()));
        self.with(|shared| shared.timer.replace(timer));
    }

    fn ask_about_builds(self, freshness: ArcRwSignal<Freshness>) -> Poll {
        let asked = Rc::new(Cell::new(0));
        let read = {
            let asked = asked.clone();
            move |answer: &Answer| {
                let list = api::read(answer)?;
                let asked = asked.get();
                self.take(Input::Builds { asked, list });
                Ok(Pace::Steady)
            }
        };
        let measure = {
            let asked = asked.clone();
            move || {
                let asked = asked.get();
                self.take(Input::SameBuilds { asked });
                self.read(Activity::pace_of_builds).unwrap_or(Pace::Steady)
            }
        };
        self.poll(api::ALL_BUILDS, IDLE_BUILDS, asked, freshness, read)
            .measured_by(Box::new(measure))
            .poked_by(by_builds(|| true))
    }

    fn ask_about_runs(self, freshness: ArcRwSignal<Freshness>) -> Poll {
        let asked = Rc::new(Cell::new(0));
        let read = {
            let asked = asked.clone();
            move |answer: &Answer| {
                let list = api::read(answer)?;
                let asked = asked.get();
                self.take(Input::Runs { asked, list });
                Ok(Pace::Steady)
            }
        };
        self.poll(api::RUNS, IDLE_REST, asked, freshness, read)
            .poked_by(Box::new(|news| due(matches!(news, News::Everything))))
    }

    fn ask_what_is_acknowledged(self, freshness: ArcRwSignal<Freshness>) -> Poll {
        let read = move |answer: &Answer| {
            let list: api::Acknowledgements = api::read(answer)?;
            self.take(Input::Acknowledgements(list.items));
            Ok(Pace::Steady)
        };
        self.poll(
            api::ACKNOWLEDGEMENTS,
            IDLE_REST,
            Rc::default(),
            freshness,
            read,
        )
        .poked_by(Box::new(|news| due(matches!(news, News::Everything))))
    }

    fn poll(
        self,
        path: &'static str,
        safety: i64,
        asked: Rc<Cell<u64>>,
        freshness: ArcRwSignal<Freshness>,
        read: impl Fn(&Answer) -> Result<Pace, ApiError> + 'static,
    ) -> Poll {
        let policy = Policy {
            interval: EVERY,
            watch_interval: EVERY,
            news_gap: Millis::from_secs(2),
            safety,
            takeover: TAKEOVER,
            ..Session::get().policy()
        };
        let shared = self.with(Rc::downgrade).unwrap_or_default();
        let address = Box::new(move || {
            if let Some(shared) = Weak::upgrade(&shared) {
                asked.set(shared.activity.borrow_mut().ask());
            }
            path.to_owned()
        });
        let consume = Box::new(move |answer: &Answer| read(answer).map(|pace| (pace, None)));
        Poll::with_policy(policy, address, freshness, consume)
    }
}

/// Shows what is known, where that is other than what is shown.
fn show(
    activity: &Activity,
    scope: Scope,
    now: Timestamp,
    headline: RwSignal<Option<Headline>>,
    is_awaited: RwSignal<bool>,
) {
    let awaited = activity.has_own_work(now);
    if is_awaited.try_get_untracked() == Some(!awaited) {
        is_awaited.try_set(awaited);
    }
    let said = activity.headline(scope, now);
    if headline.try_with_untracked(|shown| *shown != said) == Some(true) {
        headline.try_set(said);
    }
}

/// Asks again when there is news of builds, as long as that matters.
pub fn by_builds(matters: impl Fn() -> bool + 'static) -> Judge {
    Box::new(move |news| due(matches!(news, News::Builds | News::Everything) && matters()))
}

fn due(is_due: bool) -> Matter {
    if is_due { Matter::Due } else { Matter::Nothing }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "backend_jobs_tests.rs"]
mod tests;
