//! Whether the person may do something in a workspace. The server decides; what it would refuse is not
//! offered.

use super::{Session, Who, follow};
use leptos::prelude::*;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::ids::WorkspaceId;

/// Whether they may, by their grants.
pub fn use_may(permission: Permission, workspace: &WorkspaceId) -> Memo<bool> {
    let session = Session::get();
    let resource = Resource::Workspace(workspace.clone());
    Memo::new(move |_| {
        follow(&session.who);
        match &*session.who.read_untracked() {
            Who::Somebody(me) => allows(&me.grants, permission, &resource),
            Who::Asking | Who::Nobody => false,
        }
    })
}
