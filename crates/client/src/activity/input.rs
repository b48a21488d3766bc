//! Reports that the activity applies, and the scope of what it shows.

use super::job::JobKey;
use super::label::Request;
use crate::event::Event;
use vestibule_model::build::{Build, BuildList};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::list::List;
use vestibule_model::run::Run;
use vestibule_model::workbench::Workbench;

/// Owners of the jobs that are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JobScope {
    /// Jobs that the user started, or that have no known owner.
    #[default]
    Mine,
    /// All jobs that the user may see.
    Everyone,
}

/// A report that [`super::Activity::take`] applies.
#[derive(Debug, Clone)]
pub enum ActivityInput {
    /// Command sent by this page.
    Begin {
        /// Unique within the page.
        id: u64,
        /// The command.
        request: Request,
        /// The workbench that the command is about.
        workbench: Option<WorkbenchId>,
    },
    /// A command was answered, failed or was given up.
    Settle(u64),
    /// A command was answered with this workbench.
    Answer(Box<Workbench>),
    /// The stream reported an event.
    Event(Event),
    /// The server's numbers were reset: older reports are void.
    Anew,
    /// The answer to a request for the newest runs.
    Runs {
        /// The number that [`super::Activity::ask`] returned for the request.
        asked: u64,
        /// The answer.
        list: List<Run>,
    },
    /// The response to a request for the newest builds.
    Builds {
        /// The number that [`super::Activity::ask`] returned for the request.
        asked: u64,
        /// The workspace whose builds were requested; `None` for all.
        workspace: Option<WorkspaceId>,
        /// The answer.
        list: BuildList,
    },
    /// The answer to a request or command about one build.
    Build(Box<Build>),
    /// All keys that the user acknowledged.
    Acknowledgements(Vec<String>),
    /// The user acknowledges these jobs.
    Acknowledge(Vec<JobKey>),
}
