//! Confirmation before an action that loses something.

use super::texts;
use leptos::prelude::*;

/// Action that loses something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destructive {
    /// Stops the run.
    Stop,
    /// Stops the run and starts another.
    Restart,
    /// Deletes the workbench with its folder.
    Delete,
}

impl Destructive {
    /// Returns the verb on the button.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => texts::STOP,
            Self::Restart => texts::RESTART,
            Self::Delete => texts::DELETE,
        }
    }

    /// Returns the sentence that says what is lost.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Stop => texts::STOP_LOSES,
            Self::Restart => texts::RESTART_LOSES,
            Self::Delete => texts::DELETE_LOSES,
        }
    }
}

/// State of the confirmation dialog.
#[derive(Clone, Copy)]
pub struct Confirmation {
    /// `true` if the dialog is open.
    pub open: RwSignal<bool>,
    /// The action it asks about.
    pub action: RwSignal<Destructive>,
    /// Name of the workbench.
    pub name: Signal<String>,
    /// `true` if the action is in progress.
    pub busy: Signal<bool>,
    /// Error of the last attempt.
    pub error: Signal<Option<String>>,
    /// Performs the action; closes the dialog once the server has accepted it.
    pub yes: Callback<Destructive>,
}
