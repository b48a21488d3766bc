//! A server process with its own folder and port.

use crate::api::Api;
use crate::fault_proxy::FaultProxy;
use crate::provider::Provider;
use crate::trunk::TrunkServe;
use crate::{apps, process, until_within};
use anyhow::{Context, Result, bail, ensure};
use http::Method;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// Name of the administrator.
pub const ADMIN: &str = "admin";
/// Password of the administrator.
pub const PASSWORD: &str = "open sesame, quietly";

/// A server. Its folder, its process and those of its apps are removed when this is dropped.
pub struct Server {
    child: Option<Child>,
    folder: TempDir,
    apps: PathBuf,
    /// Port of the public address.
    port: u16,
    /// Port at which it listens: another one behind a proxy.
    listens: u16,
    with_admin: bool,
    flags: Vec<String>,
    binary: PathBuf,
    /// Shell code that runs first; may be empty.
    before: String,
}

impl Server {
    /// Starts a server with an empty folder, with or without an administrator.
    pub async fn start(with_admin: bool) -> Result<Self> {
        Self::start_with(with_admin, &[]).await
    }

    /// Starts a server with these additional flags.
    pub async fn start_with(with_admin: bool, flags: &[&str]) -> Result<Self> {
        let port = free_port()?;
        Self::start_at(port, port, with_admin, flags).await
    }

    /// Starts a server behind a fault-injecting proxy, which has the public address.
    pub async fn start_behind_proxy(flags: &[&str]) -> Result<(Self, FaultProxy)> {
        let listens = free_port()?;
        let proxy = FaultProxy::before(listens).await?;
        let server = Self::start_at(proxy.port(), listens, true, flags).await?;
        Ok((server, proxy))
    }

    /// Starts a server with an identity provider.
    pub async fn start_with_provider(rules: &str) -> Result<(Self, Provider)> {
        let port = free_port()?;
        let provider = Provider::start(port, rules)?;
        let file = provider.settings().display().to_string();
        let server = Self::start_at(port, port, true, &["--providers", &file]).await?;
        Ok((server, provider))
    }

    /// Starts a server behind `trunk serve`, which has the public address.
    pub async fn start_behind_trunk() -> Result<(Self, TrunkServe)> {
        let (port, listens) = (free_port()?, free_port()?);
        let server = Self::start_at(port, listens, true, &[]).await?;
        let trunk = TrunkServe::start(port, listens).await?;
        Ok((server, trunk))
    }

    /// Starts the server of an earlier version, with an administrator.
    pub async fn start_earlier(binary: PathBuf) -> Result<Self> {
        let port = free_port()?;
        let folder = new_folder()?;
        let apps = apps::write_earlier(folder.path())?;
        Self::start_in(folder, apps, binary, (port, port), true, &[]).await
    }

    /// Starts a server with an administrator and its own catalogue, whose public address has this
    /// port: its own, or that of a proxy in front. `before` is shell code that runs first, such as
    /// `ulimit -n 128`.
    pub async fn start_custom(
        port: u16,
        listens: u16,
        catalogue: &str,
        before: &str,
        flags: &[&str],
    ) -> Result<Self> {
        let folder = new_folder()?;
        let apps = folder.path().join("apps.toml");
        fs::write(&apps, catalogue).context("failed to write the catalogue")?;
        let mut server = Self {
            child: None,
            folder,
            apps,
            port,
            listens,
            with_admin: true,
            flags: flags.iter().map(|&flag| flag.to_owned()).collect(),
            binary: binary()?,
            before: before.to_owned(),
        };
        server.start_again().await?;
        Ok(server)
    }

    async fn start_at(port: u16, listens: u16, with_admin: bool, flags: &[&str]) -> Result<Self> {
        let folder = new_folder()?;
        let apps = apps::write(folder.path())?;
        Self::start_in(folder, apps, binary()?, (port, listens), with_admin, flags).await
    }

    async fn start_in(
        folder: TempDir,
        apps: PathBuf,
        binary: PathBuf,
        (port, listens): (u16, u16),
        with_admin: bool,
        flags: &[&str],
    ) -> Result<Self> {
        let mut server = Self {
            child: None,
            folder,
            apps,
            port,
            listens,
            with_admin,
            flags: flags.iter().map(|&flag| flag.to_owned()).collect(),
            binary,
            before: String::new(),
        };
        server.start_again().await?;
        Ok(server)
    }

    /// Stops the server, and starts the program under test with the same folder and port.
    pub async fn upgrade(&mut self) -> Result<()> {
        ensure!(
            self.stop().await?,
            "the earlier version ended with an error"
        );
        self.binary = binary()?;
        self.apps = apps::write(self.folder.path())?;
        self.start_again().await
    }

