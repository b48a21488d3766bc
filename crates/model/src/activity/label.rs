//! The words of the indicator, and which of them comes first.

use super::job::{Seen, Stage, Subject};
use crate::hold::Hold;
use crate::run::RunStatus;
use crate::workbench::{Desired, Workbench};

/// What this page may ask of the server on a person's behalf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// To start a workbench.
    Start,
    /// To stop one.
    Stop,
    /// To stop one, whose last run has this number, and to start it again: one request, from the
    /// wish to stop it until the start was taken.
    Restart(u64),
    /// To give a start more time.
    Extend,
    /// To make a workbench, which starts.
    Create,
    /// To delete one, which stops it.
    Delete,
    /// To keep what was written: settings, a name.
    Save,
    /// To keep a secret.
    SaveSecret,
    /// To delete a secret.
    DeleteSecret,
    /// To delete a workspace.
    DeleteWorkspace,
    /// To find out whether something will work.
    Check,
    /// To build an app, again or for the first time.
    Build,
    /// To give a build up.
    CancelBuild,
}

impl Request {
    /// What is going on while it is not answered.
    pub fn label(self) -> Label {
        match self {
            Self::Start | Self::Create | Self::Restart(_) => Label::Starting,
            Self::Stop | Self::Delete => Label::Stopping,
            Self::Build => Label::Queued,
            Self::Extend
            | Self::Save
            | Self::SaveSecret
            | Self::DeleteSecret
            | Self::DeleteWorkspace
            | Self::Check
            | Self::CancelBuild => Label::Asking(self),
        }
    }

    /// Whether it asks a workbench to do something: then it and the run are one thing.
    pub(super) fn is_wish(self) -> bool {
        let label = self.label();
        matches!(label, Label::Starting | Label::Stopping) || self == Self::Extend
    }

    /// The same where nothing better is known of it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Start => "Starting server…",
            Self::Stop => "Stopping server…",
            Self::Restart(_) => "Restarting server…",
            Self::Extend => "Asking for more time…",
            Self::Create => "Creating workbench…",
            Self::Delete => "Deleting workbench…",
            Self::Save => "Saving…",
            Self::SaveSecret => "Saving secret…",
            Self::DeleteSecret => "Deleting secret…",
            Self::DeleteWorkspace => "Deleting workspace…",
            Self::Check => "Checking…",
            Self::Build => "Asking for a build…",
            Self::CancelBuild => "Cancelling build…",
        }
    }
}

/// What the indicator says, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// A build failed, and nobody has looked at it.
    BuildFailed,
    /// A server failed, and nobody has looked at it.
    ServerFailed,
    /// A server reached its time limit, and nobody has looked at it.
    TimedOut,
    /// A server stops.
    Stopping,
    /// A build is to end, and has not yet.
    Cancelling,
    /// A start does not get on.
    Held(Hold),
    /// An app is built.
    Building,
    /// A server starts.
    Starting,
    /// A build waits for its turn.
    Queued,
    /// Something else was asked for.
    Asking(Request),
    /// So many servers run, and nothing else happens.
    Running(usize),
}

impl Label {
    /// What the answer to a wish says of the workbench's run; none where nothing is to be waited
    /// for.
    pub fn of_answer(workbench: &Workbench) -> Option<Self> {
        match (&workbench.run.as_ref()?.status, &workbench.desired) {
            (RunStatus::Pending | RunStatus::Running | RunStatus::Stopping, Desired::Stopped) => {
                Some(Self::Stopping)
            }
            (RunStatus::Pending, _) => Some(Self::Starting),
            _ => None,
        }
    }

    /// The table of labels.
    pub fn words(self) -> &'static str {
        match self {
            Self::BuildFailed => "Build failed",
            Self::ServerFailed => "Server failed",
            Self::TimedOut => "Timed out",
            Self::Held(hold) => hold.of_server(),
            Self::Stopping => "Stopping server…",
            Self::Cancelling => Request::CancelBuild.text(),
            Self::Building => "Building…",
            Self::Starting => "Starting server…",
            Self::Queued => "Build queued…",
            Self::Asking(request) => request.text(),
            Self::Running(_) => "Server running",
        }
    }

    /// As it stands in the header.
    pub fn text(self) -> String {
        match self {
            Self::Running(count) => format!("{} ({count})", self.words()),
            label => label.words().to_owned(),
        }
    }

    /// The label of one thing; none for what is over, or says nothing.
    fn of(seen: &Seen<'_>) -> Option<Self> {
        match seen.stage {
            Stage::Failed | Stage::TimedOut if !seen.needs_attention => None,
            Stage::TimedOut => Some(Self::TimedOut),
            Stage::Held(hold) => Some(Self::Held(hold)),
            Stage::Failed if seen.key().is_build() => Some(Self::BuildFailed),
            Stage::Failed => Some(Self::ServerFailed),
            Stage::Stopping => Some(Self::Stopping),
            Stage::Cancelling => Some(Self::Cancelling),
            Stage::Building => Some(Self::Building),
            Stage::Starting => Some(Self::Starting),
            Stage::Queued => Some(Self::Queued),
            Stage::Running => Some(Self::Running(1)),
            Stage::Asking => match seen.subject {
                Subject::Request(open) => Some(Label::Asking(open.request)),
                _ => None,
            },
            // The build that it waits for speaks for it.
            Stage::Waiting
            | Stage::Succeeded
            | Stage::Completed
            | Stage::Stopped
            | Stage::Cancelled
            | Stage::Unknown => None,
        }
    }
}

/// What the header says of everything together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// The most important of it.
    pub label: Label,
    /// How much else is under way or failed. Servers that simply run are not counted among it:
    /// nothing happens there.
    pub more: usize,
    /// How many servers run.
    pub running: usize,
    /// How far the labelled one is, where that is known: which step, and of how many.
    pub progress: Option<(usize, usize)>,
}

impl Headline {
    /// Sums up; none while nothing goes on.
    pub(super) fn of<'a>(all: impl Iterator<Item = Seen<'a>>) -> Option<Self> {
        let mut best: Option<(Label, Option<(usize, usize)>)> = None;
        let (mut busy, mut running) = (0_usize, 0);
        for seen in all {
            match Label::of(&seen) {
                Some(Label::Running(_)) => running += 1,
                Some(label) => {
                    busy += 1;
                    if best.is_none_or(|(known, _)| label < known) {
                        best = Some((label, seen.progress()));
                    }
                }
                None => {}
            }
        }
        let (label, progress) = match best {
            Some(best) => best,
            None if running > 0 => (Label::Running(running), None),
            None => return None,
        };
        Some(Self {
            label,
            more: busy.saturating_sub(1),
            running,
            progress,
        })
    }

    /// All of it as a sentence, for those who listen.
    pub fn sentence(&self) -> String {
        let mut text = self.label.text();
        if let Some((step, of)) = self.progress {
            text += &format!(" step {step} of {of}");
        }
        if self.more > 0 {
            text += &format!(", {} more", self.more);
        }
        if self.running > 0 && !matches!(self.label, Label::Running(_)) {
            text += &format!(", {} running", self.running);
        }
        text
    }
}
