//! Draft of all roles, with undo and redo.

use super::step::SaveStep;
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_model::access::Role;
use vestibule_model::lenient;
use vestibule_model::people::ListedRole;
use vestibule_model::sorting;

/// Most steps that can be undone.
const MOST_STEPS: usize = 500;

/// State of all roles. Unchanged roles are shared between states, so that a state is cheap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roleset {
    /// The roles in the order of their columns.
    pub roles: Vec<Arc<Role>>,
    /// Replacements of deleted roles, by name.
    pub replacements: BTreeMap<String, String>,
}

impl Roleset {
    /// Returns the role of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Role>> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// Returns the roles that a role inherits, the nearest first, without itself. A circle ends the
    /// search. Each visible column asks this after each toggle, also with a hundred roles in one line of
    /// inheritance: so names are resolved in order, not one by one.
    pub fn ancestors(&self, name: &str) -> Vec<&Arc<Role>> {
        let mut found: Vec<&Arc<Role>> = Vec::new();
        let Some(role) = self.get(name).filter(|role| !role.inherits.is_empty()) else {
            return found;
        };
        let mut ordered: Vec<&Arc<Role>> = self.roles.iter().collect();
        sorting::sort_by(&mut ordered, |a, b| a.name.cmp(&b.name));
        let place = |name: &str| ordered.binary_search_by(|one| one.name.as_str().cmp(name));
        let mut is_seen = vec![false; ordered.len()];
        if let Ok(own) = place(name) {
            is_seen[own] = true;
        }
        let mut parents = role.inherits.as_slice();
        let mut next = 0;
        loop {
            for parent in parents {
                if let Ok(place) = place(parent)
                    && !std::mem::replace(&mut is_seen[place], true)
                {
                    found.push(ordered[place]);
                }
            }
            let Some(following) = found.get(next) else {
                return found;
            };
            parents = following.inherits.as_slice();
            next += 1;
        }
    }

    /// Returns `true` if the role has the permission, of its own or inherited.
    pub fn has(&self, role: &Role, permission: &str) -> bool {
        has_own(role, permission)
            || (!role.inherits.is_empty()
                && self
                    .ancestors(&role.name)
                    .iter()
                    .any(|one| has_own(one, permission)))
    }

    /// Returns the roles that inherit a role directly.
    pub fn heirs(&self, name: &str) -> impl Iterator<Item = &Role> {
        let inherits = move |role: &&Arc<Role>| role.inherits.iter().any(|one| one == name);
        self.roles.iter().filter(inherits).map(Arc::as_ref)
    }

    fn change(&mut self, name: &str, change: impl FnOnce(&mut Role)) {
        let found = self.roles.iter_mut().find(|role| role.name == name);
        if let Some(role) = found.filter(|role| !role.system) {
            change(Arc::make_mut(role));
        }
    }
}

/// Returns `true` if a role lists the permission itself.
pub fn has_own(role: &Role, permission: &str) -> bool {
    role.permissions
        .binary_search_by(|one| one.as_str().cmp(permission))
        .is_ok()
}

/// Text of a kept draft.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    base: Vec<Role>,
    now: Vec<Role>,
    replacements: BTreeMap<String, String>,
}

/// Roles as the server has them, and as the user wants them.
#[derive(Debug, Clone, Default)]
pub struct RolesDraft {
    base: Roleset,
    versions: BTreeMap<String, i64>,
    now: Roleset,
    undo: Vec<Roleset>,
    redo: Vec<Roleset>,
}

impl RolesDraft {
    /// Returns a draft without changes.
    pub fn new(listed: Vec<ListedRole>) -> Self {
        let (base, versions) = read(listed);
        Self {
            now: base.clone(),
            base,
            versions,
            undo: Vec::new(),
            redo: Vec::new(),
        }
    }

    /// Returns the roles of the server.
    pub fn base(&self) -> &Roleset {
        &self.base
    }

    /// Returns the roles as edited.
    pub fn now(&self) -> &Roleset {
        &self.now
    }

    /// Returns the version of a custom role of the server.
    pub fn version(&self, name: &str) -> Option<i64> {
        self.versions.get(name).copied()
    }

    /// Returns `true` if anything differs from the server's roles.
    pub fn is_changed(&self) -> bool {
        let is_same = |(now, base): (&Arc<Role>, &Arc<Role>)| {
            Arc::ptr_eq(now, base) || self.base.get(&now.name) == Some(now)
        };
        self.now.roles.len() != self.base.roles.len()
            || !self.now.roles.iter().zip(&self.base.roles).all(is_same)
    }

    /// Returns `true` if a step can be undone.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Returns `true` if an undone step can be repeated.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Undoes the last step.
    pub fn undo(&mut self) {
        if let Some(before) = self.undo.pop() {
            self.redo.push(std::mem::replace(&mut self.now, before));
        }
    }

    /// Repeats the last undone step.
    pub fn redo(&mut self) {
        if let Some(after) = self.redo.pop() {
            self.undo.push(std::mem::replace(&mut self.now, after));
        }
    }

    /// Discards all changes, which can be undone.
    pub fn discard(&mut self) {
        let base = self.base.clone();
        self.step(|now| *now = base);
    }

