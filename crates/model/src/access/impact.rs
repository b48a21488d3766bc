//! Effect of a change of roles on the users who have them.

use super::grant::{Grant, Reach, reach};
use super::permission::{Dimension, Permission};
use super::role::Roles;
use crate::ids::{WorkbenchId, WorkspaceId};
use crate::lenient;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most names of users in a response.
const MOST_NAMES: usize = 20;

/// Change of roles: the roles afterwards, and the replacements of deleted ones.
#[derive(Debug)]
pub struct RoleChange<'a> {
    /// All roles after the change.
    pub after: &'a Roles,
    /// For each deleted role, the role that its users get.
    pub replaced: BTreeMap<String, String>,
}

/// Place of a workbench, and whether it runs.
#[derive(Debug, Clone)]
pub struct WorkbenchLocation {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// `true` if the workbench runs.
    pub is_running: bool,
}

/// Effect of a change of roles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RoleImpact {
    /// Effects by permission, in the order in which permissions are shown.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub permissions: Vec<PermissionImpact>,
    /// Number of running workbenches on which a user loses a permission.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub running_workbenches: usize,
    /// Names of the permissions that the signed-in user loses.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub yours: Vec<String>,
    /// Users of each role that the request names.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub uses: Vec<RoleUse>,
}

/// Users who lose and gain one permission somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PermissionImpact {
    /// Name of the permission.
    pub permission: String,
    /// Users who lose it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub losing: Affected,
    /// Users who gain it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub gaining: Affected,
    /// Number of running workbenches on which a user loses it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub running_workbenches: usize,
}

/// Users of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RoleUse {
    /// Name of the role.
    pub role: String,
    /// Users with a grant of it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub users: Affected,
}

/// Number of users, and the first names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Affected {
    /// Number of users.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub users: usize,
    /// Usernames, at most 20.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub names: Vec<String>,
}

impl Affected {
    /// Counts a user.
    pub fn add(&mut self, name: &str) {
        self.users += 1;
        if self.names.len() < MOST_NAMES {
            self.names.push(name.to_owned());
        }
    }
}

impl RoleChange<'_> {
    /// Returns a user's grants after the change.
    pub fn applied_to(&self, grants: &[Grant]) -> Vec<Grant> {
        let after = grants.iter().map(|grant| {
            let role = self.replaced.get(&grant.role).unwrap_or(&grant.role);
            Grant {
                role: role.clone(),
                permissions: self.after.permissions_of(role),
                ..grant.clone()
            }
        });
        after.collect()
    }

    /// Returns the effect on these users, given by name with their grants before the change.
    pub fn impact<'u>(
        &self,
        users: impl IntoIterator<Item = (&'u str, &'u [Grant])>,
        workbenches: &BTreeMap<WorkbenchId, WorkbenchLocation>,
    ) -> RoleImpact {
        let mut effects: BTreeMap<Permission, PermissionImpact> = BTreeMap::new();
        let mut touched: BTreeMap<Permission, BTreeSet<&WorkbenchId>> = BTreeMap::new();
        for (name, before) in users {
            let after = self.applied_to(before);
            for permission in Permission::ALL.iter().copied() {
                let differs = before.iter().zip(&after).any(|(before, after)| {
                    before.permissions.contains(permission)
                        != after.permissions.contains(permission)
                });
                if !differs {
                    continue;
                }
                let (had, has) = (reach(before, permission), reach(&after, permission));
                let (loses, gains) = (
                    !covers(&has, &had, workbenches),
                    !covers(&had, &has, workbenches),
                );
                if !loses && !gains {
                    continue;
                }
                let effect = effects
                    .entry(permission)
                    .or_insert_with(|| PermissionImpact {
                        permission: permission.name().to_owned(),
                        losing: Affected::default(),
                        gaining: Affected::default(),
                        running_workbenches: 0,
                    });
                if gains {
                    effect.gaining.add(name);
                }
                if loses {
                    effect.losing.add(name);
                    if permission.dimension() == Dimension::Workbench {
                        let lost = workbenches.iter().filter(|(id, at)| {
                            at.is_running && includes(&had, id, at) && !includes(&has, id, at)
                        });
                        let lost = lost.map(|(id, _)| id);
                        touched.entry(permission).or_default().extend(lost);
                    }
                }
            }
        }
        for (permission, running) in &touched {
            if let Some(effect) = effects.get_mut(permission) {
                effect.running_workbenches = running.len();
            }
        }
        let all: BTreeSet<&WorkbenchId> = touched.into_values().flatten().collect();
        RoleImpact {
            permissions: effects.into_values().collect(),
            running_workbenches: all.len(),
            yours: Vec::new(),
            uses: Vec::new(),
        }
    }
}

/// Returns `true` if a reach has everything that the other one has.
fn covers(
    reach: &Reach,
    other: &Reach,
    workbenches: &BTreeMap<WorkbenchId, WorkbenchLocation>,
) -> bool {
    let has_workspace = |id: &String| reach.workspaces.contains(id);
    let has_workbench = |id: &String| {
        let place = workbenches.get(&WorkbenchId::from(id.as_str()));
        let is_inside = place.is_some_and(|at| has_workspace(&at.workspace.to_string()));
        reach.workbenches.contains(id) || is_inside
    };
    reach.everything
        || (!other.everything
            && other.workspaces.iter().all(has_workspace)
            && other.workbenches.iter().all(has_workbench))
}

