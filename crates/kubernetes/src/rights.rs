//! Rights that the server needs in a cluster: one table, for its own checks, the printed ClusterRole and
//! the documentation.

mod role;
mod sentence;
#[cfg(test)]
mod tests;

pub use role::{UnwritableRole, cluster_role};
pub use sentence::sentence;

use std::fmt;

/// Name of the lease, in the namespace of the server's access.
pub(crate) const LEASE: &str = "vestibule";

/// Scope in which a right is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RightScope {
    /// In the whole cluster.
    Cluster,
    /// In the namespaces of workspaces.
    Workspaces,
    /// In the namespace of the server's own access.
    Own,
}

/// Condition under which a right is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RightCondition {
    /// Always.
    Always,
    /// Unless the server only observes.
    Acting,
    /// Unless the server only observes, or acts as the users of the console.
    ActingAsItself,
    /// To act as the users of the console.
    Impersonating,
    /// To create the namespaces of workspaces.
    CreatingNamespaces,
    /// To adopt namespaces.
    Adopting,
    /// To reach Pods through the API server.
    Forwarding,
}

/// Use that a server makes of a cluster, on which the rights depend that it needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClusterUse {
    /// `true` if it only observes.
    pub observes_only: bool,
    /// `true` if it acts as the users of the console.
    pub impersonates: bool,
    /// `true` if it reaches Pods through the API server.
    pub forwards: bool,
    /// `true` if it creates namespaces.
    pub creates_namespaces: bool,
    /// `true` if it adopts namespaces.
    pub adopts: bool,
}

/// Row of the table.
pub(crate) struct RightRow {
    /// API group; empty for the core group.
    pub(crate) group: &'static str,
    /// Resource, perhaps with a subresource: `pods/log`.
    pub(crate) resource: &'static str,
    pub(crate) verbs: &'static [&'static str],
    /// The only object that is concerned.
    pub(crate) name: Option<&'static str>,
    pub(crate) place: RightScope,
    pub(crate) need: RightCondition,
}

/// Right that is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// The resource, with its group: `leases.coordination.k8s.io`.
    pub resource: String,
    /// The verb.
    pub verb: &'static str,
    /// The namespace, or `None` for the whole cluster.
    pub namespace: Option<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.verb, self.resource)?;
        match &self.namespace {
            Some(namespace) => write!(f, "in the namespace {namespace}"),
            None => f.write_str("in the whole cluster"),
        }
    }
}

const SESSIONS: &str = crate::resource::GROUP;
const READ: &[&str] = &["get", "list", "watch"];

