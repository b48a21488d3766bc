//! Where things are: the clone, the cache of tools, the folder of builds.

use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The places that commands work with.
#[derive(Debug)]
pub struct Project {
    /// The clone.
    pub root: PathBuf,
    /// Tools, and whatever else is made once a machine.
    pub cache: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
    /// Small records of what was built from what, and logs.
    pub records: PathBuf,
}

impl Project {
    /// Finds the places; see `--help` for the variables that move them.
    pub fn find() -> Result<Self> {
        // Set by `cargo run`; xtask's own folder is one below the clone's root.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .context("xtask does not lie inside a clone of Vestibule")?
            .to_owned();
        if !root.join("Cargo.lock").is_file() {
            bail!(
                "{} is not a clone of Vestibule: it has no Cargo.lock",
                root.display()
            );
        }
        let cache = cache_folder()?;
        let target = match folder_named_by("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            // A build server clones anew each time: dependencies are built once a machine.
            None if is_ci() => cache.join("target"),
            None => root.join("target"),
        };
        let records = root.join("target/xtask");
        fs::create_dir_all(&cache)
            .with_context(|| format!("failed to make the cache folder {}", cache.display()))?;
        fs::create_dir_all(&records)
            .with_context(|| format!("failed to make the folder {}", records.display()))?;
        Ok(Self {
            root,
            cache,
            target,
            records,
        })
    }

    /// Where built consoles lie.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The program that people copy to their server.
    pub fn server_binary(&self) -> PathBuf {
        self.target
            .join("release")
            .join(format!("vestibule{}", env::consts::EXE_SUFFIX))
    }

    /// The folder of one tool in one version.
    pub fn tool(&self, name: &str, version: &str) -> PathBuf {
        self.cache.join("tools").join(format!("{name}-{version}"))
    }

    /// The version of a package that Cargo.lock names.
    pub fn locked_version(&self, package: &str) -> Result<String> {
        let path = self.root.join("Cargo.lock");
        let lock = fs::read_to_string(&path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        locked_version(&lock, package)
            .with_context(|| format!("Cargo.lock does not name {package}"))
    }
}

/// Whether this is a build server.
pub fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// A program of this name on the search path.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

fn cache_folder() -> Result<PathBuf> {
    if let Some(folder) = folder_named_by("VESTIBULE_CACHE") {
        return absolute(&folder);
    }
    if let Some(folder) = folder_named_by("XDG_CACHE_HOME") {
        return Ok(absolute(&folder)?.join("vestibule"));
    }
    match env::home_dir() {
        Some(home) => Ok(home.join(".cache/vestibule")),
        None => bail!("there is no home folder: set VESTIBULE_CACHE to a folder for the tools"),
    }
}

fn folder_named_by(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("failed to find {}", path.display()))
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_very_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(
            locked_version(lock, "wasm-bindgen").as_deref(),
            Some("0.2.130")
        );
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
