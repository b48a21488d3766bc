//! Commands to a workbench, as the pages, the table and the activity panel send them.

use super::Store;
use crate::api::{self, ApiError};
use vestibule_client::activity::{Request, WorkbenchCommand};
use vestibule_client::store::Updates;
use vestibule_model::ids::WorkbenchId;

impl Store {
    /// Sends a command and applies the answer. Until then the indicator shows the command as pending,
    /// as one job with the workbench's run. A caller that shows progress and errors by a
    /// [`Task`](super::Task) passes the future to it.
    pub async fn command(self, command: WorkbenchCommand, id: WorkbenchId) -> Result<(), ApiError> {
        let pending = self.begin_command(Request::Command(command), Some(id.clone()));
        let answer = api::command(&id, command).await?;
        match api::read(&answer) {
            Ok(workbench) => self.command_answered(workbench),
            Err(_) => self.update(|_| Updates {
                outdated: vec![id],
                ..Updates::default()
            }),
        }
        // Only now: the run has to be known before the command is settled.
        drop(pending);
        Ok(())
    }
}
