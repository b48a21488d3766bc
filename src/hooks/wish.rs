//! One thing a person asked for and waits for: busy while it is under way, with its error kept.

use super::Session;
use super::async_action::UnderWay;
use crate::api::ApiError;
use leptos::prelude::*;
use leptos::reactive::owner::WeakOwner;
use leptos::task::spawn_local_scoped_with_cancellation;
use std::future::Future;
use std::pin::Pin;
use vestibule_model::activity::Request;
use vestibule_model::ids::WorkbenchId;

/// What is left to do after a success.
type Done = Box<dyn FnOnce()>;

/// What is under way.
type Work = Pin<Box<dyn Future<Output = Result<Done, ApiError>>>>;

/// Something that is done on request, once at a time.
#[derive(Clone, Copy)]
pub struct Task {
    /// Whether it is under way.
    pub busy: RwSignal<bool>,
    /// How it went wrong the last time, until it is tried again.
    pub error: RwSignal<Option<ApiError>>,
    /// What the indicator is to call it; what is merely read has no name there.
    pub request: Option<Request>,
    session: Session,
    /// Not held: what belongs to it must not keep it alive.
    owner: StoredValue<Option<WeakOwner>>,
}

/// A task of the calling component; it is abandoned with it.
pub fn use_task() -> Task {
    Task {
        busy: RwSignal::new(false),
        error: RwSignal::new(None),
        request: None,
        session: Session::get(),
        owner: StoredValue::new(Owner::current().map(|owner| owner.downgrade())),
    }
}

impl Task {
    /// Does it, unless it is under way. A 401 leads to the sign-in page; every other error is kept
    /// for the screen.
    pub fn run<T: 'static>(
        self,
        work: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        self.run_about(None, work, done);
    }

    /// The same about a workbench, so that the indicator counts it together with its run.
    pub fn run_about<T: 'static>(
        self,
        workbench: Option<WorkbenchId>,
        work: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        let work = Box::pin(async move {
            let value = work.await?;
            Ok(Box::new(move || done(value)) as Done)
        });
        self.begin(workbench, work);
    }

    /// The same task under another name.
    pub fn named(self, request: Request) -> Self {
        Self {
            request: Some(request),
            ..self
        }
    }

    /// The rest is the same for all of them, and is downloaded once.
    fn begin(self, workbench: Option<WorkbenchId>, work: Work) {
        if self.busy.try_get_untracked() != Some(false) {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        let under_way = self
            .request
            .map(|request| UnderWay::begin(request, workbench));
        let finish = async move {
            let result = work.await;
            if self.busy.try_set(false).is_some() {
                // The page has gone; there is nobody to tell.
                return;
            }
            match result {
                Ok(done) => done(),
                Err(error) => {
                    let is_over = matches!(error, ApiError::Unauthorized(_));
                    self.error.try_set(Some(error));
                    if is_over {
                        self.session.expired();
                    }
                }
            }
            // Not before what the answer told is known: it is one thing all the while.
            drop(under_way);
        };
        let owner = self.owner.try_get_value().flatten();
        match owner.and_then(|owner| owner.upgrade()) {
            Some(owner) => owner.with(|| spawn_local_scoped_with_cancellation(finish)),
            None => leptos::task::spawn_local(finish),
        }
    }
}
