//! Confirmation before an action that loses something.

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
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => "Stop",
            Self::Restart => "Restart",
            Self::Delete => "Delete",
        }
    }

    /// Returns the sentence that says what is lost.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Stop => "Unsaved work in the app will be lost. Files in the folder are kept.",
            Self::Restart => {
                "The app stops and starts again. Unsaved work in it will be lost. Files in the folder are kept."
            }
            Self::Delete => "This permanently deletes the workbench and every file in its folder.",
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
