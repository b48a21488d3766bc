//! Settings of the engine on Kubernetes.

use super::values::{length_of_time, path};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;
use vestibule_engine::local::catalogue::RunAs;

/// Engine that runs workbenches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineSetting {
    /// Processes of the server's machine.
    Local,
    /// Pods of a cluster.
    Kubernetes,
}

/// Way to the Pods of workbenches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PodAccess {
    /// By their addresses.
    Direct,
    /// Through the API server.
    Forward,
}

/// Settings of the engine on Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ClusterSettings {
    /// Engine that runs workbenches: local (processes of this machine) or kubernetes (Pods of a
    /// cluster)
    #[arg(long, value_name = "ENGINE", default_value = "local", value_parser = engine)]
    pub engine: EngineSetting,
    /// Kubeconfig of the cluster [default: inside a cluster that cluster, otherwise the usual file]
    #[arg(long, value_name = "FILE", value_parser = path)]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME")]
    pub kube_context: Option<String>,
    /// Begin of the names of workspaces' namespaces; the workspace's identifier follows
    #[arg(long, value_name = "TEXT", default_value = "vestibule-", value_parser = prefix)]
    pub namespace_prefix: String,
    /// Image with this program as its entry point, which Pods of workbenches take it from; needed for
    /// the engine kubernetes
    #[arg(long, value_name = "IMAGE")]
    pub runner_image: Option<String>,
    /// User and group of the Pods of apps that name none: a number, or cluster (the cluster assigns them, as
    /// OpenShift does)
    #[arg(long, value_name = "USER", default_value = "1000")]
    pub run_as: RunAs,
    /// Time for which an image that can't be pulled on a cluster is tried again, before the run fails
    #[arg(long, value_name = "TIME", default_value = "2min", value_parser = length_of_time)]
    pub image_grace: Duration,
    /// Namespace of the lease by which one server alone manages a cluster: the same for all servers
    #[arg(long, value_name = "NAME", default_value = "vestibule")]
    pub lease_namespace: String,
    /// Size of a new workbench's folder on a cluster, unless its app has another
    #[arg(long, value_name = "QUANTITY", default_value = "10Gi")]
    pub folder_size: String,
    /// Time for which the folder of a deleted workbench is kept on a cluster
    #[arg(long, value_name = "TIME", default_value = "7days", value_parser = length_of_time)]
    pub keep_folders_for: Duration,
    /// Second annotation of resources with the newest progress message, such as
    /// ambient-code.io/runner-progress for programs that read that
    #[arg(long, value_name = "NAME", value_parser = annotation)]
    pub progress_annotation: Option<String>,
    /// Way to the Pods: direct or forward (through the API server) [default: direct inside a cluster,
    /// otherwise forward]
    #[arg(long, value_name = "WAY", value_parser = pod_access)]
    pub pod_access: Option<PodAccess>,
    /// Only observe the cluster: create, change and remove nothing of workbenches there
    #[arg(long)]
    pub observe_only: bool,
    /// Change resources as the user of the console with whose username Kubernetes knows them
    /// (impersonation)
    #[arg(long)]
    pub impersonate: bool,
}

fn engine(text: &str) -> Result<EngineSetting, String> {
    EngineSetting::from_str(text, true)
        .map_err(|_| format!("{text:?} is neither local nor kubernetes"))
}

fn pod_access(text: &str) -> Result<PodAccess, String> {
    PodAccess::from_str(text, true).map_err(|_| format!("{text:?} is neither direct nor forward"))
}

/// Returns the name of an annotation with a prefix.
fn annotation(text: &str) -> Result<String, String> {
    let is_part = |part: &str, max: usize| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        let ends = [part.bytes().next(), part.bytes().last()];
        let ends_well = |b: &Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
        part.len() <= max && part.bytes().all(fits) && ends.iter().all(ends_well)
    };
    match text.split_once('/') {
        Some((prefix, name)) if is_part(prefix, 253) && is_part(name, 63) => Ok(text.to_owned()),
        _ => Err(format!(
            "{text:?} is no annotation, such as example.org/progress"
        )),
    }
}

/// Returns a begin of a namespace's name: a DNS label with room for an identifier.
fn prefix(text: &str) -> Result<String, String> {
    let is_label = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    match is_label && !text.starts_with('-') && text.len() <= 40 {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "{text:?} is not at most 40 lower-case letters, digits and hyphens"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotation_has_a_prefix_and_a_name() {
        let good = "ambient-code.io/runner-progress";
        assert_eq!(annotation(good), Ok(good.to_owned()));
        for bad in ["", "progress", "/a", "a/", "a/b/c", "a b/c", "a/-c"] {
            assert!(annotation(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn prefix_begins_the_name_of_a_namespace() {
        for good in ["", "vestibule-", "team2-"] {
            assert_eq!(prefix(good), Ok(good.to_owned()));
        }
        for bad in ["-a", "Team-", "a_b", &"a".repeat(41)] {
            assert!(prefix(bad).is_err(), "{bad}");
        }
    }
}
