//! The node: pods run as processes of this machine.

use crate::machine::{lines, processes_of, wait_until};
use anyhow::{Result, ensure};
use std::path::Path;
use std::process::Command;
use vestibule_cluster::{Cluster, IMAGE, NODE, Options, Programs};

/// A pod as the *restricted* standard of PodSecurity has it, with an app on its loopback interface.
const RESTRICTED: &str = r#"{
  "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "restricted" },
  "spec": {
    "automountServiceAccountToken": false,
    "securityContext": {
      "runAsNonRoot": true, "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 2000,
      "seccompProfile": { "type": "RuntimeDefault" }
    },
    "initContainers": [{
      "name": "copy", "image": "vestibule.test/ok",
      "command": ["sh", "-c", "cp /bin/echo /share/tool"],
      "securityContext": {
        "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }
      },
      "volumeMounts": [{ "name": "share", "mountPath": "/share" }]
    }],
    "containers": [{
      "name": "main", "image": "vestibule.test/ok",
      "readinessProbe": {
        "periodSeconds": 1, "exec": { "command": ["/share/tool", "hello"] }
      },
      "securityContext": {
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
        "capabilities": { "drop": ["ALL"] }
      },
      "volumeMounts": [
        { "name": "share", "mountPath": "/share" },
        { "name": "files", "mountPath": "/files" },
        { "name": "token", "mountPath": "/run/token", "readOnly": true }
      ]
    }],
    "volumes": [
      { "name": "share", "emptyDir": {} },
      { "name": "files", "persistentVolumeClaim": { "claimName": "files" } },
      { "name": "token", "secret": { "secretName": "token", "defaultMode": 288 } }
    ]
  }
}"#;

