//! The pinned tools: wasm-opt and xterm.js, and for tests trunk, wasm-bindgen, cargo-deny, geckodriver,
//! axe-core and oidc-provider.

use super::apt;
use crate::project::{Project, on_path};
use crate::{command, say};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Contains `wasm-opt` and `wasm-merge`. Distributions' versions are too old for the compiler's output.
const BINARYEN: &str = "132";
/// Draws terminals. The console's `terminal.html` contains it. Licence: MIT.
const XTERM: &str = "6.0.0";
/// Sizes its terminals. Licence: MIT.
const XTERM_FIT: &str = "0.11.0";
/// Gives its characters the widths that programs count with, such as two cells for an emoji. Licence: MIT.
const XTERM_UNICODE: &str = "0.9.0";
/// Serves the console for development. Version 0.22 needs a newer compiler.
const TRUNK: &str = "0.21.14";
/// Checks licences, sources and advisories of dependencies.
const CARGO_DENY: &str = "0.20.2";
/// Firefox's WebDriver server. Debian has no package of it.
const GECKODRIVER: &str = "0.37.1";
/// Checks the accessibility of a page. It runs inside the page under test only.
const AXE: &str = "4.14.1";
/// A certified OpenID Connect provider, through which tests sign in.
const OIDC_PROVIDER: &str = "9.13.3";

/// A program that `cargo install` builds.
struct Crate<'a> {
    package: &'a str,
    version: &'a str,
    program: &'a str,
    /// `true` if to use the package's own lock file.
    is_locked: bool,
    takes: &'a str,
}

/// Installs what tests need; returns folders to search for programs.
pub fn ensure_for_tests(project: &Project) -> Result<Vec<PathBuf>> {
    let wasm_bindgen = project.locked_version("wasm-bindgen")?;
    let crates = [
        Crate {
            package: "trunk",
            version: TRUNK,
            program: "trunk",
            is_locked: true,
            takes: "about 3 min",
        },
        // For trunk and for unit tests in the browser.
        Crate {
            package: "wasm-bindgen-cli",
            version: &wasm_bindgen,
            program: "wasm-bindgen",
            // Its lock file names a yanked package.
            is_locked: false,
            takes: "about 1 min",
        },
        Crate {
            package: "cargo-deny",
            version: CARGO_DENY,
            program: "cargo-deny",
            is_locked: true,
            takes: "about 1 min",
        },
        Crate {
            package: "geckodriver",
            version: GECKODRIVER,
            program: "geckodriver",
            is_locked: true,
            takes: "about 1 min",
        },
    ];
    let mut folders = Vec::new();
    for tool in &crates {
        folders.extend(ensure_crate(project, tool)?);
    }
    if !axe(project).is_file() {
        install_with_npm(project, "axe-core", AXE)?;
    }
    if !oidc_provider(project).is_file() {
        install_with_npm(project, "oidc-provider", OIDC_PROVIDER)?;
    }
    Ok(folders)
}

/// Returns the path of axe-core's script, which is installed for tests.
pub fn axe(project: &Project) -> PathBuf {
    let folder = project.tool("axe-core", AXE);
    folder.join("node_modules/axe-core/axe.min.js")
}

/// Returns the path of the main file of oidc-provider, which is installed for tests.
pub fn oidc_provider(project: &Project) -> PathBuf {
    let folder = project.tool("oidc-provider", OIDC_PROVIDER);
    folder.join("node_modules/oidc-provider/lib/index.js")
}

/// Installs `wasm-opt`; returns the folder to search, or `None` if it's in `PATH`.
pub fn ensure_wasm_opt(project: &Project) -> Result<Option<PathBuf>> {
    let folder = project.tool("binaryen", BINARYEN).join("node_modules/.bin");
    if !folder.join("wasm-opt").exists() {
        if is_on_path("wasm-opt", BINARYEN) {
            return Ok(None);
        }
        install_with_npm(project, "binaryen", BINARYEN)?;
    }
    Ok(Some(folder))
}

/// Installs xterm.js, which is a part of the console.
pub fn ensure_xterm(project: &Project) -> Result<()> {
    if !xterm(project).is_dir() {
        install_with_npm(project, "@xterm/xterm", XTERM)?;
    }
    if !xterm_fit(project).is_dir() {
        install_with_npm(project, "@xterm/addon-fit", XTERM_FIT)?;
    }
    if !xterm_unicode(project).is_dir() {
        install_with_npm(project, "@xterm/addon-unicode11", XTERM_UNICODE)?;
    }
    Ok(())
}

/// Returns the folder of xterm.js.
pub fn xterm(project: &Project) -> PathBuf {
    npm_folder(project, "@xterm/xterm", XTERM).join("node_modules/@xterm/xterm")
}

