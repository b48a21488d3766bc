//! Persistent volumes: folders of this machine, which the node's pods claim.

use crate::folder::{Folder, write_private};
use crate::node::NODE;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The number of volumes. A released one isn't used again: its files stay.
const NUMBER: usize = 32;
/// The class of claims that name none.
const CLASS: &str = "folders";

/// Makes the folders; returns the path of the manifest of their volumes and class.
pub fn create(folder: &Folder) -> Result<PathBuf> {
    let mut items = vec![class()];
    for number in 1..=NUMBER {
        let name = format!("folder-{number}");
        let path = folder.join("volumes").join(&name);
        // Each user may write, as far as the pod's `fsGroup` doesn't say otherwise.
        fs::create_dir_all(&path)
            .and_then(|()| fs::set_permissions(&path, Permissions::from_mode(0o777)))
            .with_context(|| format!("failed to create {}", path.display()))?;
        items.push(volume(&name, &path));
    }
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": items });
    let manifest = folder.join("node").join("volumes.json");
    write_private(&manifest, &list.to_string())?;
    Ok(manifest)
}

fn class() -> Value {
    json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": CLASS,
            "annotations": { "storageclass.kubernetes.io/is-default-class": "true" },
        },
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    })
}

fn volume(name: &str, path: &Path) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": { "name": name },
        "spec": {
            "capacity": { "storage": "100Gi" },
            "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": CLASS,
            "local": { "path": path },
            "nodeAffinity": { "required": { "nodeSelectorTerms": [{
                "matchExpressions": [{
                    "key": "kubernetes.io/hostname", "operator": "In", "values": [NODE],
                }],
            }] } },
        },
    })
}
