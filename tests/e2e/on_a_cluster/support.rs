//! A cluster of this machine with a server, for one story, and what stories ask of them.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;
use vestibule_cluster::{Cluster, Image, Options, Programs};
use vestibule_e2e::{Api, LONG, Scene, Server, binary, free_port, until_within};

/// Image of the server's program.
const IMAGE: &str = "vestibule.test/vestibule";
/// Time limit of a story; a Pod is stopped within its grace period.
const LIMIT: Duration = Duration::from_secs(400);

/// Plays a story with a server on a cluster of its own.
pub async fn play(
    catalogue: &str,
    story: impl AsyncFnOnce(&mut Scene, &Cluster) -> Result<()>,
) -> Result<()> {
    let cluster = tokio::task::spawn_blocking(start_cluster).await??;
    let kubeconfig = cluster.kubeconfig().display().to_string();
    let flags = [
        "--engine",
        "kubernetes",
        "--kubeconfig",
        &kubeconfig,
        "--runner-image",
        IMAGE,
        "--folder-size",
        "1Gi",
        "--image-grace",
        "3s",
    ];
    let port = free_port()?;
    let server = Server::start_custom(port, port, catalogue, "", &flags).await?;
    let played = Scene::play_on_within(LIMIT, server, async |scene| story(scene, &cluster).await);
    played.await
}

fn start_cluster() -> Result<Cluster> {
    let mut options = Options::new(Programs::from_environment()?);
    options.node = true;
    let cluster = Cluster::start(&options)?;
    define_resource(&cluster)?;
    // Containers see the files of this machine, and every user may run it there.
    let folder = Path::new("/var/tmp/vestibule-image");
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    let (program, copy) = (
        folder.join("vestibule"),
        folder.join(format!(
            "{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        )),
    );
    fs::copy(binary()?, &copy)?;
    fs::rename(&copy, &program)?;
    cluster.add_image(&Image {
        name: IMAGE.to_owned(),
        entrypoint: vec![program.display().to_string()],
        ..Image::default()
    })?;
    Ok(cluster)
}

/// Adds the definition of the resource, as an administrator does.
fn define_resource(cluster: &Cluster) -> Result<()> {
    let printed = std::process::Command::new(binary()?).arg("crd").output()?;
    ensure!(printed.status.success(), "{printed:?}");
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("crd.yaml");
    fs::write(&file, printed.stdout)?;
    let file = file.display().to_string();
    cluster.kubectl(&["apply", "-f", &file])?;
    let name = "customresourcedefinition/agenticsessions.vestibule.dev";
    cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", name])?;
    Ok(())
}

/// Applies a manifest with kubectl.
pub fn apply(cluster: &Cluster, folder: &Path, namespace: &str, manifest: &Value) -> Result<()> {
    let file = folder.join("manifest.json");
    fs::write(&file, manifest.to_string())?;
    let file = file.display().to_string();
    cluster.kubectl(&["apply", "-n", namespace, "-f", &file])?;
    Ok(())
}

/// Waits until the run has ended.
pub async fn until_ended(api: &Api, id: &str) -> Result<Value> {
    until_within(LONG, "the end of the run", async || {
        let bench = api.get_workbench(id).await?;
        let phase = bench["status"]["phase"].as_str().unwrap_or_default();
        Ok(["Failed", "Stopped"].contains(&phase).then_some(bench))
    })
    .await
}

/// Returns the reason of the failure, or nothing.
pub fn failed_for(bench: &Value) -> &str {
    let conditions = bench["status"]["conditions"].as_array();
    let failed = conditions
        .into_iter()
        .flatten()
        .find(|one| one["type"] == "Failed" && one["status"] == "True");
    failed
        .and_then(|one| one["reason"].as_str())
        .unwrap_or_default()
}

/// Checks that a condition has these words.
pub fn has_condition(bench: &Value, words: &str) -> Result<()> {
    let conditions = bench["status"]["conditions"].as_array();
    let has = |one: &Value| {
        one["message"]
            .as_str()
            .is_some_and(|text| text.contains(words))
    };
    ensure!(
        conditions.into_iter().flatten().any(has),
        "{words:?} is not in {bench:#}"
    );
    Ok(())
}

/// Returns the text at a path of names.
pub fn text(value: &Value, path: &str) -> Result<String> {
    let found = value.pointer(&format!("/{path}")).and_then(Value::as_str);
    Ok(found
        .with_context(|| format!("{path} in {value:#}"))?
        .to_owned())
}