    /// Starts the server again with the same folder and port.
    pub async fn start_again(&mut self) -> Result<()> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_path())
            .context("failed to open the server's log")?;
        // No script in a file: its file could still be open in a child of another test.
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &format!("{}\nexec \"$0\" \"$@\"", self.before)])
            .arg(&self.binary);
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.listens)])
            .args(["--public-url", &self.url("")])
            // The report of a failed story shows the browser's requests.
            .args(["--log", "info,vestibule::request=debug"])
            .arg("--data-dir")
            .arg(self.folder.path().join("data"))
            .args(&self.flags)
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("failed to share the log")?)
            .stderr(log);
        // The demo has its own apps.
        if !self.flags.iter().any(|flag| flag == "--demo") {
            command.arg("--apps").arg(&self.apps);
        }
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VESTIBULE_") {
                command.env_remove(name);
            }
        }
        let shown = ["hostile", "notes:rw", "yard"];
        let shown = shown.map(|name| self.folder.path().join(name).display().to_string());
        // By a variable, which version 0.1.0 does not know.
        command.env("VESTIBULE_MOUNTS", shown.join(","));
        if self.with_admin {
            command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
        }
        self.child = Some(command.spawn().context("failed to start the server")?);
        self.until_ready().await
    }

    /// Kills the server; its workbenches continue.
    pub fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("the server is not running")?;
        child.kill().context("failed to kill the server")?;
        child.wait().context("failed to wait for the server")?;
        Ok(())
    }

    /// Stops the server and waits for its end; returns whether it exited with success.
    pub async fn stop(&mut self) -> Result<bool> {
        let mut child = self.child.take().context("the server is not running")?;
        process::signal(child.id(), "TERM");
        let status = until_within(Duration::from_secs(15), "the server to stop", async || {
            Ok(child.try_wait()?)
        })
        .await?;
        Ok(status.success())
    }

    /// Returns an address of the console.
    pub fn url(&self, path: &str) -> String {
        format!("http://vestibule.localhost:{}{path}", self.port)
    }

    /// Returns the port of the public address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the console's `Host` header.
    pub fn host(&self) -> String {
        format!("vestibule.localhost:{}", self.port)
    }

    /// Returns the origin of an app.
    pub fn app_origin(&self, workbench: &str) -> String {
        format!("http://{}", self.app_host(workbench))
    }

    /// Returns the `Host` header of an app.
    pub fn app_host(&self, workbench: &str) -> String {
        format!("{workbench}.vestibule.localhost:{}", self.port)
    }

    /// Returns an API client that is signed in as the administrator.
    pub async fn api(&self) -> Result<Api> {
        Api::signed_in(self.port, ADMIN, PASSWORD).await
    }

    /// Returns an API client that isn't signed in.
    pub fn signed_out(&self) -> Api {
        Api::signed_out(self.port)
    }

    /// Returns the output so far.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.log_path()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Returns the process id, or `None` if it isn't running.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Returns the test's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder of a workbench's files.
    pub fn files(&self, workbench: &str) -> PathBuf {
        self.folder()
            .join("data/workbenches")
            .join(workbench)
            .join("files")
    }

    /// Adds another administrator, with the same password.
    pub fn add_administrator(&self, name: &str) -> Result<()> {
        let mut child = Command::new(binary()?)
            .args(["user", "add", name, "--admin", "--data-dir"])
            .arg(self.folder.path().join("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("failed to make a user")?;
        let mut input = child.stdin.take().context("the password has no reader")?;
        writeln!(input, "{PASSWORD}").context("failed to tell the password")?;
        drop(input);
        let status = child.wait().context("failed to wait for the user")?;
        ensure!(status.success(), "the user was not made: {status}");
        Ok(())
    }

    async fn until_ready(&mut self) -> Result<()> {
        let signed_out = Api::signed_out(self.listens);
        let host = self.host();
        let limit = Duration::from_secs(20);
        let mut ended = None;
        let ready = until_within(limit, "the server to be ready", async || {
            let child = self.child.as_mut().context("the server is not running")?;
            if let Some(status) = child.try_wait()? {
                ended = Some(status);
                return Ok(Some(()));
            }
            let answer = signed_out
                .raw(Method::GET, &host, "/readyz", &[], "")
                .await?;
            Ok(answer.status.is_success().then_some(()))
        })
        .await;
        if let Some(status) = ended {
            bail!("the server ended ({status}) and said:\n{}", self.log());
        }
        ready.with_context(|| format!("the server said:\n{}", self.log()))
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        process::end_all_of(self.folder.path());
    }
}

/// Returns the path of the program under test.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("VESTIBULE_BIN") {
        return Ok(PathBuf::from(path));
    }
    // target/<profile>/deps/<this program>
    let own = std::env::current_exe().context("failed to find this program")?;
    let target = own.ancestors().nth(3).context("not in a target folder")?;
    for profile in ["release", "debug"] {
        let path = target.join(profile).join("vestibule");
        if File::open(&path).is_ok() {
            return Ok(path);
        }
    }
    bail!("the server is not built; `cargo xtask test e2e` builds it first")
}

fn new_folder() -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("vestibule-e2e-").tempdir();
    folder.context("failed to make a folder")
}

/// Returns a port that is free now, each time another one.
///
/// The system gives ports from 32768 on to outgoing connections, so that one of those may be taken before
/// a server listens on it. Apps have those from 20000 on.
pub fn free_port() -> Result<u16> {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 10_000;
    static CALLS: AtomicU32 = AtomicU32::new(0);
    // Another process of tests begins elsewhere.
    let begin = std::process::id().wrapping_mul(397);
    for _ in 0..COUNT {
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST + begin.wrapping_add(call) % COUNT)?;
        if TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}
