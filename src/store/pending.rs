//! Commands that the server has not answered yet.

use super::Store;
use vestibule_client::activity::{ActivityInput, Request};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::workbench::Workbench;

/// Unanswered command. Dropping it settles the command.
pub struct PendingCommand {
    id: u64,
    store: Store,
}

impl Drop for PendingCommand {
    fn drop(&mut self) {
        self.store.update_activity(ActivityInput::Settle(self.id));
    }
}

impl Store {
    /// Registers a command that is sent now. It is pending until the guard is dropped.
    pub fn begin_command(self, request: Request, workbench: Option<WorkbenchId>) -> PendingCommand {
        let id = self.next_number();
        self.update_activity(ActivityInput::Begin {
            id,
            request,
            workbench,
        });
        PendingCommand { id, store: self }
    }

    /// Registers a workbench's run with the indicator before the stream reports it: a poll of the
    /// workbench may be quicker.
    pub fn run_seen(self, workbench: &Workbench) {
        self.update_activity(ActivityInput::Answer(Box::new(workbench.clone())));
    }
}