const CLAIM: &str = r#"{
  "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": { "name": "files" },
  "spec": {
    "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } }
  }
}"#;

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn pods_run_and_end_with_their_codes_and_messages() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cluster = start(folder.path())?;

    let image = format!("--image={IMAGE}");
    cluster.kubectl(&["run", "waiting", &image])?;
    wait_for_ready(&cluster, "waiting")?;

    let last_words = "echo out; echo last words > /dev/termination-log; exit 3";
    run(&cluster, "failing", &["sh", "-c", last_words])?;
    let ending = "{.status.containerStatuses[0].state.terminated";
    wait_for(&cluster, "failing", &format!("{ending}.exitCode}}"), "3")?;
    wait_for(
        &cluster,
        "failing",
        &format!("{ending}.message}}"),
        "last words\n",
    )?;
    ensure!(cluster.kubectl(&["logs", "failing"])? == "out\n");

    run(&cluster, "absent", &["/no/such/program"])?;
    wait_for(
        &cluster,
        "absent",
        &format!("{ending}.reason}}"),
        "StartError",
    )?;

    cluster.kubectl(&["run", "unknown", "--image=vestibule.test/none"])?;
    let reason = "{.status.containerStatuses[0].state.waiting.reason}";
    wait_until("the image error", || {
        let reason = get(&cluster, "unknown", reason)?;
        Ok(["ErrImagePull", "ImagePullBackOff"].contains(&reason.as_str()))
    })?;

    // The default grace period is 30 s; the container ends at SIGTERM.
    cluster.kubectl(&["delete", "pod", "waiting", "--timeout=25s"])?;
    Ok(())
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn memory_above_the_limit_ends_the_container() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cluster = start(folder.path())?;
    let image = format!("--image={IMAGE}");
    let limit =
        r#"{"spec":{"containers":[{"name":"greedy","resources":{"limits":{"memory":"32Mi"}}}]}}"#;
    let overrides = format!("--overrides={limit}");
    let options = ["--restart=Never", "--override-type=strategic", "--command"];
    let fill = ["--", "sh", "-c", "head -c 200M /dev/zero | tail -n 1"];
    let pod = ["run", "greedy", &image, &overrides];
    cluster.kubectl(&[&pod[..], &options, &fill].concat())?;
    let reason = "{.status.containerStatuses[0].state.terminated.reason}";
    wait_for(&cluster, "greedy", reason, "OOMKilled")
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn restricted_pod_waits_for_its_secret_and_has_no_rights() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cluster = start(folder.path())?;
    let standard = "pod-security.kubernetes.io/enforce=restricted";
    cluster.kubectl(&["label", "namespace", "default", standard])?;
    let manifest = folder.path().join("manifest.json").display().to_string();
    for text in [CLAIM, RESTRICTED] {
        std::fs::write(&manifest, text)?;
        cluster.kubectl(&["apply", "-f", &manifest])?;
    }
    let reason = "{.status.containerStatuses[0].state.waiting.reason}";
    wait_for(&cluster, "restricted", reason, "PodInitializing")?;
    let secret = ["create", "secret", "generic", "token"];
    cluster.kubectl(&[&secret[..], &["--from-literal=token=s3cret"]].concat())?;
    wait_for_ready(&cluster, "restricted")?;

    let inside = |command: &str| {
        let main = ["exec", "restricted", "-c", "main", "--", "sh", "-c"];
        cluster.kubectl(&[&main[..], &[command]].concat())
    };
    ensure!(inside("id -u")? == "1000\n");
    ensure!(inside("cat /run/token/token")? == "s3cret");
    inside("echo kept > /files/notes")?;
    ensure!(inside("hostname")? == "restricted\n");
    ensure!(inside("echo 1 > /changed").is_err(), "its root is writable");
    let rights = inside("cat /proc/self/status")?;
    ensure!(rights.contains("CapBnd:\t0000000000000000"), "{rights}");
    ensure!(rights.contains("NoNewPrivs:\t1"), "{rights}");
    // The shell, and the container's process 1 with its `sleep`.
    // Not by `ls`: the process of a probe may end meanwhile.
    let processes = inside("for one in /proc/[0-9]*; do echo $one; done")?;
    ensure!(processes.lines().count() <= 4, "{processes}");

    let now = ["delete", "pod", "restricted", "--now"];
    cluster.kubectl(&now)?;
    cluster.kubectl(&["apply", "-f", &manifest])?;
    wait_for_ready(&cluster, "restricted")?;
    ensure!(inside("cat /files/notes")? == "kept\n");
    Ok(())
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn node_returns_after_a_stop_and_the_end_leaves_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut cluster = start(folder.path())?;
    let image = format!("--image={IMAGE}");
    cluster.kubectl(&["run", "waiting", &image])?;
    wait_for_ready(&cluster, "waiting")?;
    let address = get(&cluster, "waiting", "{.status.hostIP}")?;
    let links = || lines(Command::new("ip").args(["-4", "address"]), &address);
    ensure!(!links()?.is_empty(), "{NODE} has no link");

    cluster.stop_node();
    // The kernel removes the link after the last process of its namespace.
    wait_until("the node's link is removed", || Ok(links()?.is_empty()))?;
    cluster.start_node()?;
    let restarts = "{.status.containerStatuses[0].restartCount}";
    wait_for(&cluster, "waiting", restarts, "1")?;
    wait_for_ready(&cluster, "waiting")?;

    cluster.stop();
    ensure!(processes_of(folder.path())? == [""; 0]);
    Ok(())
}

fn start(folder: &Path) -> Result<Cluster> {
    let mut options = Options::new(Programs::from_environment()?);
    options.folder = Some(folder.join("cluster"));
    options.node = true;
    Cluster::start(&options)
}

fn run(cluster: &Cluster, name: &str, command: &[&str]) -> Result<String> {
    let image = format!("--image={IMAGE}");
    let pod = ["run", name, &image, "--restart=Never", "--command", "--"];
    cluster.kubectl(&[&pod[..], command].concat())
}

fn get(cluster: &Cluster, pod: &str, path: &str) -> Result<String> {
    cluster.kubectl(&["get", "pod", pod, "-o", &format!("jsonpath={path}")])
}

fn wait_for(cluster: &Cluster, pod: &str, path: &str, expected: &str) -> Result<()> {
    wait_until(&format!("{path} of {pod} is {expected}"), || {
        Ok(get(cluster, pod, path)? == expected)
    })
}

fn wait_for_ready(cluster: &Cluster, pod: &str) -> Result<()> {
    let path = "{.status.conditions[?(@.type=='Ready')].status}";
    wait_for(cluster, pod, path, "True")
}
