//! A certified OpenID Connect provider on this machine, in which the account `ada` exists.

use anyhow::{Context, Result};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A provider with the file of settings for a server.
pub struct Provider {
    child: Child,
    folder: TempDir,
}

impl Provider {
    /// Starts a provider for a server whose public address has this port. `rules` are the lines about
    /// who may sign in.
    pub fn start(port: u16, rules: &str) -> Result<Self> {
        let main = std::env::var_os("VESTIBULE_OIDC_PROVIDER")
            .context("VESTIBULE_OIDC_PROVIDER doesn't name a provider; `cargo xtask test` does")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .arg(main)
            .arg(format!(
                "http://vestibule.localhost:{port}/api/auth/providers/lab/callback"
            ))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("failed to start node")?;
        let output = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(output).lines();
        let address = loop {
            let line = lines.next().context("the provider printed no port")??;
            if let Some(port) = line.strip_prefix("PORT ") {
                break format!("http://127.0.0.1:{port}");
            }
        };
        let folder = tempfile::tempdir().context("failed to make a folder")?;
        let settings = format!(
            "[[provider]]\nid = \"lab\"\nname = \"The lab\"\nissuer = \"{address}\"\nclient_id = \"vestibule\"\n\
             client_secret_file = \"secret\"\n{rules}\n"
        );
        fs::write(folder.path().join("secret"), "a secret of the tests")
            .context("failed to write the secret")?;
        let provider = Self { child, folder };
        fs::write(provider.settings(), settings).context("failed to write the settings")?;
        Ok(provider)
    }

    /// Returns the file of settings.
    pub fn settings(&self) -> PathBuf {
        self.folder.path().join("providers.toml")
    }

    /// Stops the provider.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop();
    }
}
