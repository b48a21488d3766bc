//! An agent: the transcript of its session, and the composer of messages for it.

mod attachments;
mod composer;
mod connection;
mod draft;
mod find;
mod find_bar;
mod markdown;
mod marks;
mod queue;
mod rows;
mod scroll;
mod scrollable;
mod state;
#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
mod transcript;
mod view;
mod window;

use super::state::TabsState;
use crate::lazy::lazy;
use leptos::prelude::*;
use vestibule_model::ids::TabId;
use view::AgentView;

lazy! { agent:
    /// Renders the transcript and composer of a tab.
    pub fn agent(args: (TabsState, TabId)) -> AnyView {
        let (tabs, id) = args;
        view! { <AgentView tabs id /> }.into_any()
    }
}
