//! Requests that a user makes and waits for.
//!
//! Leptos' `Action` runs a second time while the first is in progress, and an answer that comes after the
//! view is gone is lost. A [`Task`] runs once at a time and to its end: a command that was sent takes
//! effect, and its answer reaches the store, also if the user has left the page.

use super::{PendingCommand, Session, Store};
use crate::api::ApiError;
use leptos::prelude::*;
use leptos::reactive::owner::WeakOwner;
use leptos::task::spawn_local;
use std::future::Future;
use std::pin::Pin;
use vestibule_client::activity::Request;
use vestibule_model::ids::WorkbenchId;

type Done = Box<dyn FnOnce()>;
type Requested<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;
type Work = Requested<Done>;

/// Request of a component, in progress at most once at a time.
#[derive(Clone, Copy)]
pub struct Task {
    /// `true` if the command is in progress.
    pub busy: RwSignal<bool>,
    /// The error of the last run, until the next one.
    pub error: RwSignal<Option<ApiError>>,
    /// The name of the command in the activity indicator; `None` for reading.
    pub request: Option<Request>,
    store: Store,
    session: Session,
    /// Weak: the owner owns what belongs to this task.
    owner: StoredValue<Option<WeakOwner>>,
}

/// Returns a task of the calling component. Once the component is gone, only what would follow the
/// answer on its page is left out.
pub fn use_task() -> Task {
    let store = Store::expect();
    Task {
        busy: RwSignal::new(false),
        error: RwSignal::new(None),
        request: None,
        store,
        session: store.session,
        owner: StoredValue::new(Owner::current().map(|owner| owner.downgrade())),
    }
}

/// Returns a task that the activity indicator shows while it is in progress.
pub fn use_tracked_task(request: Request) -> Task {
    use_task().named(request)
}

impl Task {
    /// Runs the command, unless it is in progress. A 401 leads to the sign-in page; every other error
    /// is kept for the screen.
    pub fn run<T: 'static>(
        self,
        work: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        self.run_about(None, work, done);
    }

    /// Runs a command about a workbench, which the indicator counts together with its run.
    pub fn run_about<T: 'static>(
        self,
        workbench: Option<WorkbenchId>,
        work: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        self.begin(workbench, then(Box::pin(work), Box::new(done)));
    }

    /// Returns the same task under another name.
    pub fn named(self, request: Request) -> Self {
        Self {
            request: Some(request),
            ..self
        }
    }

    /// Begins a command. Not generic: the code is the same for all commands.
    fn begin(self, workbench: Option<WorkbenchId>, work: Work) {
        if self.busy.try_get_untracked() != Some(false) {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        let pending: Option<PendingCommand> = self
            .request
            .map(|request| self.store.begin_command(request, workbench));
        let owner = self.owner.try_get_value().flatten();
        spawn_local(async move {
            let result = work.await;
            let cause = result.as_ref().err().and_then(ApiError::connection_error);
            self.store.request_ended(cause);
            if let Err(ApiError::Unauthorized(_)) = &result {
                self.session.expired();
            }
            if self.busy.is_disposed() {
                // The component is gone.
                return;
            }
            self.busy.set(false);
            match result {
                Ok(done) => match owner.and_then(|owner| owner.upgrade()) {
                    Some(owner) => owner.with(done),
                    None => done(),
                },
                Err(error) => drop(self.error.try_set(Some(error))),
            }
            // Only now: the answer has to be applied before the command is settled.
            drop(pending);
        });
    }
}

/// Calls `done` with the answer. Compiled once per type of answer, not per command.
fn then<T: 'static>(request: Requested<T>, done: Box<dyn FnOnce(T)>) -> Work {
    Box::pin(async move {
        let value = request.await?;
        Ok(Box::new(move || done(value)) as Done)
    })
}