/// Returns the folder of the part of xterm.js that sizes terminals.
pub fn xterm_fit(project: &Project) -> PathBuf {
    npm_folder(project, "@xterm/addon-fit", XTERM_FIT).join("node_modules/@xterm/addon-fit")
}

/// Returns the folder of the part of xterm.js that knows the widths of characters.
pub fn xterm_unicode(project: &Project) -> PathBuf {
    npm_folder(project, "@xterm/addon-unicode11", XTERM_UNICODE)
        .join("node_modules/@xterm/addon-unicode11")
}

/// Returns the folder of a package from npm. The name of its organisation is a part of the folder's.
fn npm_folder(project: &Project, package: &str, version: &str) -> PathBuf {
    project.tool(&folder_name(package), version)
}

fn folder_name(package: &str) -> String {
    package.trim_start_matches('@').replace('/', "-")
}

/// Removes the folder in which tools were built.
pub fn remove_build_folder(project: &Project) {
    // A leftover only takes space.
    let _ = fs::remove_dir_all(build_folder(project));
}

/// Returns the folder to search, or `None` if the program is in `PATH`.
fn ensure_crate(project: &Project, tool: &Crate<'_>) -> Result<Option<PathBuf>> {
    let &Crate {
        package, version, ..
    } = tool;
    let folder = project.tool(package.trim_end_matches("-cli"), version);
    let program = format!("{}{}", tool.program, env::consts::EXE_SUFFIX);
    if folder.join("bin").join(&program).is_file() {
        return Ok(Some(folder.join("bin")));
    }
    if is_on_path(tool.program, version) {
        return Ok(None);
    }

    say::step(&format!("installing {package} {version}, {}", tool.takes));
    let mut install = command::cargo();
    install
        .args(["install", package, "--version", version, "--profile", "dev"])
        .args(tool.is_locked.then_some("--locked"))
        // Away from the repository and its cargo configuration.
        .current_dir(&project.cache)
        .env("CARGO_TARGET_DIR", build_folder(project))
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env_remove("RUSTC");
    install_into(project, &folder, package, install.arg("--root"))?;
    Ok(Some(folder.join("bin")))
}

/// Installs a package from npm into its own folder of the tools.
fn install_with_npm(project: &Project, package: &str, version: &str) -> Result<()> {
    if on_path("npm").is_none() {
        if !apt::is_available() {
            bail!("{package} {version} is installed by npm: install npm (a part of Node.js)");
        }
        let purpose = format!("installing {package}");
        apt::install(project, &["npm"], &purpose, "about 1 min")?;
    }
    say::step(&format!(
        "installing {package} {version} with npm, a few seconds"
    ));
    let mut npm = command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
        .arg(format!("{package}@{version}"))
        .current_dir(&project.cache);
    let folder = npm_folder(project, package, version);
    let name = folder_name(package);
    install_into(project, &folder, &name, npm.arg("--prefix"))
}

/// Runs an installer, whose last argument is the folder.
fn install_into(
    project: &Project,
    folder: &Path,
    package: &str,
    installer: &mut Command,
) -> Result<()> {
    let log = project.records.join(format!("{package}.log"));
    fill_folder(folder, |incomplete| {
        command::run_logged(installer.arg(incomplete), package, &log)
    })
}

/// Makes the folder under another name, and renames it when it's complete.
pub fn fill_folder(folder: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mut incomplete = folder.as_os_str().to_owned();
    incomplete.push(".incomplete");
    let incomplete = PathBuf::from(incomplete);
    for old in [&incomplete, folder] {
        if old.exists() {
            fs::remove_dir_all(old)
                .with_context(|| format!("failed to remove {}", old.display()))?;
        }
    }
    fs::create_dir_all(&incomplete)
        .with_context(|| format!("failed to create {}", incomplete.display()))?;
    fill(&incomplete)?;
    fs::rename(&incomplete, folder)
        .with_context(|| format!("failed to create {}", folder.display()))
}

/// Returns the folder in which tools are built.
pub fn build_folder(project: &Project) -> PathBuf {
    project.cache.join("tools-build")
}

fn is_on_path(program: &str, version: &str) -> bool {
    on_path(program).is_some()
        && command::output(command::new(program).arg("--version"))
            .is_some_and(|text| names_version(&text, version))
}

/// Returns `true` if the output of `--version` names exactly this version.
fn names_version(output: &str, version: &str) -> bool {
    output
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
        .any(|word| word.trim_start_matches('v') == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_not_accepted() {
        assert!(names_version("trunk 0.21.14", "0.21.14"));
        assert!(names_version("wasm-opt version 132 (version_132)", "132"));
        assert!(!names_version("trunk 0.21.140", "0.21.14"));
        assert!(!names_version("wasm-opt version 108", "132"));
    }
}
