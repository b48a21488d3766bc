//! Set-up: finds or installs everything that building and testing need, once a machine.

mod apt;
mod browser;
mod proxy;
mod sysroot;
mod toolchain;
mod tools;

use crate::project::Project;
use crate::{command, lock};
use anyhow::{Context, Result};
use browser::Browser;
use std::env;
use std::path::PathBuf;
use std::process::Command;
use toolchain::Toolchain;
pub use tools::axe;

/// For what to set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Building and running.
    Run,
    /// The checks and tests, too.
    Test,
}

/// Everything that was found or installed.
pub struct Toolbox {
    toolchain: Toolchain,
    folders: Vec<PathBuf>,
    browser: Option<Browser>,
}

/// Sets up what is not there yet; quick when all of it is.
pub fn ensure(project: &Project, need: Need) -> Result<Toolbox> {
    let _lock = lock::take(&project.cache.join("setup.lock"), "set-up")?;
    let toolchain = toolchain::ensure(project)?;
    let mut toolbox = Toolbox {
        toolchain,
        folders: Vec::new(),
        browser: None,
    };
    tools::ensure_for_building(project, &mut toolbox)?;
    if need == Need::Test {
        tools::ensure_for_testing(project, &mut toolbox)?;
        toolbox.browser = Some(browser::ensure(project)?);
        proxy::ensure(project)?;
    }
    tools::tidy(project);
    Ok(toolbox)
}

impl Toolbox {
    /// A program in an environment where the tools are found, and cargo uses the compiler that can
    /// make WebAssembly.
    pub fn command(&self, project: &Project, program: &str) -> Result<Command> {
        let mut command = self.plain(project, program)?;
        if let Some(rustc) = &self.toolchain.rustc {
            command.env("RUSTC", rustc);
        }
        Ok(command)
    }

    /// The same with the compiler that is installed for everything else. Clippy, rustfmt and
    /// rustdoc belong to it.
    pub fn plain(&self, project: &Project, program: &str) -> Result<Command> {
        let mut command = match program {
            "cargo" => cargo(),
            other => command::new(other),
        };
        let old = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(self.folders.iter().cloned().chain(env::split_paths(&old)))
            .context("a folder of the tools has a name that cannot stand in PATH")?;
        command
            .current_dir(&project.root)
            .env("PATH", path)
            .env("CARGO_TARGET_DIR", &project.target)
            .env_remove("RUSTC");
        if crate::project::is_ci() {
            command.env("CARGO_INCREMENTAL", "0");
        }
        Ok(command)
    }

    /// What to type into a shell to call the tools oneself; none if they are all there already.
    pub fn shell_line(&self) -> Option<String> {
        let mut line = String::new();
        if let Some(rustc) = &self.toolchain.rustc {
            line = format!("export RUSTC={}; ", rustc.display());
        }
        if !self.folders.is_empty() {
            let folders: Vec<_> = self
                .folders
                .iter()
                .map(|f| f.display().to_string())
                .collect();
            line += &format!("export PATH={}:$PATH", folders.join(":"));
        }
        (!line.is_empty()).then(|| line.trim_end_matches("; ").to_owned())
    }

    /// What the compiler says of itself, to know when it has changed.
    pub fn compiler_version(&self, project: &Project) -> Result<String> {
        let rustc = self.toolchain.rustc.clone();
        let rustc = rustc.unwrap_or_else(|| PathBuf::from("rustc"));
        command::answer(
            command::new(&rustc)
                .arg("--version")
                .current_dir(&project.root),
        )
        .with_context(|| format!("{} does not say its version", rustc.display()))
    }

    /// The browser and its driver; there once set up for tests.
    pub fn browser(&self) -> Result<&Browser> {
        self.browser.as_ref().context("the browser was not set up")
    }
}

/// The cargo that runs us.
fn cargo() -> Command {
    command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
