//! Roles, and the permissions that they have by inheritance.

use super::permission::{Permission, PermissionSet};
use super::system::{SYSTEM_ROLES, SystemRole};
use crate::lenient;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Role. Permissions and roles are named by text: names that only a newer version knows are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Name, unique on the installation.
    pub name: String,
    /// Title for screens.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// Description for screens.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: String,
    /// `true` if the role exists on every installation and cannot be edited.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub system: bool,
    /// Names of its own permissions.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub permissions: Vec<String>,
    /// Names of the roles whose permissions it inherits.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub inherits: Vec<String>,
}

impl From<&SystemRole> for Role {
    fn from(role: &SystemRole) -> Self {
        let names = role.permissions.iter().map(|one| one.name().to_owned());
        Self {
            name: role.name.to_owned(),
            title: role.title.to_owned(),
            description: role.description.to_owned(),
            system: true,
            permissions: names.collect(),
            inherits: role.inherits.iter().map(|&name| name.into()).collect(),
        }
    }
}

impl Role {
    /// Returns the text that screens show for it.
    pub fn shown_title(&self) -> &str {
        match self.title.as_str() {
            "" => &self.name,
            title => title,
        }
    }
}

/// Permissions of a role, its own and the inherited ones. Each has the path of roles to the nearest
/// one that lists it: only the role itself for its own permissions.
pub type Flat = BTreeMap<String, Vec<String>>;

/// All roles of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    all: BTreeMap<String, Role>,
    sets: BTreeMap<String, PermissionSet>,
}

impl Default for Roles {
    fn default() -> Self {
        Self::new([])
    }
}

impl Roles {
    /// Returns the system roles and these custom ones. A custom role cannot replace a system role.
    pub fn new(custom: impl IntoIterator<Item = Role>) -> Self {
        let custom = custom.into_iter().map(|role| (role.name.clone(), role));
        let mut all = BTreeMap::new();
        // Collecting would sort first, by a sort that is compiled for roles alone.
        all.extend(custom);
        for role in SYSTEM_ROLES {
            all.insert(role.name.to_owned(), role.into());
        }
        let mut roles = Self {
            all,
            sets: BTreeMap::new(),
        };
        let set = |name: &String| {
            let flat = roles.flatten(name);
            let known = flat.keys().filter_map(|name| Permission::from_name(name));
            (name.clone(), known.collect())
        };
        let sets: Vec<(String, PermissionSet)> = roles.all.keys().map(set).collect();
        roles.sets.extend(sets);
        roles
    }

    /// Returns the role of this name.
    pub fn get(&self, name: &str) -> Option<&Role> {
        self.all.get(name)
    }

    /// Returns all roles: the system roles, the most powerful first, then the custom ones by name.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        let system = SYSTEM_ROLES.iter().filter_map(|role| self.get(role.name));
        system.chain(self.all.values().filter(|role| !role.system))
    }

    /// Returns the known permissions of a role, none for an unknown role.
    pub fn permissions_of(&self, name: &str) -> PermissionSet {
        self.sets.get(name).copied().unwrap_or_default()
    }

    /// Returns the permissions of a role with the path to each. Unknown roles have none, and roles
    /// that inherit each other in a circle end the search.
    pub fn flatten(&self, name: &str) -> Flat {
        let mut flat = Flat::new();
        let mut seen = BTreeSet::from([name]);
        // Breadth first: the first path to a permission is the shortest one.
        let mut queue = VecDeque::from([vec![name]]);
        while let Some(path) = queue.pop_front() {
            let Some(role) = path.last().and_then(|name| self.get(name)) else {
                continue;
            };
            for permission in &role.permissions {
                flat.entry(permission.clone())
                    .or_insert_with(|| path.iter().map(|&name| name.to_owned()).collect());
            }
            for parent in &role.inherits {
                if seen.insert(parent) {
                    let mut longer = path.clone();
                    longer.push(parent);
                    queue.push_back(longer);
                }
            }
        }
        flat
    }

    /// Returns the circle in which a role would inherit itself, from its name to its name, or `None`.
    pub fn circle(&self, role: &Role) -> Option<Vec<String>> {
        let mut seen = BTreeSet::new();
        let first = role.inherits.iter().map(|parent| vec![parent.as_str()]);
        let mut queue: VecDeque<Vec<&str>> = first.collect();
        while let Some(path) = queue.pop_front() {
            let &last = path.last()?;
            if last == role.name {
                let names = [role.name.as_str()].into_iter().chain(path);
                return Some(names.map(str::to_owned).collect());
            }
            let parents = self.get(last).filter(|_| seen.insert(last));
            for parent in parents.into_iter().flat_map(|found| &found.inherits) {
                let mut longer = path.clone();
                longer.push(parent);
                queue.push_back(longer);
            }
        }
        None
    }

    /// Returns the roles that have a permission, of their own or inherited.
    pub fn holders(&self, permission: Permission) -> impl Iterator<Item = &Role> {
        self.iter()
            .filter(move |role| self.permissions_of(&role.name).contains(permission))
    }
}
