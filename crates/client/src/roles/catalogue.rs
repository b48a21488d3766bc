//! Permissions as rows, grouped by resource.

use serde::Deserialize;
use std::collections::BTreeMap;
use vestibule_model::access::Role;
use vestibule_model::lenient;

/// Permission as the server lists it, or one that only a role names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedPermission {
    /// Wire name, `resource:action`.
    pub name: String,
    /// Title.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// Sentence about what it permits.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: String,
    /// `true` if the server does not know it. It can be removed from a role, and not added.
    #[serde(skip)]
    pub is_unknown: bool,
}

impl ListedPermission {
    /// Returns the part of the name before the colon.
    pub fn resource(&self) -> &str {
        self.name
            .split_once(':')
            .map_or("", |(resource, _)| resource)
    }
}

/// Permissions of one resource, as a range of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionGroup {
    /// Name of the resource.
    pub resource: String,
    /// Indices of its permissions in the catalogue.
    pub rows: std::ops::Range<usize>,
}

/// All permissions in the order of their rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PermissionCatalogue {
    /// The permissions, those of one resource together.
    pub permissions: Vec<ListedPermission>,
    /// The groups, in the order of their first permission.
    pub groups: Vec<PermissionGroup>,
}

impl PermissionCatalogue {
    /// Returns the permissions of a group.
    pub fn rows(&self, group: &PermissionGroup) -> &[ListedPermission] {
        self.permissions.get(group.rows.clone()).unwrap_or_default()
    }

    /// Returns the listed permissions, then those that only the roles name (FIELD 34).
    pub fn new<'r>(
        listed: Vec<ListedPermission>,
        roles: impl IntoIterator<Item = &'r Role>,
    ) -> Self {
        let mut all: BTreeMap<String, ()> = BTreeMap::new();
        let mut groups: Vec<(String, Vec<ListedPermission>)> = Vec::new();
        let mut add = |permission: ListedPermission| {
            if all.insert(permission.name.clone(), ()).is_some() {
                return;
            }
            let resource = permission.resource().to_owned();
            match groups.iter_mut().find(|(known, _)| *known == resource) {
                Some((_, rows)) => rows.push(permission),
                None => groups.push((resource, vec![permission])),
            }
        };
        listed.into_iter().for_each(&mut add);
        for name in roles.into_iter().flat_map(|role| &role.permissions) {
            add(ListedPermission {
                name: name.clone(),
                title: name.clone(),
                description: String::new(),
                is_unknown: true,
            });
        }
        let mut catalogue = Self::default();
        for (resource, rows) in groups {
            let first = catalogue.permissions.len();
            catalogue.permissions.extend(rows);
            let rows = first..catalogue.permissions.len();
            catalogue.groups.push(PermissionGroup { resource, rows });
        }
        catalogue
    }

    /// Returns the title of a permission, or its name.
    pub fn title<'a>(&'a self, name: &'a str) -> &'a str {
        let found = self.permissions.iter().find(|one| one.name == name);
        found.map_or(name, |one| one.title.as_str())
    }
}
