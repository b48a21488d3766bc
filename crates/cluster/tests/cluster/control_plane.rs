//! The control plane.

use crate::machine::{processes_of, wait_until};
use anyhow::{Result, ensure};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use vestibule_cluster::{Cluster, IMAGE, Options, Programs};

/// Names the folder of the owner's cluster to the owner.
const OWNED_FOLDER: &str = "VESTIBULE_TEST_OWNED_FOLDER";
/// The command of a container of that cluster.
const CONTAINER: &str = "sleep infinity";

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn objects_survive_a_restart_of_the_api_server_and_nothing_is_left_running() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut options = Options::new(Programs::from_environment()?);
    options.folder = Some(folder.path().join("cluster"));
    let mut cluster = Cluster::start(&options)?;
    let mode = fs::metadata(cluster.kubeconfig())?.permissions().mode();
    ensure!(mode & 0o777 == 0o600, "the kubeconfig has mode {mode:o}");

    cluster.kubectl(&["create", "namespace", "team-a"])?;
    let greeting = "--from-literal=greeting=hello";
    cluster.kubectl(&["-n", "team-a", "create", "configmap", "notes", greeting])?;
    let read = |cluster: &Cluster| {
        let path = "jsonpath={.data.greeting}";
        cluster.kubectl(&["-n", "team-a", "get", "configmap", "notes", "-o", path])
    };

    cluster.stop_api_server();
    ensure!(read(&cluster).is_err(), "the API server still answers");
    cluster.start_api_server()?;
    ensure!(read(&cluster)? == "hello");

    ensure!(
        !processes_of(folder.path())?.is_empty(),
        "no process is found"
    );
    drop(cluster);
    ensure!(processes_of(folder.path())? == [""; 0]);

    let cluster = Cluster::start(&options)?;
    ensure!(read(&cluster)? == "hello", "a kept folder has its objects");
    Ok(())
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn nothing_is_left_running_after_the_owner_is_killed() -> Result<()> {
    if let Some(folder) = std::env::var_os(OWNED_FOLDER) {
        return own_cluster(Path::new(&folder));
    }
    let folder = tempfile::tempdir()?;
    // This test again, as the owner.
    let name = "control_plane::nothing_is_left_running_after_the_owner_is_killed";
    let mut owner = Command::new(std::env::current_exe()?)
        .args(["--exact", name, "--include-ignored"])
        .env(OWNED_FOLDER, folder.path())
        .stdout(Stdio::null())
        .spawn()?;
    let is_started = folder.path().join("started");
    wait_until("the cluster starts", || {
        Ok(is_started.exists() || owner.try_wait()?.is_some())
    })?;
    ensure!(is_started.exists(), "the owner ended early");
    // etcd, API server, controller manager and scheduler, each with its guard.
    let running = processes_of(folder.path())?;
    ensure!(running.len() >= 8, "{running:?}");
    let has_container = running.iter().any(|line| line.contains(CONTAINER));
    ensure!(has_container == Options::can_have_node()?, "{running:?}");
    owner.kill()?;
    owner.wait()?;
    wait_until("all processes end", || {
        Ok(processes_of(folder.path())?.is_empty())
    })?;
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let name = folder.path().display().to_string();
    ensure!(!mounts.contains(&name), "{mounts}");
    Ok(())
}

/// Starts a cluster and waits to be killed.
fn own_cluster(folder: &Path) -> Result<()> {
    let mut options = Options::new(Programs::from_environment()?);
    options.folder = Some(folder.join("cluster"));
    options.node = Options::can_have_node()?;
    let cluster = Cluster::start(&options)?;
    if options.node {
        let image = format!("--image={IMAGE}");
        let command = format!(": {}; {CONTAINER}; :", folder.display());
        let pod = ["run", "held", &image, "--command", "--", "sh", "-c"];
        cluster.kubectl(&[&pod[..], &[&command]].concat())?;
        let ready = "--for=condition=Ready";
        cluster.kubectl(&["wait", "pod/held", ready, "--timeout=60s"])?;
    }
    fs::write(folder.join("started"), "")?;
    loop {
        std::thread::park();
    }
}
