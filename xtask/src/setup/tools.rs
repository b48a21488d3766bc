//! The pinned tools: trunk, wasm-bindgen, wasm-opt, cargo-deny, axe-core.

use super::{Toolbox, apt, cargo};
use crate::project::{Project, on_path};
use crate::{command, say};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Builds and bundles the console. Its 0.22 wants a newer compiler.
const TRUNK: &str = "0.21.14";
/// Holds `wasm-opt`. Those of distributions are too old for what today's compiler makes.
const BINARYEN: &str = "132";
/// Checks licences, sources and advisories of dependencies.
const CARGO_DENY: &str = "0.20.2";
/// Looks a page over for what keeps people with disabilities out. It is what auditors use, and runs
/// inside the page; nothing of it is in the console.
const AXE: &str = "4.14.1";

/// A program that cargo installs.
struct Crate<'a> {
    package: &'a str,
    version: &'a str,
    /// The program that proves it is installed.
    program: &'a str,
    /// Whether to build with the dependencies its authors locked.
    locked: bool,
    takes: &'a str,
}

/// What building the console needs.
pub fn ensure_for_building(project: &Project, toolbox: &mut Toolbox) -> Result<()> {
    let wasm_bindgen = project.locked_version("wasm-bindgen")?;
    let crates = [
        Crate {
            package: "trunk",
            version: TRUNK,
            program: "trunk",
            locked: true,
            takes: "about 3 min",
        },
        Crate {
            package: "wasm-bindgen-cli",
            version: &wasm_bindgen,
            program: "wasm-bindgen",
            // Its lock file names a package that was withdrawn.
            locked: false,
            takes: "about 1 min",
        },
    ];
    for tool in crates {
        toolbox.folders.extend(ensure_crate(project, &tool)?);
    }
    ensure_wasm_opt(project, toolbox)
}

/// What the checks need besides.
pub fn ensure_for_testing(project: &Project, toolbox: &mut Toolbox) -> Result<()> {
    let deny = Crate {
        package: "cargo-deny",
        version: CARGO_DENY,
        program: "cargo-deny",
        locked: true,
        takes: "about 1 min",
    };
    toolbox.folders.extend(ensure_crate(project, &deny)?);
    if !axe(project).is_file() {
        install_with_npm(project, "axe-core", AXE)?;
    }
    Ok(())
}

/// The script that looks a page over; there once set up for tests.
pub fn axe(project: &Project) -> PathBuf {
    let folder = project.tool("axe-core", AXE);
    folder.join("node_modules/axe-core/axe.min.js")
}

/// Removes what installing left behind.
pub fn tidy(project: &Project) {
    let builds = builds(project);
    if builds.exists() {
        // A leftover costs space only.
        let _ = fs::remove_dir_all(builds);
    }
}

/// Answers the folder to search, if it is not searched anyway.
fn ensure_crate(project: &Project, tool: &Crate<'_>) -> Result<Option<PathBuf>> {
    let &Crate {
        package, version, ..
    } = tool;
    let folder = project.tool(package.trim_end_matches("-cli"), version);
    let program = format!("{}{}", tool.program, env::consts::EXE_SUFFIX);
    if folder.join("bin").join(&program).is_file() {
        return Ok(Some(folder.join("bin")));
    }
    if version_on_path(tool.program).is_some_and(|text| names_version(&text, version)) {
        return Ok(None);
    }

    say::step(&format!("installing {package} {version}, {}", tool.takes));
    let under_way = under_way(&folder)?;
    let mut install = cargo();
    install
        .args(["install", package, "--version", version, "--profile", "dev"])
        .args(tool.locked.then_some("--locked"))
        .arg("--root")
        .arg(&under_way)
        // Away from the clone and its settings.
        .current_dir(&project.cache)
        .env("CARGO_TARGET_DIR", builds(project))
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env_remove("RUSTC");
    let log = project.records.join(format!("{package}.log"));
    command::quiet(&mut install, &format!("{package} {version}"), &log)
        .map_err(|failure| failure.error)?;
    put_in_place(&under_way, &folder)?;
    Ok(Some(folder.join("bin")))
}

fn ensure_wasm_opt(project: &Project, toolbox: &mut Toolbox) -> Result<()> {
    let folder = project.tool("binaryen", BINARYEN);
    let programs = folder.join("node_modules/.bin");
    if programs.join("wasm-opt").exists() {
        toolbox.folders.push(programs);
        return Ok(());
    }
    if version_on_path("wasm-opt").is_some_and(|text| names_version(&text, BINARYEN)) {
        return Ok(());
    }
    install_with_npm(project, "binaryen", BINARYEN)?;
    toolbox.folders.push(programs);
    Ok(())
}

/// Installs a package from npm into its own folder of the tools.
fn install_with_npm(project: &Project, package: &str, version: &str) -> Result<()> {
    if on_path("npm").is_none() {
        if !apt::is_here() {
            bail!(
                "{package} {version} is needed: install npm (it comes with Node.js), which this \
                 command then uses"
            );
        }
        let what = format!("installing {package}");
        apt::install(project, &["npm"], &what, "about 1 min")?;
    }

    say::step(&format!(
        "installing {package} {version} with npm, a few seconds"
    ));
    let folder = project.tool(package, version);
    let under_way = under_way(&folder)?;
    let mut npm = command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
        .arg("--prefix")
        .arg(&under_way)
        .arg(format!("{package}@{version}"))
        .current_dir(&project.cache);
    let log = project.records.join(format!("{package}.log"));
    command::quiet(&mut npm, &format!("{package} {version}"), &log)
        .map_err(|failure| failure.error)?;
    put_in_place(&under_way, &folder)
}

fn builds(project: &Project) -> PathBuf {
    project.cache.join("tools-under-way/target")
}

/// A fresh folder to install into, so that a folder in its final place is whole.
fn under_way(folder: &Path) -> Result<PathBuf> {
    let path = folder.with_file_name(format!(
        "{}.under-way",
        folder.file_name().unwrap_or_default().display()
    ));
    if path.exists() {
        fs::remove_dir_all(&path)
            .with_context(|| format!("failed to remove {}", path.display()))?;
    }
    fs::create_dir_all(&path).with_context(|| format!("failed to make {}", path.display()))?;
    Ok(path)
}

fn put_in_place(under_way: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("failed to remove {}", folder.display()))?;
    }
    fs::rename(under_way, folder).with_context(|| format!("failed to make {}", folder.display()))
}

fn version_on_path(program: &str) -> Option<String> {
    on_path(program)?;
    command::answer(command::new(program).arg("--version"))
}

/// Whether a program's `--version` answer names exactly this version.
fn names_version(answer: &str, version: &str) -> bool {
    answer
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
        .any(|word| word.trim_start_matches('v') == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pinned_version_counts() {
        assert!(names_version("trunk 0.21.14", "0.21.14"));
        assert!(names_version("wasm-opt version 132 (version_132)", "132"));
        assert!(!names_version("trunk 0.21.140", "0.21.14"));
        assert!(!names_version("wasm-opt version 108", "132"));
    }
}
