//! The commands of the panel. They continue when the panel is closed or the row moves, so that no
//! command is half done.

use super::item::{Item, JobKind};
use super::popover::PANEL;
use super::texts;
use crate::api::{self, ApiError};
use crate::pages::shared::{Confirmation, Destructive};
use crate::store::{BackendJobs, Store, WorkbenchCommand};
use crate::ui::focus_id;
use leptos::prelude::*;
use leptos::task::spawn_local;
use vestibule_client::activity::{JobGroup, JobKey, JobStage, Request};
use vestibule_model::access::{Permission, Resource};
use vestibule_model::hold::Hold;

/// A command about a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobAction {
    /// Cancels a start or a build.
    Cancel,
    /// Stops a running workbench.
    Stop,
    /// Tries again after a failure.
    Retry,
    /// Acknowledges a failure.
    Dismiss,
}

impl JobAction {
    /// Returns the commands that fit a job.
    pub fn all_of(item: &Item) -> Vec<Self> {
        let of_stage = match (&item.what, item.stage) {
            (JobKind::Request, _) => None,
            (JobKind::Build(_), JobStage::Queued | JobStage::Building) => Some(Self::Cancel),
            // A newer build has succeeded already.
            (JobKind::Build(_), JobStage::Failed | JobStage::Cancelled) if item.newer.is_none() => {
                Some(Self::Retry)
            }
            (JobKind::Run(..), JobStage::Running | JobStage::Held(Hold::Silent)) => {
                Some(Self::Stop)
            }
            (
                JobKind::Run(..),
                JobStage::Starting | JobStage::Pulling | JobStage::Held(_) | JobStage::Waiting,
            ) => Some(Self::Cancel),
            (JobKind::Run(..), stage) if stage.is_failure() => Some(Self::Retry),
            _ => None,
        };
        let dismiss = (item.group == JobGroup::Attention).then_some(Self::Dismiss);
        of_stage.into_iter().chain(dismiss).collect()
    }

    /// Returns the permission that it needs, or `None` if everybody may do it.
    pub fn needs(self, item: &Item) -> Option<(Permission, Resource)> {
        let workspace = item.workspace.clone()?;
        match (&item.what, self) {
            (_, Self::Dismiss) | (JobKind::Request, _) => None,
            (JobKind::Build(_), _) => {
                Some((Permission::WorkbenchCreate, Resource::Workspace(workspace)))
            }
            (JobKind::Run(id, _), _) => {
                let permission = match self {
                    Self::Retry => Permission::WorkbenchStart,
                    _ => Permission::WorkbenchStop,
                };
                Some((permission, Resource::Workbench(workspace, id.clone())))
            }
        }
    }

    /// Returns the label of its button.
    pub fn label(self, item: &Item) -> &'static str {
        match self {
            Self::Retry if matches!(item.what, JobKind::Run(..)) => texts::START_AGAIN,
            Self::Cancel => texts::CANCEL,
            Self::Stop => texts::STOP,
            Self::Retry => texts::TRY_AGAIN,
            Self::Dismiss => texts::DISMISS,
        }
    }
}

/// The commands under way from the panel.
#[derive(Clone, Copy)]
pub struct Actions {
    /// The jobs with a command under way.
    pub busy: RwSignal<Vec<JobKey>>,
    /// The last error.
    pub error: RwSignal<Option<String>>,
    /// The job to stop once that is confirmed.
    asked: RwSignal<Option<Item>>,
    /// `true` if the confirmation is open.
    pub asking: RwSignal<bool>,
    jobs: BackendJobs,
    store: Store,
}

impl Actions {
    /// Returns the actions, without commands yet.
    pub fn new(jobs: BackendJobs) -> Self {
        Self {
            busy: RwSignal::new(Vec::new()),
            error: RwSignal::new(None),
            asked: RwSignal::new(None),
            asking: RwSignal::new(false),
            jobs,
            store: Store::expect(),
        }
    }

    /// Runs a command, after a confirmation where work may be lost.
    pub fn run(self, action: JobAction, item: &Item) {
        match action {
            JobAction::Dismiss => self.dismiss(vec![item.key.clone()]),
            JobAction::Stop => {
                self.asked.set(Some(item.clone()));
                self.asking.set(true);
            }
            JobAction::Cancel | JobAction::Retry => self.act(action, item),
        }
    }

    /// Returns the confirmation before a running workbench is stopped.
    pub fn question(self) -> Confirmation {
        let name = move || self.asked.read().as_ref().map(|item| item.name.clone());
        Confirmation {
            open: self.asking,
            action: RwSignal::new(Destructive::Stop),
            name: Signal::derive(move || name().unwrap_or_default()),
            busy: Signal::stored(false),
            error: Signal::stored(None),
            yes: Callback::new(move |_| {
                self.asking.set(false);
                request_animation_frame(|| {
                    focus_id(PANEL);
                });
                if let Some(item) = self.asked.get_untracked() {
                    self.act(JobAction::Stop, &item);
                }
            }),
        }
    }

    fn act(self, action: JobAction, item: &Item) {
        let (what, store) = (item.what.clone(), self.store);
        self.begin(vec![item.key.clone()], async move {
            match what {
                JobKind::Run(id, _) => {
                    let command = match action {
                        JobAction::Retry => WorkbenchCommand::Start,
                        _ => WorkbenchCommand::Stop,
                    };
                    store.command(command, id).await?;
                }
                JobKind::Build(id) => {
                    let is_retry = action == JobAction::Retry;
                    let pending = store.begin_command(
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
                        api::cancel_build(id).await?
                    };
                    store.put_build(build);
                    drop(pending);
                }
                JobKind::Request => {}
            }
            Ok(())
        });
    }

    /// Acknowledges these failures, but for those that another action concerns.
    pub fn dismiss(self, mut keys: Vec<JobKey>) {
        self.busy
            .with_untracked(|busy| keys.retain(|key| !busy.contains(key)));
        if keys.is_empty() {
            return;
        }
        let names = keys.iter().map(|key| key.as_str().to_owned()).collect();
        self.begin(keys.clone(), async move {
            api::acknowledge(names).await?;
            self.jobs.acknowledge(keys);
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
            let cause = result.as_ref().err().and_then(ApiError::connection_error);
            self.store.request_ended(cause);
            self.busy
                .try_update(|busy| busy.retain(|key| !keys.contains(key)));
            match result {
                Ok(()) => {}
                Err(ApiError::Unauthorized(_)) => self.store.session.expired(),
                Err(error) => drop(self.error.try_set(Some(error.sentence()))),
            }
        });
    }
}
