//! Paths: the repository, the cache of tools, the folder of builds.

use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The paths that commands use.
#[derive(Debug)]
pub struct Project {
    /// The repository.
    pub root: PathBuf,
    /// Tools, installed once per machine.
    pub cache: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// Logs, and stamps of builds.
    pub records: PathBuf,
}

impl Project {
    /// Finds the paths; `--help` lists the variables that change them.
    pub fn find() -> Result<Self> {
        // Set by `cargo run`.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .context("xtask is not in a repository of Vestibule")?
            .to_owned();
        if !root.join("Cargo.lock").is_file() {
            bail!(
                "{} is not a repository of Vestibule: it has no Cargo.lock",
                root.display()
            );
        }
        let cache = cache_folder()?;
        let target = folder_named_by("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let target = root.join(target);
        let records = root.join("target/xtask");
        fs::create_dir_all(&cache)
            .with_context(|| format!("failed to create the cache folder {}", cache.display()))?;
        fs::create_dir_all(&records)
            .with_context(|| format!("failed to create the folder {}", records.display()))?;
        Ok(Self {
            root,
            cache,
            target,
            records,
        })
    }

    /// Returns the folder of the built console.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Returns the path of the server's release binary.
    pub fn server_binary(&self) -> PathBuf {
        self.target
            .join("release")
            .join(format!("vestibule{}", env::consts::EXE_SUFFIX))
    }

    /// Returns the folder of a tool in one version.
    pub fn tool(&self, name: &str, version: &str) -> PathBuf {
        self.cache.join("tools").join(format!("{name}-{version}"))
    }

    /// Returns the version of a package in Cargo.lock.
    pub fn locked_version(&self, package: &str) -> Result<String> {
        let path = self.root.join("Cargo.lock");
        let lock = fs::read_to_string(&path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        locked_version(&lock, package)
            .with_context(|| format!("Cargo.lock doesn't contain {package}"))
    }
}

/// Finds a program in `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// Returns every file below the folder, sorted.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let failed = || format!("failed to list {}", folder.display());
    for entry in fs::read_dir(folder).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        if path.is_dir() {
            found.extend(files_below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
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
        None => bail!("set VESTIBULE_CACHE to a folder for the tools: there is no home folder"),
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
    fn a_package_whose_name_begins_the_same_is_not_confused() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(
            locked_version(lock, "wasm-bindgen").as_deref(),
            Some("0.2.130")
        );
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
