//! Commands to a workbench, as the pages, the table and the activity panel send them.

use super::Store;
use crate::api::{self, Answer, ApiError};
use vestibule_client::activity::Request;
use vestibule_client::store::Updates;
use vestibule_model::ids::WorkbenchId;

/// Command to a workbench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkbenchCommand {
    /// Starts a run.
    Start,
    /// Stops the run.
    Stop,
    /// Ends the run with this number and begins the next one.
    Restart(u64),
    /// Gives the start more time.
    Extend,
    /// Deletes the workbench with its folder.
    Delete,
}

impl WorkbenchCommand {
    /// Returns its name for the activity indicator.
    fn request(self) -> Request {
        match self {
            Self::Start => Request::Start,
            Self::Stop => Request::Stop,
            Self::Restart(run) => Request::Restart(run),
            Self::Extend => Request::Extend,
            Self::Delete => Request::Delete,
        }
    }

    async fn send(self, id: WorkbenchId) -> Result<Answer, ApiError> {
        match self {
            Self::Start => api::command(id, "start").await,
            Self::Stop => api::command(id, "stop").await,
            Self::Restart(_) => api::command(id, "restart").await,
            Self::Extend => api::command(id, "extend").await,
            Self::Delete => api::delete_workbench(id).await,
        }
    }
}

impl Store {
    /// Sends a command and applies the answer. Until then the indicator shows the command as pending,
    /// as one job with the workbench's run. A caller that shows progress and errors by a
    /// [`Task`](super::Task) passes the future to it.
    pub async fn command(self, command: WorkbenchCommand, id: WorkbenchId) -> Result<(), ApiError> {
        let pending = self.begin_command(command.request(), Some(id.clone()));
        let answer = command.send(id.clone()).await?;
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
