//! The node of a cluster: a kubelet, and a runtime that runs containers as processes.

use crate::folder::{Folder, write_private};
use crate::pki::Pki;
use anyhow::{Context, Result};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The name of the node.
pub const NODE: &str = "node-1";
/// An image that every cluster has.
pub const IMAGE: &str = "vestibule.test/ok";
/// The kubelet's port, at an address that only this node has.
const PORT: u16 = 10250;

/// An image for containers of the cluster's node. Its containers see the files of this machine
/// below those of the image, and change neither.
#[derive(Debug, Clone, Default)]
pub struct Image {
    /// The name, as it stands in a pod; without a tag it stands for `latest`.
    pub name: String,
    /// The folder of the image's files. `None` for the files of this machine only.
    pub root: Option<PathBuf>,
    /// The program and arguments that a pod's `command` replaces.
    pub entrypoint: Vec<String>,
    /// The arguments that a pod's `args` replace.
    pub command: Vec<String>,
    /// The user, unless the pod names another one.
    pub user: u32,
}

impl Image {
    /// Returns an image whose containers wait until they are stopped.
    pub fn waiting() -> Self {
        let wait = "trap 'exit 0' TERM; sleep infinity & wait";
        Self {
            name: IMAGE.to_owned(),
            command: ["/bin/sh", "-c", wait].map(str::to_owned).to_vec(),
            ..Self::default()
        }
    }

    /// Makes the image available to the node.
    pub fn write(&self, folder: &Folder) -> Result<()> {
        let name = self.name.strip_suffix(":latest").unwrap_or(&self.name);
        let root = match &self.root {
            Some(root) => root.to_str().context("the image's root isn't UTF-8")?,
            None => "",
        };
        let text = json!({
            "name": name,
            "root": root,
            "entrypoint": self.entrypoint,
            "command": self.command,
            "user": self.user,
        });
        let file = format!("{}.json", name.replace('/', "_"));
        write_private(&folder.join("images").join(file), &text.to_string())
    }
}

/// Writes the kubelet's configuration; returns the arguments of the program `node`.
pub fn arguments(
    folder: &Folder,
    pki: &Pki,
    kubelet: &Path,
    kubeconfig: &Path,
) -> Result<Vec<String>> {
    let node = folder.join("node");
    let config = node.join("kubelet.json");
    write_private(&config, &configuration(&node, pki).to_string())?;
    Ok(vec![
        "-dir".to_owned(),
        node.display().to_string(),
        "-images".to_owned(),
        folder.join("images").display().to_string(),
        "--".to_owned(),
        kubelet.display().to_string(),
        format!("--config={}", config.display()),
        format!("--kubeconfig={}", kubeconfig.display()),
        format!("--hostname-override={NODE}"),
        format!("--root-dir={}", node.join("kubelet").display()),
        format!("--cert-dir={}", node.join("pki").display()),
        "--node-ip={address}".to_owned(),
        "--address={address}".to_owned(),
    ])
}

fn configuration(node: &Path, pki: &Pki) -> serde_json::Value {
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "port": PORT,
        "healthzPort": 0,
        "authentication": {
            "anonymous": { "enabled": false },
            "webhook": { "enabled": true },
            "x509": { "clientCAFile": pki.authority.certificate },
        },
        "authorization": { "mode": "Webhook" },
        "containerRuntimeEndpoint": format!("unix://{}", node.join("cri.sock").display()),
        // The runtime makes a group for each container itself, and none for pods.
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": false,
        "enforceNodeAllocatable": [],
        "failCgroupV1": false,
        "failSwapOn": false,
        "makeIPTablesUtilChains": false,
        "resolvConf": "",
        // Nothing answers there; without an address each pod has a warning.
        "clusterDNS": ["10.96.0.10"],
        "clusterDomain": "cluster.local",
        "podLogsDir": node.join("pod-logs"),
        "volumePluginDir": node.join("plugins"),
        // Tests see several restarts of a container.
        "crashLoopBackOff": { "maxContainerRestartPeriod": "1s" },
        // A full disk of this machine must not evict pods.
        "evictionHard": { "memory.available": "0%", "nodefs.available": "0%" },
        "imageGCHighThresholdPercent": 100,
    })
}
