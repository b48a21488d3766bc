//! That a workspace is not there, or not for oneself, and the way out.

use crate::api::{self, ApiError};
use crate::hooks::{Task, use_task};
use crate::routes::Page;
use crate::ui::EmptyState;
use leptos::prelude::*;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::poll::{Failure, Freshness};

/// Why there is nothing to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// It is not there, or not any more.
    Gone,
    /// One may not see it.
    Forbidden,
}

impl Lost {
    /// What a poll has come to.
    pub fn of(freshness: Freshness) -> Option<Self> {
        match freshness {
            Freshness::Gone => Some(Self::Gone),
            Freshness::Forbidden => Some(Self::Forbidden),
            _ => None,
        }
    }

    /// What a question ran into.
    pub fn of_error(error: &ApiError) -> Option<Self> {
        match Failure::from(error) {
            Failure::NotFound | Failure::Gone => Some(Self::Gone),
            Failure::Forbidden => Some(Self::Forbidden),
            _ => None,
        }
    }

    /// What the page is called where the workspace's name is not known.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Gone => "Not found",
            Self::Forbidden => "Not allowed",
        }
    }
}

/// What stands there instead.
pub fn no_workspace(lost: Lost) -> AnyView {
    match lost {
        Lost::Gone => nowhere(
            "There is no such workspace",
            "It was deleted, or the address is mistyped.",
        ),
        Lost::Forbidden => nowhere(
            "You may not see this workspace",
            "An administrator can give you the permission.",
        ),
    }
}

/// That there is nothing to see here, and the way out.
pub fn nowhere(title: &'static str, text: &'static str) -> AnyView {
    view! {
        <EmptyState icon="search" title=title text=text>
            <a class="button" data-look="primary" href=Page::Workspaces.path()>"Go to the workspaces"</a>
        </EmptyState>
    }
    .into_any()
}

/// What a workspace is called, asked once; empty until it is known.
pub fn use_workspace_name(id: &WorkspaceId) -> RwSignal<String> {
    ask(id).0
}

/// The same, and whether it is lost. For pages that do not poll it, and to which nobody comes right
/// after it was made.
pub fn use_workspace(id: &WorkspaceId) -> (RwSignal<String>, Memo<Option<Lost>>) {
    let (name, task) = ask(id);
    let lost = Memo::new(move |_| task.error.read().as_ref().and_then(Lost::of_error));
    (name, lost)
}

fn ask(id: &WorkspaceId) -> (RwSignal<String>, Task) {
    let name = RwSignal::new(String::new());
    let task = use_task();
    task.run(api::workspace(id.clone()), move |workspace| {
        name.try_set(workspace.name);
    });
    (name, task)
}
