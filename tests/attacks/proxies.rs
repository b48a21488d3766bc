//! The proxies of docs/OPERATIONS.md, with the configurations printed there.
//!
//! They listen on a loopback port without TLS, and have the test's host names; nothing else is
//! changed.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use vestibule_e2e::until_within;

const HANDBOOK: &str = include_str!("../../docs/OPERATIONS.md");

/// A running proxy.
pub struct ProxyProcess {
    _dir: TempDir,
    _process: Child,
}

/// Directives in addition to the documented ones of nginx.
#[derive(Debug, Clone, Copy, Default)]
pub struct Directives<'a> {
    /// In the `server` block.
    pub server: &'a str,
    /// In its `location` block.
    pub location: &'a str,
}

/// Starts nginx before a server, or returns `None` if it is not installed.
pub async fn nginx(
    port: u16,
    upstream: u16,
    directives: Directives<'_>,
) -> Result<Option<ProxyProcess>> {
    let Some(program) = program("nginx") else {
        return Ok(None);
    };
    let dir = tempfile::tempdir()?;
    let at = dir.path().display();
    let site: String = block("nginx")?
        .lines()
        .filter(|line| !line.contains("ssl_certificate"))
        .map(|line| format!("{line}\n"))
        .collect();
    let site = site
        .replace("listen 443 ssl", &format!("listen 127.0.0.1:{port}"))
        .replace("vestibule.example.org", "vestibule.localhost")
        .replace("127.0.0.1:8080", &format!("127.0.0.1:{upstream}"))
        .replace(
            "    location / {",
            &format!(
                "    {}\n    location / {{\n        {}",
                directives.server, directives.location
            ),
        );
    std::fs::write(dir.path().join("site.conf"), site)?;
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {at}/{what};\n"))
        .concat();
    let config = format!(
        "daemon off; master_process off; pid {at}/pid; events {{ worker_connections 4096; }}\n\
         http {{ access_log off; {temporary} include {at}/site.conf; }}\n"
    );
    let file = dir.path().join("nginx.conf");
    std::fs::write(&file, config)?;
    let mut command = Command::new(program);
    command
        .args(["-e", "stderr", "-p"])
        .arg(dir.path())
        .arg("-c")
        .arg(&file);
    started(command, port, dir).await.map(Some)
}

/// Starts Caddy before a server, or returns `None` if it is not installed.
pub async fn caddy(port: u16, upstream: u16) -> Result<Option<ProxyProcess>> {
    let Some(program) = program("caddy") else {
        return Ok(None);
    };
    let dir = tempfile::tempdir()?;
    let (before, rest) = block("caddy")?
        .split_once("    tls {")
        .context("a certificate")?;
    let (_, after) = rest.split_once("    }\n").context("its end")?;
    let site = format!("{before}{after}")
        .replace(
            "*.vestibule.example.org",
            &format!("http://*.vestibule.localhost:{port}"),
        )
        .replace(
            "vestibule.example.org,",
            &format!("http://vestibule.localhost:{port},"),
        )
        .replace("127.0.0.1:8080", &format!("127.0.0.1:{upstream}"));
    let file = dir.path().join("Caddyfile");
    std::fs::write(&file, format!("{{\n    admin off\n}}\n{site}"))?;
    let mut command = Command::new(program);
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(&file);
    command.env("HOME", dir.path());
    started(command, port, dir).await.map(Some)
}

/// Returns a configuration in the handbook.
fn block(language: &str) -> Result<&'static str> {
    let (_, rest) = HANDBOOK
        .split_once(&format!("```{language}\n"))
        .context("the handbook has no such configuration")?;
    let (block, _) = rest.split_once("```").context("it has no end")?;
    Ok(block)
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian installs nginx where only root looks by default.
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder: PathBuf| Path::new(&folder).join(name))
        .find(|file| file.is_file())
}

async fn started(mut command: Command, port: u16, dir: TempDir) -> Result<ProxyProcess> {
    let log = std::fs::File::create(dir.path().join("log"))?;
    command
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true);
    let mut process = command.spawn().context("the proxy was not started")?;
    until_within(Duration::from_secs(20), "the proxy to listen", async || {
        // A connection of another program may have the port for a moment, and the proxy ends then.
        if process.try_wait()?.is_some() {
            process = command.spawn()?;
        }
        Ok(TcpStream::connect(("127.0.0.1", port)).await.ok())
    })
    .await
    .with_context(|| std::fs::read_to_string(dir.path().join("log")).unwrap_or_default())?;
    Ok(ProxyProcess {
        _dir: dir,
        _process: process,
    })
}
