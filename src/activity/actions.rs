//! What can be done about a job from the panel. It goes on when the panel is closed or the row has
//! moved: half of what was asked for would be a surprise.

use super::indicator::PANEL;
use super::item::{Item, What};
use crate::api::{self, ApiError};
use crate::hooks::async_action::UnderWay;
use crate::hooks::{BackendJobs, Session, register_run_of};
use crate::ui::focus_id;
use crate::workbench::{Asking, Loss};
use leptos::prelude::*;
use leptos::task::spawn_local;
use vestibule_model::activity::{Group, Input, JobKey, Request, Stage};
use vestibule_model::feed::Event;
use vestibule_model::hold::Hold;
use vestibule_model::stream::BuildUpdate;
use vestibule_model::workbench::Workbench;

/// Something to do about a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// To give up what has begun.
    Cancel,
    /// To stop what runs.
    Stop,
    /// To try again what went wrong.
    Retry,
    /// To have taken note of it.
    Dismiss,
}

impl Action {
    /// What there is to be done about a job.
    pub fn all_of(item: &Item) -> Vec<Self> {
        let of_stage = match (&item.what, item.stage) {
            (What::Request, _) => None,
            (What::Build(_), Stage::Queued | Stage::Building) => Some(Self::Cancel),
            // What was built since needs no other try.
            (What::Build(_), Stage::Failed | Stage::Cancelled) if item.newer.is_none() => {
                Some(Self::Retry)
            }
            (What::Run(..), Stage::Running | Stage::Held(Hold::Silent)) => Some(Self::Stop),
            (What::Run(..), Stage::Starting | Stage::Held(_) | Stage::Waiting) => {
                Some(Self::Cancel)
            }
            (What::Run(..), stage) if stage.is_failure() => Some(Self::Retry),
            _ => None,
        };
        let dismiss = (item.group == Group::Attention).then_some(Self::Dismiss);
        of_stage.into_iter().chain(dismiss).collect()
    }

    /// What its button says.
    pub fn label(self) -> &'static str {
        match self {
            Self::Cancel => "Cancel",
            Self::Stop => "Stop",
            Self::Retry => "Retry",
            Self::Dismiss => "Dismiss",
        }
    }
}

/// What is done from the panel.
#[derive(Clone, Copy)]
pub struct Actions {
    /// The jobs that something is being done about.
    pub busy: RwSignal<Vec<JobKey>>,
    /// What went wrong the last time.
    pub error: RwSignal<Option<String>>,
    /// What is to be stopped if the answer is yes.
    asked: RwSignal<Option<Item>>,
    /// Whether that is asked.
    pub asking: RwSignal<bool>,
    jobs: BackendJobs,
    session: Session,
}

impl Actions {
    /// Nothing is being done.
    pub fn new(jobs: BackendJobs) -> Self {
        Self {
            busy: RwSignal::new(Vec::new()),
            error: RwSignal::new(None),
            asked: RwSignal::new(None),
            asking: RwSignal::new(false),
            jobs,
            session: Session::get(),
        }
    }

    /// Does it, after a question if something is lost by it.
    pub fn run(self, action: Action, item: &Item) {
        match action {
            Action::Dismiss => self.dismiss(vec![item.key.clone()]),
            Action::Stop => {
                self.asked.set(Some(item.clone()));
                self.asking.set(true);
            }
            Action::Cancel | Action::Retry => self.act(action, item),
        }
    }

    /// The question before something is stopped that runs.
    pub fn question(self) -> Asking {
        let name = move || self.asked.read().as_ref().map(|item| item.name.clone());
        Asking {
            open: self.asking,
            loss: RwSignal::new(Loss::Stop),
            name: Signal::derive(move || name().unwrap_or_default()),
            busy: Signal::stored(false),
            error: Signal::stored(None),
            yes: Callback::new(move |_| {
                self.asking.set(false);
                request_animation_frame(|| {
                    focus_id(PANEL);
                });
                if let Some(item) = self.asked.get_untracked() {
                    self.act(Action::Stop, &item);
                }
            }),
        }
    }

    fn act(self, action: Action, item: &Item) {
        let what = item.what.clone();
        self.begin(vec![item.key.clone()], async move {
            match what {
                What::Run(id, _) => {
                    let (request, verb) = match action {
                        Action::Retry => (Request::Start, "start"),
                        _ => (Request::Stop, "stop"),
                    };
                    let under_way = UnderWay::begin(request, Some(id.clone()));
                    let answer = api::wish(id, verb).await?;
                    if let Ok(workbench) = api::read::<Workbench>(&answer) {
                        register_run_of(&workbench);
                    }
                    drop(under_way);
                }
                What::Build(id) => {
                    let is_retry = action == Action::Retry;
                    let under_way = UnderWay::begin(
                        if is_retry {
                            Request::Build
                        } else {
                            Request::CancelBuild
                        },
                        None,
                    );
                    let build = if is_retry {
                        api::retry_build(id).await?
                    } else {
                        api::read(&api::cancel_build(id).await?)?
                    };
                    // It counts as what the stream would tell.
                    let update = BuildUpdate { seq: 0, build };
                    self.jobs
                        .take(Input::Told(Event::BuildUpdate(Box::new(update))));
                    self.jobs.poke();
                    drop(under_way);
                }
                What::Request => {}
            }
            Ok(())
        });
    }

    /// The person has taken note of these.
    pub fn dismiss(self, keys: Vec<JobKey>) {
        let names = keys.iter().map(|key| key.as_str().to_owned()).collect();
        self.begin(keys.clone(), async move {
            api::acknowledge(names).await?;
            self.jobs.take(Input::Acknowledge(keys));
            Ok(())
        });
    }

    fn begin(self, keys: Vec<JobKey>, work: impl Future<Output = Result<(), ApiError>> + 'static) {
        let is_busy = |busy: &Vec<JobKey>| keys.iter().any(|key| busy.contains(key));
        if self.busy.with_untracked(is_busy) {
            return;
        }
        self.error.set(None);
        self.busy.update(|busy| busy.extend(keys.iter().cloned()));
        spawn_local(async move {
            let result = work.await;
            self.busy
                .try_update(|busy| busy.retain(|key| !keys.contains(key)));
            match result {
                Ok(()) => {}
                Err(ApiError::Unauthorized(_)) => self.session.expired(),
                Err(error) => drop(self.error.try_set(Some(error.sentence()))),
            }
        });
    }
}