/// The table.
pub(crate) const TABLE: &[RightRow] = &[
    row(
        "",
        "namespaces",
        &["get"],
        RightScope::Workspaces,
        RightCondition::Always,
    ),
    row(
        "",
        "namespaces",
        &["create"],
        RightScope::Cluster,
        RightCondition::CreatingNamespaces,
    ),
    row(
        "",
        "namespaces",
        &["list", "watch"],
        RightScope::Cluster,
        RightCondition::Adopting,
    ),
    row(
        "",
        "serviceaccounts",
        &["get"],
        RightScope::Cluster,
        RightCondition::CreatingNamespaces,
    ),
    row(
        SESSIONS,
        "agenticsessions",
        READ,
        RightScope::Workspaces,
        RightCondition::Always,
    ),
    row(
        SESSIONS,
        "agenticsessions",
        &["patch"],
        RightScope::Workspaces,
        RightCondition::Acting,
    ),
    row(
        SESSIONS,
        "agenticsessions",
        &["create", "delete"],
        RightScope::Workspaces,
        RightCondition::ActingAsItself,
    ),
    row(
        SESSIONS,
        "agenticsessions/status",
        &["patch"],
        RightScope::Workspaces,
        RightCondition::Always,
    ),
    row(
        "",
        "users",
        &["impersonate"],
        RightScope::Cluster,
        RightCondition::Impersonating,
    ),
    row(
        "",
        "pods",
        READ,
        RightScope::Workspaces,
        RightCondition::Always,
    ),
    row(
        "",
        "pods",
        &["create", "patch", "delete", "deletecollection"],
        RightScope::Workspaces,
        RightCondition::Acting,
    ),
    row(
        "",
        "pods/log",
        &["get"],
        RightScope::Workspaces,
        RightCondition::Always,
    ),
    row(
        "",
        "pods/portforward",
        // A WebSocket is opened by GET, and needs both since Kubernetes 1.35.
        &["get", "create"],
        RightScope::Workspaces,
        RightCondition::Forwarding,
    ),
    row(
        "",
        "persistentvolumeclaims",
        READ,
        RightScope::Workspaces,
        RightCondition::Always,
    ),
    row(
        "",
        "persistentvolumeclaims",
        &["create", "patch", "delete"],
        RightScope::Workspaces,
        RightCondition::Acting,
    ),
    row(
        "",
        "secrets",
        READ,
        RightScope::Workspaces,
        RightCondition::Always,
    ),
    row(
        "",
        "secrets",
        &["create", "patch", "deletecollection"],
        RightScope::Workspaces,
        RightCondition::Acting,
    ),
    row(
        "",
        "events",
        &["get", "list"],
        RightScope::Workspaces,
        RightCondition::Always,
    ),
    row(
        "events.k8s.io",
        "events",
        &["create", "patch"],
        RightScope::Workspaces,
        RightCondition::Acting,
    ),
    row(
        "coordination.k8s.io",
        "leases",
        &["create"],
        RightScope::Own,
        RightCondition::Always,
    ),
    RightRow {
        name: Some(LEASE),
        ..row(
            "coordination.k8s.io",
            "leases",
            &["get", "patch"],
            RightScope::Own,
            RightCondition::Always,
        )
    },
];

const fn row(
    group: &'static str,
    resource: &'static str,
    verbs: &'static [&'static str],
    place: RightScope,
    need: RightCondition,
) -> RightRow {
    RightRow {
        group,
        resource,
        verbs,
        name: None,
        place,
        need,
    }
}

/// Right: a verb on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Right {
    pub(crate) group: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) verb: &'static str,
    pub(crate) name: Option<&'static str>,
}

impl Right {
    /// Returns the resource and its subresource, which is empty if there is none.
    pub(crate) fn parts(&self) -> (&'static str, &'static str) {
        self.resource.split_once('/').unwrap_or((self.resource, ""))
    }

    /// Returns the right as one that is missing.
    pub(crate) fn missing(&self, namespace: Option<&str>) -> Missing {
        Missing {
            resource: qualified(self.group, self.resource),
            verb: self.verb,
            namespace: namespace.map(str::to_owned),
        }
    }
}

impl ClusterUse {
    fn need(&self, need: RightCondition) -> bool {
        match need {
            RightCondition::Always => true,
            RightCondition::Acting => !self.observes_only,
            RightCondition::ActingAsItself => !self.observes_only && !self.impersonates,
            RightCondition::Impersonating => !self.observes_only && self.impersonates,
            RightCondition::CreatingNamespaces => !self.observes_only && self.creates_namespaces,
            RightCondition::Adopting => self.adopts,
            RightCondition::Forwarding => self.forwards,
        }
    }

    /// Returns the rights that are needed in a place.
    pub(crate) fn rights(&self, place: RightScope) -> Vec<Right> {
        let rows = TABLE.iter();
        let rows = rows.filter(|row| row.place == place && self.need(row.need));
        let rights = rows.flat_map(|row| {
            row.verbs.iter().map(|verb| Right {
                group: row.group,
                resource: row.resource,
                verb,
                name: row.name,
            })
        });
        rights.collect()
    }
}

/// Returns a resource with its group, as kubectl has it: `leases.coordination.k8s.io`.
fn qualified(group: &str, resource: &str) -> String {
    match (group, resource.split_once('/')) {
        ("", _) => resource.to_owned(),
        (_, None) => format!("{resource}.{group}"),
        (_, Some((resource, part))) => format!("{resource}.{group}/{part}"),
    }
}
