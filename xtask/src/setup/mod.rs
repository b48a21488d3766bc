//! Set-up: finds or installs the tools for building and testing, once per machine.

mod apt;
mod go;
mod musl;
mod rustc;
mod sysroot;
mod system;
mod tools;

use crate::project::Project;
use crate::{command, lock};
use anyhow::{Context, Result};
pub use go::{ensure_cluster_programs, has_cluster_programs_or_go};
pub use musl::Musl;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use system::Browser;
pub use system::ensure_caddy;
pub use tools::{axe, oidc_provider, xterm, xterm_fit, xterm_unicode};

/// Purpose of a set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Building and running.
    Run,
    /// Building, running, checks, tests and `trunk serve`.
    Test,
}

/// The tools that were found or installed.
pub struct Toolbox {
    /// Set as `RUSTC`, unless cargo's default compiler is used.
    rustc: Option<PathBuf>,
    /// Searched before `PATH`.
    folders: Vec<PathBuf>,
    browser: Option<Browser>,
    firefox: Option<PathBuf>,
}

/// Installs missing tools; quick if there are none.
pub fn ensure(project: &Project, need: Need) -> Result<Toolbox> {
    let _lock = lock::take(&project.cache.join("setup.lock"), "set-up")?;
    let rustc = rustc::ensure(project)?;
    let mut folders = Vec::new();
    folders.extend(tools::ensure_wasm_opt(project)?);
    tools::ensure_xterm(project)?;
    let mut browser = None;
    let mut firefox = None;
    if need == Need::Test {
        folders.extend(tools::ensure_for_tests(project)?);
        browser = Some(system::ensure_browser(project)?);
        firefox = Some(system::ensure_firefox(project)?);
        system::ensure_nginx(project)?;
        system::ensure_sandbox(project)?;
    }
    tools::remove_build_folder(project);
    Ok(Toolbox {
        rustc,
        folders,
        browser,
        firefox,
    })
}

/// Finds or installs what links a program without libraries of the system.
pub fn ensure_musl(project: &Project) -> Result<Musl> {
    let _lock = lock::take(&project.cache.join("setup.lock"), "set-up")?;
    musl::ensure(project)
}

impl Toolbox {
    /// Returns a command that finds the tools, and compiles with the compiler that supports
    /// WebAssembly.
    pub fn command(&self, project: &Project, program: &str) -> Result<Command> {
        let mut command = self.plain(project, program)?;
        if let Some(rustc) = &self.rustc {
            command.env("RUSTC", rustc);
        }
        Ok(command)
    }

    /// Returns a command that finds the tools, with cargo's default compiler. Clippy, rustfmt and
    /// rustdoc belong to that one.
    pub fn plain(&self, project: &Project, program: &str) -> Result<Command> {
        let mut command = match program {
            "cargo" => command::cargo(),
            other => command::new(other),
        };
        let old = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(self.folders.iter().cloned().chain(env::split_paths(&old)))
            .context("the path of a tool's folder can't be part of PATH")?;
        command
            .current_dir(&project.root)
            .env("PATH", path)
            .env("CARGO_TARGET_DIR", &project.target)
            .env_remove("RUSTC");
        Ok(command)
    }

    /// Returns the shell command that makes the tools available, or `None` if they are already.
    pub fn shell_line(&self) -> Option<String> {
        let mut assignments = Vec::new();
        if let Some(rustc) = &self.rustc {
            assignments.push(format!("export RUSTC={}", rustc.display()));
        }
        if !self.folders.is_empty() {
            let folders = self.folders.iter().map(|f| f.display().to_string());
            let folders: Vec<_> = folders.collect();
            assignments.push(format!("export PATH={}:$PATH", folders.join(":")));
        }
        (!assignments.is_empty()).then(|| assignments.join("; "))
    }

    /// Returns the version of the compiler.
    pub fn compiler_version(&self, project: &Project) -> Result<String> {
        let rustc = self.rustc.clone().unwrap_or_else(|| "rustc".into());
        let mut version = command::new(&rustc);
        version.arg("--version").current_dir(&project.root);
        command::output(&mut version)
            .with_context(|| format!("{} doesn't print its version", rustc.display()))
    }

    /// Returns the browser and its driver, if this is a set-up for tests.
    pub fn browser(&self) -> Result<&Browser> {
        self.browser.as_ref().context("the browser was not set up")
    }

    /// Returns Firefox, if this is a set-up for tests. Its driver is found in `PATH`.
    pub fn firefox(&self) -> Result<&Path> {
        self.firefox.as_deref().context("Firefox was not set up")
    }
}
