//! What one may wish of a workbench: start, stop, more time, deletion, and a restart made of two.

use crate::api::{self, Answer, ApiError};
use crate::hooks::{Task, register_run_of, use_task};
use leptos::prelude::*;
use vestibule_model::activity::Request;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::workbench::Workbench;

/// A wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To run.
    Start,
    /// Not to run.
    Stop,
    /// To be given more time to start.
    Extend,
    /// To go, with its folder.
    Delete,
}

/// The wishes about one workbench, one at a time.
#[derive(Clone, Copy)]
pub struct Wishes {
    /// Whether one is under way, and how the last one went wrong.
    pub task: Task,
    id: StoredValue<WorkbenchId>,
    heard: Callback<Option<Workbench>>,
}

/// Wishes of the calling component; `heard` gets what the server answered.
pub fn use_wishes(
    id: WorkbenchId,
    heard: impl Fn(Option<Workbench>) + Send + Sync + 'static,
) -> Wishes {
    Wishes {
        task: use_task(),
        id: StoredValue::new(id),
        heard: Callback::new(heard),
    }
}

impl Wishes {
    /// A callback that wishes.
    pub fn make(self, wish: Wish) -> Callback<()> {
        Callback::new(move |()| self.run(wish, || {}))
    }

    /// Wishes; `done` runs once the server has taken it.
    pub fn run(self, wish: Wish, done: impl FnOnce() + 'static) {
        let Some(id) = self.id.try_get_value() else {
            return;
        };
        let task = self.task.named(wish.request());
        task.run_about(Some(id.clone()), send(wish, id), move |answer| {
            let workbench = api::read(&answer).ok();
            workbench.as_ref().map(register_run_of);
            self.heard.run(workbench);
            done();
        });
    }
}

impl Wish {
    /// What the indicator is to call it.
    fn request(self) -> Request {
        match self {
            Self::Start => Request::Start,
            Self::Stop => Request::Stop,
            Self::Extend => Request::Extend,
            Self::Delete => Request::Delete,
        }
    }
}

async fn send(wish: Wish, id: WorkbenchId) -> Result<Answer, ApiError> {
    match wish {
        Wish::Start => api::wish(id, "start").await,
        Wish::Stop => api::wish(id, "stop").await,
        Wish::Extend => api::wish(id, "extend").await,
        Wish::Delete => api::delete_workbench(id).await,
    }
}