fn includes(reach: &Reach, id: &WorkbenchId, at: &WorkbenchLocation) -> bool {
    reach.everything
        || reach
            .workspaces
            .iter()
            .any(|one| one == at.workspace.as_str())
        || reach.workbenches.iter().any(|one| one == id.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::role::Role;
    use super::super::scope::{Resource, Scope};
    use super::super::{allows, system};
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    const BENCHES: &[(&str, &str, bool)] = &[
        ("ws-a", "wb-a", true),
        ("ws-a", "wb-b", true),
        ("ws-b", "wb-c", true),
        ("ws-b", "wb-d", false),
    ];

    fn workbenches() -> BTreeMap<WorkbenchId, WorkbenchLocation> {
        let place = |(ws, wb, is_running): &(&str, &str, bool)| {
            let workspace = WorkspaceId::from(*ws);
            let is_running = *is_running;
            (
                WorkbenchId::from(*wb),
                WorkbenchLocation {
                    workspace,
                    is_running,
                },
            )
        };
        BENCHES.iter().map(place).collect()
    }

    fn role(permissions: &[Permission]) -> Role {
        Role {
            name: "team".into(),
            title: "Team".into(),
            description: String::new(),
            system: false,
            permissions: permissions.iter().map(|one| one.name().into()).collect(),
            inherits: Vec::new(),
        }
    }

    #[test]
    fn a_removed_permission_names_who_loses_it_and_the_running_workbenches() {
        let before = Roles::new([role(&[Permission::WorkbenchStop])]);
        let after = Roles::new([role(&[])]);
        let change = RoleChange {
            after: &after,
            replaced: BTreeMap::new(),
        };
        let ws = |id: &str| Scope::Workspace(id.into());
        let team = vec![Grant::new(&before, "team", ws("ws-a"))];
        // Another grant covers the same place: nothing is lost.
        let owner = vec![
            Grant::new(&before, "team", ws("ws-a")),
            Grant::new(&before, system::WORKSPACE_OWNER, ws("*")),
        ];
        let guest = vec![Grant::new(&before, "team", Scope::Workbench("wb-c".into()))];
        let users = [("ada", team), ("bob", owner), ("cy", guest)];
        let users = users
            .iter()
            .map(|(name, grants)| (*name, grants.as_slice()));
        let impact = change.impact(users, &workbenches());
        assert_eq!(impact.permissions.len(), 1);
        let stop = &impact.permissions[0];
        assert_eq!(stop.permission, "workbench:stop");
        assert_eq!(stop.losing.names, ["ada", "cy"]);
        assert_eq!((stop.gaining.users, stop.running_workbenches), (0, 3));
        assert_eq!(impact.running_workbenches, 3);
    }

    #[test]
    fn a_replacement_gives_its_permissions() {
        let before = Roles::new([role(&[Permission::WorkbenchStop])]);
        let after = Roles::default();
        let replaced = BTreeMap::from([("team".to_owned(), "workspace-viewer".to_owned())]);
        let change = RoleChange {
            after: &after,
            replaced,
        };
        let grants = vec![Grant::new(&before, "team", Scope::Workspace("ws-a".into()))];
        let impact = change.impact([("ada", grants.as_slice())], &workbenches());
        let of = |name: &str| impact.permissions.iter().find(|one| one.permission == name);
        assert_eq!(of("workbench:stop").map(|one| one.losing.users), Some(1));
        assert_eq!(of("workspace:read").map(|one| one.gaining.users), Some(1));
    }

    proptest! {
        /// Compares with decisions on each workbench, workspace and the platform.
        #[test]
        fn effects_equal_the_changed_decisions(
            had in vec(select(Permission::ALL), 0..4),
            has in vec(select(Permission::ALL), 0..4),
            scopes in vec(prop_oneof![
                Just(Scope::Platform(true)),
                select(&["ws-a", "ws-b", "*"][..]).prop_map(|id| Scope::Workspace(id.into())),
                select(&["wb-a", "wb-c"][..]).prop_map(|id| Scope::Workbench(id.into())),
            ], 0..3),
            other in select(&["workspace-member", "workbench-guest", "team"][..]),
        ) {
            let before = Roles::new([role(&had)]);
            let after = Roles::new([role(&has)]);
            let change = RoleChange { after: &after, replaced: BTreeMap::new() };
            let mut grants: Vec<Grant> =
                scopes.iter().map(|scope| Grant::new(&before, "team", scope.clone())).collect();
            grants.extend(scopes.first().map(|scope| Grant::new(&before, other, scope.clone())));
            let later = change.applied_to(&grants);
            let impact = change.impact([("ada", grants.as_slice())], &workbenches());
            let mut lost = BTreeSet::new();
            for permission in Permission::ALL.iter().copied() {
                let on = BENCHES.iter().filter(|(_, _, is_running)| *is_running).filter(|(ws, wb, _)| {
                    let at = Resource::Workbench((*ws).into(), (*wb).into());
                    let is_for_workbenches = permission.dimension() == Dimension::Workbench;
                    is_for_workbenches && allows(&grants, permission, &at) && !allows(&later, permission, &at)
                });
                let on: Vec<&str> = on.map(|(_, wb, _)| *wb).collect();
                let found = impact.permissions.iter().find(|one| one.permission == permission.name());
                prop_assert_eq!(found.map_or(0, |one| one.running_workbenches), on.len());
                lost.extend(on.iter().copied());
                // Asked about the platform, a grant on every workspace gives nothing.
                let is_for_platform = permission.dimension() == Dimension::Platform;
                let platform = is_for_platform.then(|| (
                    allows(&grants, permission, &Resource::Platform),
                    allows(&later, permission, &Resource::Platform),
                ));
                if platform == Some((true, false)) || !on.is_empty() {
                    prop_assert_eq!(found.map(|one| one.losing.users), Some(1));
                }
                if platform == Some((false, true)) {
                    prop_assert_eq!(found.map(|one| one.gaining.users), Some(1));
                }
            }
            prop_assert_eq!(impact.running_workbenches, lost.len());
        }
    }
}
