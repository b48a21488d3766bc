//! Commands to a workbench: start, stop, extend, delete, and a restart made of two.

use super::focus;
use super::texts;
use crate::api::{self, Answer, ApiError};
use crate::pages::shared::{Destructive, Stage, StatusSummary, may_hold_work};
use crate::store::{PendingCommand, Store, Task, WorkbenchWatch, use_task};
use crate::ui::MarkKind;
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::ids::WorkbenchId;

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Starts a run.
    Start,
    /// Stops the run.
    Stop,
    /// Gives the start more time.
    Extend,
    /// Deletes the workbench with its folder.
    Delete,
}

/// Commands to one workbench, one at a time.
#[derive(Clone, Copy)]
pub struct Commands {
    /// The command in progress, and the error of the last one.
    pub task: Task,
    /// Number of the run that a restart ends, from the request until the next run is usable.
    pub restarting: RwSignal<Option<u64>>,
    /// Whether the confirmation is open.
    pub confirming: RwSignal<bool>,
    /// The action that the confirmation asks about.
    pub confirmed: RwSignal<Destructive>,
    /// The restart as the header's indicator counts it.
    restart_job: StoredValue<Option<PendingCommand>, LocalStorage>,
    id: StoredValue<WorkbenchId>,
    watch: WorkbenchWatch,
    store: Store,
}

/// Returns the commands of the calling page.
pub fn use_commands(id: WorkbenchId, watch: WorkbenchWatch) -> Commands {
    let commands = Commands {
        task: use_task(),
        restarting: RwSignal::new(None),
        confirming: RwSignal::new(false),
        confirmed: RwSignal::new(Destructive::Stop),
        restart_job: StoredValue::new_local(None),
        id: StoredValue::new(id),
        watch,
        store: Store::expect(),
    };
    commands.finish_restart();
    commands
}

impl Commands {
    /// Sends a command; `done` runs once the server has accepted it.
    pub fn send(self, command: Command, done: impl FnOnce() + 'static) {
        let Some(id) = self.id.try_get_value() else {
            return;
        };
        let task = self.task.named(command.request());
        task.run_about(Some(id.clone()), send(command, id), move |answer| {
            match api::read(&answer) {
                Ok(workbench) => self.store.command_answered(workbench),
                Err(_) => self.watch.refresh(),
            }
            done();
        });
    }

    /// Starts a run.
    pub fn start(self) {
        self.send(Command::Start, || {});
    }

    /// Gives the start more time.
    pub fn extend(self) {
        self.send(Command::Extend, || {});
    }

    /// Stops the run or cancels the start, after a confirmation if work could be lost.
    pub fn stop(self) {
        // During a restart the run is stopping already: only the next start is given up.
        let is_stopping = untrack(|| self.stage()) == Some(Stage::Stopping);
        self.restarting.set(None);
        if !is_stopping {
            self.confirm_if_needed(Destructive::Stop);
        }
    }

    /// Stops the run and starts another, after a confirmation if work could be lost. Starts at
    /// once if the run has ended.
    pub fn restart(self) {
        if untrack(|| self.stage()).is_some_and(Stage::is_ended) {
            self.start();
        } else {
            self.confirm_if_needed(Destructive::Restart);
        }
    }

    /// Opens the confirmation.
    pub fn confirm(self, action: Destructive) {
        self.task.error.set(None);
        self.confirmed.set(action);
        self.confirming.set(true);
    }

    fn confirm_if_needed(self, action: Destructive) {
        let workbench = self.watch.workbench.read_untracked();
        if workbench.as_ref().is_some_and(may_hold_work) {
            self.confirm(action);
        } else {
            self.perform(action, || {});
        }
    }

    /// Performs a confirmed action; `done` runs once the server has accepted it.
    pub fn perform(self, action: Destructive, done: impl FnOnce() + 'static) {
        let command = match action {
            Destructive::Stop | Destructive::Restart => Command::Stop,
            Destructive::Delete => Command::Delete,
        };
        if action == Destructive::Restart {
            self.begin_restart();
        }
        self.send(command, done);
    }

