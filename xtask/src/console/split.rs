//! Compiles the console and splits it, so that a page's first load carries only its own code.
//!
//! The console's lazy pages are split points. `wasm_split_cli_support`, the library behind
//! `cargo leptos`, moves the code that only they need out of the main module: one module for each
//! set of pages that share the code. wasm-bindgen processes the main module alone; `merge` makes a few
//! files of all modules.

use super::features::FEATURES;
use super::{merge, rewrite};
use crate::command;
use crate::parallel;
use crate::project::{Project, files_below};
use crate::setup::Toolbox;
use anyhow::{Context, Result, anyhow, ensure};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::Options;

/// The project's own flags, the split points, and the relocations that the splitter needs.
const RUSTFLAGS: &str = "--cfg erase_components --cfg split -Clink-arg=--emit-relocs";

/// Options of wasm-opt. `-Oz` makes the smallest modules, but not the smallest compressed ones: with
/// these they have 8 % more bytes, and 1 to 3 % less after brotli (6 KB a page). Passes that replace
/// what repeats by local variables hide the repetition from the compressor.
const OPTIMISATION: [&str; 7] = [
    "-O3",
    "--shrink-level=2",
    "--low-memory-unused",
    "--skip-pass=local-cse",
    "--skip-pass=simplify-locals",
    "--always-inline-max-function-size=3",
    "--flexible-inline-max-function-size=8",
];

/// Compiles and splits the console. Returns the folder of its modules and scripts, below `stage`;
/// `console.js` is the script to start.
pub fn build(project: &Project, toolbox: &Toolbox, stage: &Path) -> Result<PathBuf> {
    let program = compile(project, toolbox)?;
    let out = stage.join("modules");
    let main = stage.join("main.wasm");
    let needs = split(&program, &out, &main)?;
    bind(&main, &out)?;
    rewrite::remove_unused_exports(&out)?;
    merge::write(project, toolbox, &out, &needs)?;
    optimise(project, toolbox, &out)?;
    rewrite::write(&out)?;
    Ok(out)
}

fn compile(project: &Project, toolbox: &Toolbox) -> Result<Vec<u8>> {
    let mut flags = RUSTFLAGS.to_owned();
    for sources in registry_sources() {
        // Panic messages name files: without the folder of the machine that built them.
        flags.push_str(&format!(" --remap-path-prefix={}=", sources.display()));
    }
    let mut cargo = toolbox.command(project, "cargo")?;
    cargo
        .args(["build", "--locked", "--profile", "console"])
        .args([
            "--package",
            "vestibule-console",
            "--bin",
            "vestibule-console",
        ])
        .args(["--target", "wasm32-unknown-unknown"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    command::run(&mut cargo, "compiling the console")?;
    let folder = project.target.join("wasm32-unknown-unknown/console");
    let program = folder.join("vestibule-console.wasm");
    fs::read(&program).with_context(|| format!("failed to read {}", program.display()))
}

/// Returns cargo's folders of downloaded sources, one for each registry. A path with a space is left
/// out: the variable's flags are separated by spaces.
fn registry_sources() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let entries = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let mut folders: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| !folder.to_string_lossy().contains(' '))
        .collect();
    folders.sort();
    folders
}

/// Returns the modules that each lazy part needs.
fn split(program: &[u8], out: &Path, main: &Path) -> Result<HashMap<String, Vec<String>>> {
    let mut options = Options::new(program);
    options.output_dir = out;
    options.main_out_path = main;
    options.link_name = "./split.js";
    options.main_module = "./console.js";
    // The error type is that of another library.
    let result = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("failed to split the console: {error:#}"))?;
    ensure!(
        !result.prefetch_map.is_empty(),
        "the console has no lazy pages"
    );
    Ok(result.prefetch_map)
}

fn bind(main: &Path, out: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(main)
        .out_name("console")
        .web(true)?
        .typescript(false)
        .keep_lld_exports(true)
        .generate(out)
        .context("wasm-bindgen failed")
}

fn optimise(project: &Project, toolbox: &Toolbox, out: &Path) -> Result<()> {
    let mut modules = files_below(out)?;
    modules.retain(|file| file.extension().is_some_and(|ending| ending == "wasm"));
    parallel::each(&modules, |module| {
        let mut command = toolbox.command(project, "wasm-opt")?;
        command
            .args(FEATURES)
            .args(OPTIMISATION)
            .args(["--strip-debug", "--strip-producers"])
            .arg(module)
            .arg("-o")
            .arg(module)
            // As many run at once as there are cores.
            .env("BINARYEN_CORES", "1");
        // Its warnings are about names, which it removes.
        let output = command.output().context("failed to start wasm-opt")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "wasm-opt failed: {errors}");
        Ok(())
    })
}
