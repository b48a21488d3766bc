//! Commands to a workbench: start, stop, restart, extend, delete.

use super::focus;
use super::texts;
use crate::effect::Effect;
use crate::pages::shared::{Destructive, StatusSummary, WorkbenchStage, may_hold_work};
use crate::store::{PendingCommand, Store, Task, WorkbenchCommand, WorkbenchWatch, use_task};
use crate::ui::MarkKind;
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::ids::WorkbenchId;

/// Commands to one workbench, one at a time.
#[derive(Clone, Copy)]
pub struct Commands {
    /// The command in progress, and the error of the last one.
    pub task: Task,
    /// Number of the run that a restart ends, from the request until the next run is usable.
    pub restarting: RwSignal<Option<u64>>,
    /// `true` if the confirmation is open.
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
    commands.follow_restart();
    commands
}

impl Commands {
    fn send(self, command: WorkbenchCommand, done: impl FnOnce() + 'static) {
        if let Some(id) = self.id.try_get_value() {
            let work = self.store.command(command, id);
            self.task.run(work, move |()| done());
        }
    }

    /// Starts a run.
    pub fn start(self) {
        self.send(WorkbenchCommand::Start, || {});
    }

    /// Extends the start.
    pub fn extend(self) {
        self.send(WorkbenchCommand::Extend, || {});
    }

    /// Stops the run, or cancels a start or restart, after a confirmation if work could be lost.
    pub fn stop(self) {
        if untrack(|| self.is_next_run()) {
            // It stops the next run. Before that the server cancels the restart, and reports it.
            self.restarting.set(None);
        }
        self.confirm_if_needed(Destructive::Stop);
    }

    /// Ends the run and begins the next one, after a confirmation if work could be lost. Starts at
    /// once if the run has ended.
    pub fn restart(self) {
        if untrack(|| self.stage()).is_some_and(WorkbenchStage::is_ended) {
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
        let run = self.run_number();
        if action == Destructive::Restart
            && let Some(run) = run
        {
            self.begin_restart(run);
        }
        let command = match action {
            Destructive::Stop => WorkbenchCommand::Stop,
            Destructive::Restart => WorkbenchCommand::Restart(run.unwrap_or_default()),
            Destructive::Delete => WorkbenchCommand::Delete,
        };
        self.send(command, done);
    }

    /// Focuses the room's heading once the confirmation's opener is gone.
    pub fn confirmation_done(self) {
        self.confirming.try_set(false);
        focus::keep();
    }

    /// Returns the number of the current run, or `None` before the first one.
    fn run_number(self) -> Option<u64> {
        let workbench = self.watch.workbench.read_untracked();
        Some(workbench.as_ref()?.run.as_ref()?.number)
    }

    fn begin_restart(self, run: u64) {
        self.restarting.set(Some(run));
        let job = self.store.begin_command(
            Request::Command(WorkbenchCommand::Restart(run)),
            self.id.try_get_value(),
        );
        self.restart_job.set_value(Some(job));
    }

    /// Follows a restart from the request to the next run. It may have been requested in another
    /// tab, or before the page was loaded.
    fn follow_restart(self) {
        let requested = Memo::new(move |_| {
            let workbench = self.watch.workbench.read();
            let workbench = workbench.as_ref().filter(|w| w.restarting)?;
            Some(workbench.run.as_ref()?.number)
        });
        let stage = Memo::new(move |_| self.stage());
        Effect::new(move |_| {
            let requested = requested.get();
            if self.restarting.get().is_none() {
                match requested {
                    Some(run) => self.begin_restart(run),
                    None => drop(self.restart_job.try_set_value(None)),
                }
                return;
            }
            let is_next = self.is_next_run();
            if is_next && let Some(Some(job)) = self.restart_job.try_update_value(Option::take) {
                // From here on the indicator shows the next run itself.
                if let Some(workbench) = &*self.watch.workbench.read_untracked() {
                    self.store.run_seen(workbench);
                }
                drop(job);
            }
            // Without a request that is unanswered or accepted, it was refused or cancelled.
            let is_pending = self.task.busy.get() || requested.is_some() || is_next;
            let has_ended = stage.get().is_some_and(WorkbenchStage::is_ended);
            if !is_pending
                || stage.get() == Some(WorkbenchStage::Deleting)
                || (has_ended && is_next)
            {
                self.restarting.set(None);
            }
        });
    }

    /// Returns `true` if a restart is in progress that has not begun the next run yet.
    pub fn is_ending_run(self) -> bool {
        self.restarting.get().is_some() && !self.is_next_run()
    }

    /// Returns `true` if a restart is in progress whose next run has begun.
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
            WorkbenchStage::Starting { late: false, .. } if summary.mark == MarkKind::Working => {
                false
            }
            WorkbenchStage::Running => !is_next,
            WorkbenchStage::Stopping => true,
            WorkbenchStage::Ended { .. } if !is_next => true,
            _ => return summary,
        };
        StatusSummary {
            stage: match summary.stage {
                WorkbenchStage::Running => WorkbenchStage::Running,
                _ => WorkbenchStage::Starting {
                    late: false,
                    again: false,
                },
            },
            mark: MarkKind::Working,
            word: texts::RESTARTING,
            is_restarting: true,
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

    fn stage(self) -> Option<WorkbenchStage> {
        let workbench = self.watch.workbench.read();
        workbench.as_ref().map(|w| StatusSummary::of(w).stage)
    }
}