    /// Focuses the room's heading once the confirmation's opener is gone.
    pub fn confirmation_done(self) {
        self.confirming.try_set(false);
        focus::keep();
    }

    fn begin_restart(self) {
        let workbench = self.watch.workbench.read_untracked();
        let Some((id, run)) = workbench
            .as_ref()
            .and_then(|w| Some((w.id.clone(), w.run.as_ref()?.number)))
        else {
            return;
        };
        self.restarting.set(Some(run));
        let job = self.store.begin_command(Request::Restart(run), Some(id));
        self.restart_job.set_value(Some(job));
    }

    /// Sends the second half of a restart once the run has ended.
    fn finish_restart(self) {
        let stage = Memo::new(move |_| self.stage());
        Effect::new(move |_| {
            if self.restarting.get().is_none() {
                self.restart_job.try_set_value(None);
                return;
            }
            let has_ended = stage.get().is_some_and(Stage::is_ended);
            let is_over = self.task.error.read().is_some()
                || stage.get() == Some(Stage::Deleting)
                || (has_ended && self.is_next_run());
            if is_over {
                self.restarting.set(None);
            } else if has_ended
                && !self.task.busy.get()
                && let Some(job) = self.restart_job.try_update_value(Option::take).flatten()
            {
                self.send(Command::Start, move || drop(job));
            }
        });
    }

    /// Returns whether a restart is in progress that has not begun the next run yet.
    pub fn is_ending_run(self) -> bool {
        self.restarting.get().is_some() && !self.is_next_run()
    }

    /// Returns whether a restart is in progress whose next run has begun.
    pub fn is_next_run(self) -> bool {
        let Some(before) = self.restarting.get() else {
            return false;
        };
        let workbench = self.watch.workbench.read();
        let run = workbench.as_ref().and_then(|w| w.run.as_ref());
        run.is_some_and(|run| run.number > before)
    }

    /// Shows a restart as one state, from the request until the next run is usable. A run that is
    /// held up or has failed shows as what it is.
    pub fn summary(self, summary: StatusSummary) -> StatusSummary {
        if self.restarting.get().is_none() {
            return summary;
        }
        let is_next = self.is_next_run();
        let is_first_half = match summary.stage {
            Stage::Starting { late: false, .. } if summary.mark == MarkKind::Working => false,
            Stage::Running => !is_next,
            Stage::Stopping => true,
            Stage::Ended { .. } if !is_next => true,
            _ => return summary,
        };
        StatusSummary {
            stage: match summary.stage {
                Stage::Running => Stage::Running,
                _ => Stage::Starting {
                    late: false,
                    again: false,
                },
            },
            mark: MarkKind::Working,
            word: texts::RESTARTING,
            ..if is_first_half {
                StatusSummary {
                    sentence: texts::RESTARTING_NOW.to_owned(),
                    ..StatusSummary::unknown()
                }
            } else {
                summary
            }
        }
    }

    fn stage(self) -> Option<Stage> {
        let workbench = self.watch.workbench.read();
        workbench.as_ref().map(|w| StatusSummary::of(w).stage)
    }
}

impl Command {
    /// Returns the name under which the header's indicator shows it.
    fn request(self) -> Request {
        match self {
            Self::Start => Request::Start,
            Self::Stop => Request::Stop,
            Self::Extend => Request::Extend,
            Self::Delete => Request::Delete,
        }
    }
}

async fn send(command: Command, id: WorkbenchId) -> Result<Answer, ApiError> {
    match command {
        Command::Start => api::command(id, "start").await,
        Command::Stop => api::command(id, "stop").await,
        Command::Extend => api::command(id, "extend").await,
        Command::Delete => api::delete_workbench(id).await,
    }
}
