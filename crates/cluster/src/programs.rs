//! The programs of a cluster.

use anyhow::{Context, Result, bail};
use std::env;
use std::path::{Path, PathBuf};

/// The version of Kubernetes, as in `crates/cluster/go/go.mod`.
pub const KUBERNETES: &str = "1.37.2";

/// The programs that are built from Kubernetes' and etcd's modules, as package and name.
pub const PROGRAMS: [(&str, &str); 6] = [
    ("go.etcd.io/etcd/server/v3", "etcd"),
    ("k8s.io/kubernetes/cmd/kube-apiserver", "kube-apiserver"),
    (
        "k8s.io/kubernetes/cmd/kube-controller-manager",
        "kube-controller-manager",
    ),
    ("k8s.io/kubernetes/cmd/kube-scheduler", "kube-scheduler"),
    ("k8s.io/kubernetes/cmd/kubelet", "kubelet"),
    ("k8s.io/kubernetes/cmd/kubectl", "kubectl"),
];

/// The programs of this repository, as package and name.
pub const OWN_PROGRAMS: [(&str, &str); 2] = [("./guard", "guard"), ("./node", "node")];

/// Names the folders in which [`Programs::from_environment`] searches, separated as those of `PATH`.
const VARIABLE: &str = "VESTIBULE_CLUSTER_PROGRAMS";

/// The folders of a cluster's programs.
#[derive(Debug, Clone)]
pub struct Programs {
    folders: Vec<PathBuf>,
}

impl Programs {
    /// Checks that the folders contain every program.
    pub fn in_folders(folders: Vec<PathBuf>) -> Result<Self> {
        let programs = Self { folders };
        for (_, name) in PROGRAMS.iter().chain(&OWN_PROGRAMS) {
            programs.path(name)?;
        }
        Ok(programs)
    }

    /// Finds the programs that `cargo xtask` built, by the variable that it sets.
    pub fn from_environment() -> Result<Self> {
        match env::var_os(VARIABLE) {
            Some(folders) => Self::in_folders(env::split_paths(&folders).collect()),
            None => bail!(
                "{VARIABLE} isn't set: run the test by `cargo xtask test kubernetes`, or set the \
                 variable to what `cargo xtask cluster --build` prints"
            ),
        }
    }

    /// Returns the variable and its value for a process that calls [`Programs::from_environment`].
    pub fn environment(&self) -> Result<(&'static str, std::ffi::OsString)> {
        let folders = env::join_paths(&self.folders).context("a folder's name contains `:`")?;
        Ok((VARIABLE, folders))
    }

    /// Returns the path of a program.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        self.folders
            .iter()
            .map(|folder: &PathBuf| Path::new(folder).join(name))
            .find(|path| path.is_file())
            .with_context(|| format!("{name} isn't in {:?}", self.folders))
    }
}
