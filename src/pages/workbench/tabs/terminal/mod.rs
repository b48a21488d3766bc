//! A terminal: a document of its own in a frame, which draws it, and the socket that carries its bytes.
//!
//! The document has no origin and can request nothing (see `docs/SECURITY.md`). It sends one end of a
//! message channel, with a key that only the frame's address names.

mod carrier;
mod flow;
mod frame;
mod port;
mod scheme;

use super::state::TabsState;
use crate::lazy::lazy;
use frame::TerminalFrame;
use leptos::prelude::*;
use vestibule_model::ids::TabId;

lazy! { terminal:
    /// Renders the terminal of a tab.
    pub fn terminal(args: (TabsState, TabId)) -> AnyView {
        let (tabs, id) = args;
        view! { <TerminalFrame tabs id /> }.into_any()
    }
}
