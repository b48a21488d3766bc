//! The members of a workspace, and the dialog that is open about one of them.

use crate::store::{Polled, Session};
use leptos::prelude::*;
use vestibule_model::access::{Grant, Permission, Resource, Scope, allows};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::list::List;
use vestibule_model::people::Member;

/// The members as rows and dialogs show and change them.
#[derive(Clone, Copy)]
pub struct Members {
    /// The workspace.
    pub workspace: StoredValue<WorkspaceId>,
    /// Name.
    pub workspace_name: Memo<String>,
    /// The list.
    pub list: Polled<List<Member>>,
    /// The session, whose grants change with the reader's own membership.
    pub session: Session,
}

impl Members {
    /// Returns `true` if it is the reader.
    pub fn is_self(self, member: &Member) -> bool {
        self.session.user_id().as_ref() == Some(&member.user_id)
    }

    /// Returns the reader's grants.
    pub fn own_grants(self) -> Vec<Grant> {
        let user = self.session.user.read();
        user.me().map(|me| me.grants.clone()).unwrap_or_default()
    }

    /// Returns the grants of a member in this workspace alone.
    pub fn grants_here(self, member: &Member) -> Vec<Grant> {
        let here = Scope::Workspace(self.workspace.get_value().to_string());
        let grants = member.grants.iter();
        grants
            .filter(|grant| grant.scope == here)
            .cloned()
            .collect()
    }

    /// Returns `true` if no other member may manage members.
    pub fn is_last_manager(self, member: &Member) -> bool {
        let resource = Resource::Workspace(self.workspace.get_value());
        let manages = |one: &Member| allows(&one.grants, Permission::MemberUpdate, &resource);
        let list = self.list.data.read();
        let mut others = list.iter().flat_map(|list| &list.items);
        manages(member) && !others.any(|one| one.user_id != member.user_id && manages(one))
    }

    /// Requests list and own permissions after a change.
    pub fn changed(self, is_self: bool) {
        self.list.refresh();
        if is_self {
            let session = self.session;
            leptos::task::spawn_local(async move {
                // An error leaves the known permissions; the server decides anyhow.
                let _ = session.ask().await;
            });
        }
    }
}

/// The member that a dialog is about, and which dialog is open.
#[derive(Clone, Copy)]
pub struct DialogState {
    /// The member, or `None` for a new one.
    pub member: RwSignal<Option<Member>>,
    /// `true` if the form for a role is open.
    pub setting: RwSignal<bool>,
    /// `true` if the confirmation of a removal is open.
    pub removing: RwSignal<bool>,
    /// `true` if the confirmation before the reader leaves is open.
    pub leaving: RwSignal<bool>,
}

impl DialogState {
    /// Creates the state without an open dialog.
    pub fn new() -> Self {
        Self {
            member: RwSignal::new(None),
            setting: RwSignal::new(false),
            removing: RwSignal::new(false),
            leaving: RwSignal::new(false),
        }
    }

    /// Opens the form for a new member.
    pub fn add(self) {
        self.member.set(None);
        self.setting.set(true);
    }

    /// Opens the form for another role.
    pub fn change(self, member: Member) {
        self.member.set(Some(member));
        self.setting.set(true);
    }

    /// Opens the confirmation of a removal.
    pub fn remove(self, member: Member) {
        self.member.set(Some(member));
        self.removing.set(true);
    }

    /// Opens the confirmation before the reader leaves.
    pub fn leave(self, member: Member) {
        self.member.set(Some(member));
        self.leaving.set(true);
    }

    /// Returns the member's name.
    pub fn name(self) -> String {
        self.member
            .read()
            .as_ref()
            .map(shown_name)
            .unwrap_or_default()
    }
}

/// Returns the name that screens show.
pub fn shown_name(member: &Member) -> String {
    match member.display_name.as_str() {
        "" => member.username.clone(),
        name => name.to_owned(),
    }
}
