//! A grant while it is chosen: no identifier is ever typed.

use super::end::GrantEnd;
use super::texts;
use crate::api::clock;
use leptos::prelude::*;
use vestibule_model::access::Scope;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::people::NewGrant;

/// Place that a grant or a question is about, as the fields choose it.
#[derive(Debug, Clone, Copy)]
pub struct GrantScope {
    /// `platform`, `all`, `workspace` or `workbench`.
    pub kind: RwSignal<String>,
    /// Identifier of the workspace, also of the workbench's.
    pub workspace: RwSignal<String>,
    /// Identifier of the workbench.
    pub workbench: RwSignal<String>,
}

/// The scope is the installation.
pub const PLATFORM: &str = "platform";
/// The scope is every workspace.
pub const ALL: &str = "all";
/// The scope is one workspace.
pub const WORKSPACE: &str = "workspace";
/// The scope is one workbench.
pub const WORKBENCH: &str = "workbench";

impl GrantScope {
    /// Returns a place of a kind.
    pub fn new(kind: &str) -> Self {
        Self {
            kind: RwSignal::new(kind.to_owned()),
            workspace: RwSignal::new(String::new()),
            workbench: RwSignal::new(String::new()),
        }
    }

    /// Returns the scope, or the text that asks for the missing choice.
    pub fn scope(self) -> Result<Scope, &'static str> {
        let chosen = |id: String, ask| if id.is_empty() { Err(ask) } else { Ok(id) };
        match self.kind.get().as_str() {
            PLATFORM => Ok(Scope::Platform(true)),
            ALL => Ok(Scope::Workspace("*".to_owned())),
            WORKBENCH => {
                chosen(self.workbench.get(), texts::CHOOSE_WORKBENCH).map(Scope::Workbench)
            }
            _ => chosen(self.workspace.get(), texts::CHOOSE_WORKSPACE).map(Scope::Workspace),
        }
    }

    /// Returns the workspace of the chosen workbench.
    pub fn home(self) -> Option<WorkspaceId> {
        let id = self.workspace.get();
        (!id.is_empty()).then(|| WorkspaceId::new(id))
    }
}

/// A grant while it is chosen.
#[derive(Debug, Clone, Copy)]
pub struct GrantDraft {
    /// Number on the page.
    pub number: usize,
    /// Name of the role.
    pub role: RwSignal<String>,
    /// The place.
    pub place: GrantScope,
    /// Choice of [`GrantEnd`].
    pub end: RwSignal<String>,
    /// `true` if missing choices are marked, once they were asked for.
    pub is_checked: RwSignal<bool>,
}

impl GrantDraft {
    /// Returns an empty draft.
    pub fn new(number: usize) -> Self {
        Self {
            number,
            role: RwSignal::new(String::new()),
            place: GrantScope::new(WORKSPACE),
            end: RwSignal::new(String::new()),
            is_checked: RwSignal::new(false),
        }
    }

    /// Returns the grant, or `None` with the missing choices marked.
    pub fn wanted(self) -> Option<NewGrant> {
        self.is_checked.set(true);
        untrack(|| {
            let role = self.role.get();
            let scope = self.place.scope().ok()?;
            (!role.is_empty()).then(|| NewGrant {
                role,
                scope,
                expires_at: GrantEnd::at(&self.end.get(), clock::now()),
            })
        })
    }
}
