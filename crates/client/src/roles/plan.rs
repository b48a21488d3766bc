//! Requests that save a draft, in an order in which each is valid.

use super::draft::{RolesDraft, Roleset};
use super::step::SaveStep;
use std::collections::BTreeSet;
use std::sync::Arc;
use vestibule_model::access::Role;
use vestibule_model::people::{DeletedRole, PreviewedRole, RolePreview};
use vestibule_model::sorting;

/// Returns the steps: new roles after those that they inherit, then changed roles, those that lose
/// inherited roles first, then deletions.
pub fn plan(draft: &RolesDraft) -> Vec<SaveStep> {
    let (base, now) = (draft.base(), draft.now());
    let mut steps = Vec::new();
    let mut left: Vec<&Arc<Role>> = now
        .roles
        .iter()
        .filter(|role| base.get(&role.name).is_none())
        .collect();
    let mut known: BTreeSet<&str> = base.roles.iter().map(|role| role.name.as_str()).collect();
    while !left.is_empty() {
        let ready = |role: &Arc<Role>| {
            role.inherits
                .iter()
                .all(|name| known.contains(name.as_str()))
        };
        // A role that inherits what is nowhere is refused by the server, with the reason.
        let place = left.iter().position(|role| ready(role)).unwrap_or(0);
        let role = left.remove(place);
        known.insert(&role.name);
        steps.push(SaveStep::Create(Arc::clone(role)));
    }
    let mut changed: Vec<(&Arc<Role>, usize)> = Vec::new();
    for role in &now.roles {
        let Some(before) = base.get(&role.name).filter(|before| *before != role) else {
            continue;
        };
        let added = role
            .inherits
            .iter()
            .filter(|name| !before.inherits.contains(name));
        changed.push((role, added.count()));
    }
    sorting::sort_by_key(&mut changed, |(_, added)| *added);
    for (role, _) in changed {
        if let Some(version) = draft.version(&role.name) {
            steps.push(SaveStep::Replace(Arc::clone(role), version));
        }
    }
    // A role goes before those that it inherits.
    let mut gone: Vec<&Arc<Role>> = base
        .roles
        .iter()
        .filter(|role| now.get(&role.name).is_none())
        .collect();
    while !gone.is_empty() {
        let is_free =
            |role: &&Arc<Role>| !gone.iter().any(|other| other.inherits.contains(&role.name));
        let place = gone.iter().position(is_free).unwrap_or(0);
        let role = gone.remove(place);
        if let Some(version) = draft.version(&role.name) {
            steps.push(SaveStep::Delete {
                name: role.name.clone(),
                version,
                replacement: now.replacements.get(&role.name).cloned(),
            });
        }
    }
    steps
}

/// Returns the request that asks for the effect of a draft.
pub fn preview(base: &Roleset, now: &Roleset) -> RolePreview {
    let changed = now
        .roles
        .iter()
        .filter(|role| base.get(&role.name) != Some(role));
    let gone = base
        .roles
        .iter()
        .filter(|role| now.get(&role.name).is_none());
    RolePreview {
        roles: changed
            .map(|role| PreviewedRole {
                name: role.name.clone(),
                permissions: role.permissions.clone(),
                inherits: role.inherits.clone(),
            })
            .collect(),
        deleted: gone
            .map(|role| DeletedRole {
                name: role.name.clone(),
                replacement: now.replacements.get(&role.name).cloned(),
            })
            .collect(),
    }
}
