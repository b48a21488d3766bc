//! kubectl, as the cluster's administrator.

use crate::folder::Folder;
use crate::programs::Programs;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// kubectl with the kubeconfig of a cluster.
#[derive(Debug)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    cache: PathBuf,
}

impl Kubectl {
    /// Finds the program.
    pub fn new(programs: &Programs, folder: &Folder) -> Result<Self> {
        Ok(Self {
            program: programs.path("kubectl")?,
            kubeconfig: folder.join("kubeconfig"),
            cache: folder.join("kubectl-cache"),
        })
    }

    /// Returns the path of the kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Returns the command without arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("KUBECONFIG", &self.kubeconfig)
            // The default is a folder below the home folder.
            .env("KUBECACHEDIR", &self.cache);
        command
    }

    /// Runs the command; returns its standard output.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self
            .command()
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .context("failed to start kubectl")?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            bail!("kubectl {} failed: {}", arguments.join(" "), text.trim());
        }
        String::from_utf8(output.stdout).context("kubectl printed no UTF-8")
    }
}
