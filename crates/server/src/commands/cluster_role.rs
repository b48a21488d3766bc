//! `vestibule cluster-role`.

use crate::settings::PodAccess;
use clap::Args;
use std::io::{self, Write as _};
use vestibule_kubernetes::rights::{ClusterUse, cluster_role};

/// Settings of the server on which its rights depend.
#[derive(Debug, Args)]
pub struct Options {
    /// Way of the server to the Pods, as it is set
    #[arg(long, value_name = "WAY", default_value = "forward", value_enum)]
    pub pod_access: PodAccess,
    /// Include the right to act as any user, for --impersonate
    #[arg(long)]
    pub impersonate: bool,
    /// Leave out what a server with --observe-only doesn't do
    #[arg(long)]
    pub observe_only: bool,
}

/// Prints the role as YAML.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let uses = ClusterUse {
        observes_only: options.observe_only,
        impersonates: options.impersonate,
        forwards: options.pod_access == PodAccess::Forward,
        creates_namespaces: true,
        adopts: true,
    };
    write!(io::stdout(), "{}", cluster_role(&uses)?)?;
    Ok(())
}
