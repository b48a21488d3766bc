//! `trunk serve` as a developer runs it: with the repository's `Trunk.toml`, but other ports.

use crate::{Api, process, until_within};
use anyhow::{Context, Result, bail, ensure};
use http::Method;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use toml::{Table, Value};

/// Time for the first debug build of the console; it's quick if `cargo xtask test wasm` ran before.
const BUILD_LIMIT: Duration = Duration::from_secs(600);

/// A running `trunk serve`. It ends, with all its processes, when this is dropped.
pub struct TrunkServe {
    child: Child,
    folder: TempDir,
}

impl TrunkServe {
    /// Starts trunk at `port`, as the proxy of the server that listens at `backend`, and waits until
    /// it serves the console.
    pub async fn start(port: u16, backend: u16) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("vestibule-trunk-")
            .tempdir()
            .context("failed to create a folder")?;
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let repository = fs::canonicalize(repository).context("failed to find the repository")?;
        let config = fs::read_to_string(repository.join("Trunk.toml"))
            .context("failed to read Trunk.toml")?;
        let config_path = folder.path().join("Trunk.toml");
        fs::write(&config_path, moved(&config, &repository, port, backend)?)
            .context("failed to write Trunk.toml")?;
        // Trunk runs cargo in the folder of its configuration, where cargo looks for its own.
        symlink(repository.join(".cargo"), folder.path().join(".cargo"))
            .context("failed to link cargo's configuration")?;
        let log_path = folder.path().join("trunk.log");
        let log = File::create(&log_path).context("failed to write trunk's log")?;
        let child = Command::new("trunk")
            .arg("serve")
            .arg("--config")
            .arg(&config_path)
            // Cargo and the compiler are found by the folder's name in their environment as well.
            .env("TRUNK_BUILD_DIST", folder.path().join("dist"))
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("failed to share the log")?)
            .stderr(log)
            .spawn()
            .context("failed to start trunk; `cargo xtask test e2e` puts it into PATH")?;
        let mut trunk = Self { child, folder };
        let ready = trunk.until_ready(port).await;
        ready.with_context(|| {
            let log = fs::read_to_string(log_path).unwrap_or_default();
            format!("trunk said:\n{log}")
        })?;
        Ok(trunk)
    }

    async fn until_ready(&mut self, port: u16) -> Result<()> {
        let api = Api::signed_out(port);
        let host = format!("vestibule.localhost:{port}");
        let what = "trunk to serve the console";
        let ended = until_within(BUILD_LIMIT, what, async || {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(Some(status)));
            }
            let answer = api.raw(Method::GET, &host, "/", &[], "").await?;
            ensure!(answer.text.contains("vestibule-console"), "it's building");
            Ok(Some(None))
        })
        .await?;
        match ended {
            Some(status) => bail!("trunk ended ({status})"),
            None => Ok(()),
        }
    }
}

impl Drop for TrunkServe {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        process::end_all_of(self.folder.path());
    }
}

/// Returns the configuration with absolute paths, and with these ports.
fn moved(config: &str, repository: &Path, port: u16, backend: u16) -> Result<String> {
    let mut config: Table = config.parse().context("failed to parse Trunk.toml")?;
    let absolute = |path: &Value| -> Result<Value> {
        let path: PathBuf = repository.join(path.as_str().context("a path is no text")?);
        Ok(path.display().to_string().into())
    };
    let target = &mut config["build"]["target"];
    *target = absolute(target)?;
    let ignored = config["watch"]["ignore"].as_array_mut();
    for path in ignored.context("Trunk.toml ignores no paths")? {
        *path = absolute(path)?;
    }
    config["serve"]["port"] = i64::from(port).into();
    let proxy = &mut config["proxy"][0];
    proxy["backend"] = format!("http://127.0.0.1:{backend}/api").into();
    proxy["request_headers"]["host"] = format!("vestibule.localhost:{port}").into();
    Ok(config.to_string())
}
