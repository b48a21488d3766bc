//! What is asked before something is lost: about which workbench, and what is lost by it.

use leptos::prelude::*;

/// What is about to be done, and loses something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// What runs is stopped.
    Stop,
    /// What runs is stopped, and started again.
    Restart,
    /// The workbench goes, with its folder.
    Delete,
}

impl Loss {
    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => "Stop",
            Self::Restart => "Restart",
            Self::Delete => "Delete",
        }
    }

    /// What is lost by it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Stop => "What is not saved in the app is lost. The folder stays.",
            Self::Restart => {
                "The app is stopped and started again. What is not saved in it is lost. The folder stays."
            }
            Self::Delete => {
                "The app is stopped, and the workbench goes with its folder and everything in it. This cannot be undone."
            }
        }
    }
}

/// The question, open or not.
#[derive(Clone, Copy)]
pub struct Asking {
    /// Whether it is open.
    pub open: RwSignal<bool>,
    /// What it is about to do.
    pub loss: RwSignal<Loss>,
    /// What the workbench is called.
    pub name: Signal<String>,
    /// Whether it is being done.
    pub busy: Signal<bool>,
    /// How it went wrong, the last time.
    pub error: Signal<Option<String>>,
    /// Does it, and closes the question once that is taken.
    pub yes: Callback<Loss>,
}
