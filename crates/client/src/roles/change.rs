//! Differences between two states of the roles.

use super::draft::Roleset;
use std::sync::Arc;
use vestibule_model::access::Role;

/// Change of one aspect of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aspect {
    /// Another title: before, after.
    Title(String, String),
    /// Another description.
    Description,
    /// A permission was added, by name.
    Added(String),
    /// A permission was removed, by name.
    Removed(String),
    /// The role inherits another one, by title.
    Inherits(String),
    /// The role inherits another one no more, by title.
    InheritsNoMore(String),
}

/// Change of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new role.
    Created {
        /// Name.
        name: String,
        /// Title.
        title: String,
        /// Content.
        aspects: Vec<Aspect>,
    },
    /// A changed role.
    Changed {
        /// Name.
        name: String,
        /// Title.
        title: String,
        /// The changes.
        aspects: Vec<Aspect>,
    },
    /// A deleted role.
    Deleted {
        /// Name.
        name: String,
        /// Title.
        title: String,
        /// Title of the role that its users get.
        replacement: Option<String>,
    },
}

impl Change {
    /// Returns the name of the role.
    pub fn name(&self) -> &str {
        match self {
            Self::Created { name, .. }
            | Self::Changed { name, .. }
            | Self::Deleted { name, .. } => name,
        }
    }

    /// Returns the number of single changes.
    pub fn count(&self) -> usize {
        match self {
            Self::Changed { aspects, .. } => aspects.len(),
            Self::Created { .. } | Self::Deleted { .. } => 1,
        }
    }
}

/// Returns the changes that lead from one state to another, in the order of the roles.
pub fn changes(before: &Roleset, after: &Roleset) -> Vec<Change> {
    let title = |name: &str| {
        let found = after.get(name).or_else(|| before.get(name));
        found.map_or_else(|| name.to_owned(), |role| role.title.clone())
    };
    let mut all = Vec::new();
    for role in &after.roles {
        let (name, shown) = (role.name.clone(), role.title.clone());
        match before.get(&role.name) {
            Some(base) if Arc::ptr_eq(base, role) || base == role => {}
            Some(base) => all.push(Change::Changed {
                aspects: aspects(base, role, &title),
                title: shown,
                name,
            }),
            None => {
                let nothing = Role {
                    permissions: Vec::new(),
                    inherits: Vec::new(),
                    ..Role::clone(role)
                };
                all.push(Change::Created {
                    aspects: aspects(&nothing, role, &title),
                    title: shown,
                    name,
                });
            }
        }
    }
    for role in before
        .roles
        .iter()
        .filter(|role| after.get(&role.name).is_none())
    {
        all.push(Change::Deleted {
            name: role.name.clone(),
            title: role.title.clone(),
            replacement: after.replacements.get(&role.name).map(|to| title(to)),
        });
    }
    all
}

/// Returns the changes of one role.
pub(super) fn aspects(before: &Role, after: &Role, title: &dyn Fn(&str) -> String) -> Vec<Aspect> {
    let mut all = Vec::new();
    if before.title != after.title {
        all.push(Aspect::Title(before.title.clone(), after.title.clone()));
    }
    if before.description != after.description {
        all.push(Aspect::Description);
    }
    let missing = |names: &[String], from: &[String]| -> Vec<String> {
        let names = names
            .iter()
            .filter(|name| from.binary_search(name).is_err());
        names.cloned().collect()
    };
    let inherits = |names: Vec<String>| names.into_iter().map(|name| title(&name));
    all.extend(
        missing(&after.permissions, &before.permissions)
            .into_iter()
            .map(Aspect::Added),
    );
    all.extend(
        missing(&before.permissions, &after.permissions)
            .into_iter()
            .map(Aspect::Removed),
    );
    all.extend(inherits(missing(&after.inherits, &before.inherits)).map(Aspect::Inherits));
    all.extend(inherits(missing(&before.inherits, &after.inherits)).map(Aspect::InheritsNoMore));
    all
}
