//! Three-way merge of the draft with roles that others have changed meanwhile.

use super::change::{Change, changes};
use super::draft::{RolesDraft, Roleset, read};
use std::sync::Arc;
use vestibule_model::access::Role;
use vestibule_model::people::ListedRole;

/// Change that contradicts another user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeConflict {
    /// Name of the role.
    pub role: String,
    /// Title of the role.
    pub title: String,
    /// The contradiction.
    pub choice: MergeChoice,
}

/// Contradiction: the user's value was taken, the other one is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeChoice {
    /// Both changed the title: the user's, the other one.
    Title(String, String),
    /// Both changed the description: the user's, the other one.
    Description(String, String),
    /// The user changed a role that another user deleted. It is created again.
    DeletedByOthers,
    /// The user deleted a role that another user changed. It stays, with their change.
    DeletedByUser,
    /// Both created a role of this name. The user's content replaces the other one.
    BothCreated,
    /// Both changed the inheritance such that roles would inherit each other. The other user's holds.
    Circle,
}

/// Result of a merge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merge {
    /// Changes by other users.
    pub theirs: Vec<Change>,
    /// Contradictions.
    pub conflicts: Vec<MergeConflict>,
}

impl RolesDraft {
    /// Adopts the server's newer roles and keeps the user's changes. Permissions and inherited
    /// roles merge one by one; of other values that both changed, the user's is kept and named.
    pub fn merge(&mut self, listed: Vec<ListedRole>) -> Merge {
        let (theirs, versions) = read(listed);
        let mut merge = Merge {
            theirs: changes(self.base(), &theirs),
            conflicts: Vec::new(),
        };
        let mut merged = Roleset {
            roles: Vec::new(),
            replacements: self.now().replacements.clone(),
        };
        for their in &theirs.roles {
            let (base, mine) = (self.base().get(&their.name), self.now().get(&their.name));
            let mut conflict = |choice| merge.conflicts.push(conflict_of(their, choice));
            match (base, mine) {
                (Some(base), Some(mine)) => {
                    merged
                        .roles
                        .push(three_way(base, mine, their, &mut conflict));
                }
                // The user deleted it.
                (Some(base), None) if base == their => {}
                (Some(_), None) => {
                    conflict(MergeChoice::DeletedByUser);
                    merged.replacements.remove(&their.name);
                    merged.roles.push(Arc::clone(their));
                }
                (None, Some(mine)) if mine == their => merged.roles.push(Arc::clone(their)),
                (None, Some(mine)) => {
                    conflict(MergeChoice::BothCreated);
                    merged.roles.push(Arc::clone(mine));
                }
                (None, None) => merged.roles.push(Arc::clone(their)),
            }
        }
        for mine in self
            .now()
            .roles
            .iter()
            .filter(|mine| theirs.get(&mine.name).is_none())
        {
            match self.base().get(&mine.name) {
                Some(base) if base == mine => {}
                Some(_) => {
                    merge
                        .conflicts
                        .push(conflict_of(mine, MergeChoice::DeletedByOthers));
                    merged.roles.push(Arc::clone(mine));
                }
                None => merged.roles.push(Arc::clone(mine)),
            }
        }
        merged
            .replacements
            .retain(|gone, _| theirs.get(gone).is_some());
        break_circles(&mut merged, &theirs, &mut merge.conflicts);
        let kept: Vec<String> = merged.roles.iter().map(|role| role.name.clone()).collect();
        merged.replacements.retain(|_, to| kept.contains(to));
        self.rebase(theirs, versions, merged);
        merge
    }
}

fn conflict_of(role: &Role, choice: MergeChoice) -> MergeConflict {
    MergeConflict {
        role: role.name.clone(),
        title: role.title.clone(),
        choice,
    }
}

fn three_way(
    base: &Arc<Role>,
    mine: &Arc<Role>,
    theirs: &Arc<Role>,
    conflict: &mut impl FnMut(MergeChoice),
) -> Arc<Role> {
    if base == mine {
        return Arc::clone(theirs);
    }
    if base == theirs {
        return Arc::clone(mine);
    }
    let mut text = |base: &String,
                    mine: &String,
                    theirs: &String,
                    choice: fn(String, String) -> MergeChoice| {
        if mine == base {
            return theirs.clone();
        }
        if theirs != base && theirs != mine {
            conflict(choice(mine.clone(), theirs.clone()));
        }
        mine.clone()
    };
    Arc::new(Role {
        title: text(&base.title, &mine.title, &theirs.title, MergeChoice::Title),
        description: text(
            &base.description,
            &mine.description,
            &theirs.description,
            MergeChoice::Description,
        ),
        permissions: names(&base.permissions, &mine.permissions, &theirs.permissions),
        inherits: names(&base.inherits, &mine.inherits, &theirs.inherits),
        ..Role::clone(theirs)
    })
}

/// Merges sets of names, one name at a time: who changed it decides.
fn names(base: &[String], mine: &[String], theirs: &[String]) -> Vec<String> {
    let all: std::collections::BTreeSet<&String> = base.iter().chain(mine).chain(theirs).collect();
    let kept = all.into_iter().filter(|name| {
        let has = |names: &[String]| names.binary_search(name).is_ok();
        match has(mine) == has(base) {
            true => has(theirs),
            false => has(mine),
        }
    });
    kept.cloned().collect()
}

/// Keeps the server's inheritance where the merged roles would inherit each other.
fn break_circles(merged: &mut Roleset, theirs: &Roleset, conflicts: &mut Vec<MergeConflict>) {
    for place in 0..merged.roles.len() {
        let role = Arc::clone(&merged.roles[place]);
        let is_circle = role.inherits.iter().any(|parent| {
            *parent == role.name
                || merged
                    .ancestors(parent)
                    .iter()
                    .any(|one| one.name == role.name)
        });
        if !is_circle {
            continue;
        }
        let their = theirs.get(&role.name);
        let inherits = their
            .map(|their| their.inherits.clone())
            .unwrap_or_default();
        if inherits != role.inherits {
            conflicts.push(conflict_of(&role, MergeChoice::Circle));
            let changed = Role {
                inherits,
                ..Role::clone(&role)
            };
            merged.roles[place] = Arc::new(changed);
        }
    }
}
