//! Commands to a workbench, as the pages, the table and the activity panel send them.

use super::Store;
use crate::api::{self, Answer, ApiError};
use vestibule_client::activity::{Request, WorkbenchCommand};
use vestibule_client::store::Updates;
use vestibule_model::ids::WorkbenchId;

async fn send(command: WorkbenchCommand, id: WorkbenchId) -> Result<Answer, ApiError> {
    match command {
        WorkbenchCommand::Start => api::command(id, "start").await,
        WorkbenchCommand::Stop => api::command(id, "stop").await,
        WorkbenchCommand::Restart(_) => api::command(id, "restart").await,
        WorkbenchCommand::Extend => api::command(id, "extend").await,
        WorkbenchCommand::Delete => api::delete_workbench(id).await,
    }
}

impl Store {
    /// Sends a command and applies the answer. Until then the indicator shows the command as pending,
    /// as one job with the workbench's run. A caller that shows progress and errors by a
    /// [`Task`](super::Task) passes the future to it.
    pub async fn command(self, command: WorkbenchCommand, id: WorkbenchId) -> Result<(), ApiError> {
        let pending = self.begin_command(Request::Command(command), Some(id.clone()));
        let answer = send(command, id.clone()).await?;
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
