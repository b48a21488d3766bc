//! Permissions and sets of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Narrowest thing that a permission can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Dimension {
    /// The installation: only a grant on the platform gives it.
    Platform,
    /// A workspace.
    Workspace,
    /// A workbench.
    Workbench,
}

macro_rules! permissions {
    ($($variant:ident = $name:literal $dimension:ident $title:literal $description:literal;)+) => {
        /// Permission: an action on a kind of resource. Its wire name is `resource:action`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission {
            $(#[doc = $description] $variant,)+
        }

        impl Permission {
            /// All permissions in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the wire name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns the dimension that a grant must bind.
            pub const fn dimension(self) -> Dimension {
                match self { $(Self::$variant => Dimension::$dimension,)+ }
            }

            /// Returns the title for screens.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// Returns a sentence for screens.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)+ }
            }
        }
    };
}

permissions! {
    WorkspaceRead = "workspace:read" Workspace "See workspaces" "See a workspace and its name.";
    WorkspaceCreate = "workspace:create" Platform "Create workspaces" "Create workspaces, and become their owner.";
    WorkspaceUpdate = "workspace:update" Workspace "Rename workspaces" "Rename a workspace.";
    WorkspaceDelete = "workspace:delete" Workspace "Delete workspaces" "Delete an empty workspace.";
    MemberRead = "member:read" Workspace "See members" "See who has access to a workspace, and by which grant.";
    MemberUpdate = "member:update" Workspace "Manage members" "Add and remove the members of a workspace.";
    WorkbenchRead = "workbench:read" Workbench "See workbenches" "See workbenches with their runs, journals, logs and builds.";
    WorkbenchCreate = "workbench:create" Workspace "Create workbenches" "Create workbenches and request builds.";
    WorkbenchUpdate = "workbench:update" Workbench "Change workbenches" "Change the name and the settings of a workbench, and type in its terminals.";
    WorkbenchStart = "workbench:start" Workbench "Start workbenches" "Start and restart a workbench, and extend its start.";
    WorkbenchStop = "workbench:stop" Workbench "Stop workbenches" "Stop and restart a workbench.";
    WorkbenchDelete = "workbench:delete" Workbench "Delete workbenches" "Delete a workbench with its folder.";
    WorkbenchOpen = "workbench:open" Workbench "Open apps" "Open the app of a workbench.";
    WorkbenchShare = "workbench:share" Workbench "Share workbenches" "Give other users access to a workbench.";
    SecretRead = "secret:read" Workspace "See secrets' names" "See the names of a workspace's secrets. No permission reveals values.";
    SecretWrite = "secret:write" Workspace "Change secrets" "Set and delete a workspace's secrets.";
    AppRead = "app:read" Workbench "See the catalogue" "See the catalogue of apps.";
    UserRead = "user:read" Platform "See users" "See all users and their grants.";
    UserCreate = "user:create" Platform "Create users" "Create users.";
    UserUpdate = "user:update" Platform "Manage users" "Edit and disable users, reset their passwords and sign them out.";
    UserDelete = "user:delete" Platform "Delete users" "Delete users.";
    UserGrant = "user:grant" Platform "Grant roles" "Give and take the roles that one holds oneself.";
    RoleUpdate = "role:update" Platform "Manage roles" "Create, change and delete custom roles.";
    LimitUpdate = "limit:update" Workspace "Set time limits" "Set default and longest times of runs and of idleness, for a workspace or, on the platform, for all.";
    AuditRead = "audit:read" Platform "Read the audit log" "Read who changed what.";
}

impl Permission {
    /// Returns the permission of this wire name, or `None` if this version does not know it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    /// Returns the part of the wire name before the colon.
    pub fn resource(self) -> &'static str {
        self.name()
            .split_once(':')
            .map_or("", |(resource, _)| resource)
    }

    /// Returns the part of the wire name after the colon.
    pub fn action(self) -> &'static str {
        self.name().split_once(':').map_or("", |(_, action)| action)
    }
}

/// Set of known permissions. On the wire it is a list of names; unknown names are left out, since
/// they decide nothing here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PermissionSet(u64);

// A bit for each permission.
const _: () = assert!(Permission::ALL.len() <= 64);

impl PermissionSet {
    /// Returns the set of all permissions.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Returns `true` if the permission is in the set.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// Returns `true` if the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the permissions that are in both sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns the permissions that are in one of the sets.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the permissions in the order in which they are shown.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .iter()
            .copied()
            .filter(move |one| self.contains(*one))
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |set, one| set | (1 << one as u8)))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for PermissionSet {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let names: Vec<&str> = Permission::ALL.iter().map(|one| one.name()).collect();
        let names = crate::schema::open_words(&names);
        utoipa::openapi::schema::ArrayBuilder::new()
            .items(names)
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for PermissionSet {}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Permission::name))
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names: Vec<String> = crate::lenient::rows(deserializer)?;
        Ok(names
            .iter()
            .filter_map(|name| Permission::from_name(name))
            .collect())
    }
}