    /// Adds permissions to custom roles or removes them, in one step.
    pub fn set<'a>(
        &mut self,
        role: &str,
        permissions: impl IntoIterator<Item = &'a str>,
        on: bool,
    ) {
        self.step(|now| {
            now.change(role, |role| {
                for permission in permissions {
                    let place = role
                        .permissions
                        .binary_search_by(|one| one.as_str().cmp(permission));
                    match (place, on) {
                        (Err(place), true) => role.permissions.insert(place, permission.to_owned()),
                        (Ok(place), false) => {
                            role.permissions.remove(place);
                        }
                        _ => {}
                    }
                }
            });
        });
    }

    /// Adds a custom role, or replaces one of the same name.
    pub fn put(&mut self, mut role: Role) {
        tidy(&mut role);
        role.system = false;
        self.step(
            |now| match now.roles.iter().position(|one| one.name == role.name) {
                Some(place) if now.roles[place].system => {}
                Some(place) => now.roles[place] = Arc::new(role),
                None => {
                    now.replacements.remove(&role.name);
                    now.roles.push(Arc::new(role));
                }
            },
        );
    }

    /// Deletes a custom role. Roles that inherit it inherit the replacement instead, if there is one.
    pub fn delete(&mut self, name: &str, replacement: Option<&str>) {
        let is_custom = self.now.get(name).is_some_and(|role| !role.system);
        let replacement = replacement.filter(|to| *to != name && self.now.get(to).is_some());
        if !is_custom {
            return;
        }
        let is_saved = self.base.get(name).is_some();
        self.step(|now| {
            let heirs: Vec<String> = now.heirs(name).map(|role| role.name.clone()).collect();
            for heir in heirs {
                let makes_circle = replacement.is_some_and(|to| {
                    to == heir || now.ancestors(to).iter().any(|role| role.name == heir)
                });
                now.change(&heir, |role| {
                    role.inherits.retain(|one| one != name);
                    if let Some(to) = replacement.filter(|_| !makes_circle) {
                        role.inherits.push(to.to_owned());
                    }
                    tidy(role);
                });
            }
            now.roles.retain(|role| role.name != name);
            // A deleted role is no replacement any more.
            let onward = replacement.map(str::to_owned);
            let all = std::mem::take(&mut now.replacements).into_iter();
            now.replacements = all
                .filter_map(|(gone, to)| {
                    let to = if to == name { onward.clone()? } else { to };
                    Some((gone, to))
                })
                .collect();
            if let Some(to) = onward.filter(|_| is_saved) {
                now.replacements.insert(name.to_owned(), to);
            }
        });
    }

    /// Adopts the server's newer roles, with the user's changes merged into them.
    pub(super) fn rebase(&mut self, base: Roleset, versions: BTreeMap<String, i64>, now: Roleset) {
        self.base = base;
        self.versions = versions;
        self.now = now;
        self.undo.clear();
        self.redo.clear();
    }

    /// Remembers that a step of the plan was saved, and the version that the server gave it.
    pub fn saved(&mut self, step: &SaveStep, version: Option<i64>) {
        let base = &mut self.base;
        match step {
            SaveStep::Create(role) | SaveStep::Replace(role, _) => {
                let known = base.roles.iter_mut().find(|one| one.name == role.name);
                match known {
                    Some(known) => *known = Arc::clone(role),
                    None => base.roles.push(Arc::clone(role)),
                }
                self.versions
                    .extend(version.map(|version| (role.name.clone(), version)));
            }
            SaveStep::Delete { name, .. } => {
                base.roles.retain(|role| role.name != *name);
                self.versions.remove(name);
                self.now.replacements.remove(name);
            }
        }
        self.undo.clear();
        self.redo.clear();
    }

    /// Returns the draft as text that outlives the page, or `None` if nothing is changed.
    pub fn keep(&self) -> Option<String> {
        let kept = Kept {
            base: self
                .base
                .roles
                .iter()
                .map(|role| Role::clone(role))
                .collect(),
            now: self
                .now
                .roles
                .iter()
                .map(|role| Role::clone(role))
                .collect(),
            replacements: self.now.replacements.clone(),
        };
        let text = self.is_changed().then(|| serde_json::to_string(&kept));
        text.and_then(Result::ok)
    }

    /// Returns a kept draft, to be merged with the server's roles. `None` if the text is not one.
    pub fn restore(text: &str) -> Option<Self> {
        let kept: Kept = lenient::parse(text)?;
        let set = |roles: Vec<Role>| roles.into_iter().map(Arc::new).collect();
        let base = Roleset {
            roles: set(kept.base),
            replacements: BTreeMap::new(),
        };
        let now = Roleset {
            roles: set(kept.now),
            replacements: kept.replacements,
        };
        Some(Self {
            base,
            now,
            ..Self::default()
        })
    }

    fn step(&mut self, change: impl FnOnce(&mut Roleset)) {
        let before = self.now.clone();
        change(&mut self.now);
        if self.now == before {
            return;
        }
        self.undo.push(before);
        if self.undo.len() > MOST_STEPS {
            self.undo.remove(0);
        }
        self.redo.clear();
    }
}

/// Returns the listed roles with sorted names, and the versions of the custom ones.
pub(super) fn read(listed: Vec<ListedRole>) -> (Roleset, BTreeMap<String, i64>) {
    let mut versions = BTreeMap::new();
    let mut set = Roleset::default();
    for ListedRole {
        mut role, version, ..
    } in listed
    {
        tidy(&mut role);
        versions.extend(version.map(|version| (role.name.clone(), version)));
        set.roles.push(Arc::new(role));
    }
    (set, versions)
}

fn tidy(role: &mut Role) {
    for names in [&mut role.permissions, &mut role.inherits] {
        names.sort_unstable();
        names.dedup();
    }
}
