//! `cargo xtask`: sets up, builds, runs, tests and measures Vestibule.

mod bench;
mod cluster;
mod command;
mod console;
mod image;
mod lock;
mod parallel;
mod pictures;
mod project;
mod say;
mod server;
mod setup;
mod test;

use crate::project::Project;
use crate::setup::Need;
use anyhow::{Result, bail};
use std::env;
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  run [FLAGS]    Set up, build and start Vestibule. FLAGS go to `vestibule serve`, such as:
                   --demo               start with sample data
                   --listen ADDR:PORT   listen there instead of at 127.0.0.1:8080
                   --data-dir DIR       keep all data in this folder
                   (docs/OPERATIONS.md lists all of them)
  test [STEP…]   Set up for tests, then run all checks and tests, or only the steps
                 named: fmt, clippy, doc, deny, cycles, native, fuzz, wasm, size, e2e,
                 monkey (the console at random, for a minute),
                 attacks (on the server, by raw sockets and behind nginx and Caddy),
                 kubernetes (on a cluster on this machine, skipped without Go unless CI=true),
                 firefox
                 (words after `e2e` or `kubernetes` select tests by name)
                   --long               also run the slow tests: 200 server kills, ten minutes
                                        for each fuzz target instead of 20 seconds, and the
                                        upgrade from version 0.1.0, the apps of
                                        catalogue/tried.toml, installed from their registries,
                                        and 20 minutes of random use of the console
                                        (also by name: upgrade, apps, monkey)
  build          Same as `run`, but print the path of the server's one file instead of starting it
  size           Same as `test size`: build, print how much each page loads, and fail above the
                 budget
  bench [PART…]  Measure everything, or only the parts named: rules (reconcile, replay), starts
                 (1,000 at once), load (idle server, stream), pages (from the request to the
                 app), console (rendering in the browser), tabs (terminals and scripts)
  cluster        Start a Kubernetes cluster on this machine, print its kubeconfig, and stop it at
                 Ctrl-C. Its programs are built once, which needs Go; its node needs root
                   --dir DIR            keep its data and logs in this folder
                   --build              only build, and print what its tests need
  image          Build the program without libraries of the system, put it into an image of OCI, and
                 print the path of the archive, which registry tools push
                   --tag TAG            its tag (default: the version)
                   --out FILE           write the archive there
  pictures       Take the documentation's screenshots in both themes, and write docs/STATES.md
  setup [--all]  Only set up: what `run` needs, or with --all what `test` needs too

Environment:
  VESTIBULE_FUZZ_SECONDS   time for each fuzz target
  VESTIBULE_CACHE    folder of the tools (default: $XDG_CACHE_HOME/vestibule or ~/.cache/vestibule)
  CARGO_TARGET_DIR   folder of builds (default: target; with CI=true a folder in the cache)
";

fn main() -> ExitCode {
    match dispatch() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> Result<ExitCode> {
    let mut args = env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let asks_help = [&command]
        .into_iter()
        .chain(&rest)
        .any(|arg| arg == "--help" || arg == "-h");
    if asks_help || matches!(command.as_str(), "" | "help") {
        say::result(HELP.trim_end());
        return Ok(ExitCode::SUCCESS);
    }

    let project = Project::find()?;
    match command.as_str() {
        "run" => server::run(&project, &rest),
        "build" => {
            no_arguments(&rest)?;
            server::build_and_print_path(&project)
        }
        "size" => {
            no_arguments(&rest)?;
            test::command(&project, &["size".to_owned()])
        }
        "test" => test::command(&project, &rest),
        "pictures" => {
            no_arguments(&rest)?;
            pictures::command(&project)
        }
        "cluster" => cluster::command(&project, &rest),
        "image" => image::command(&project, &rest),
        "bench" => bench::command(&project, &rest),
        "setup" => {
            let need = match rest.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                [] => Need::Run,
                ["--all"] => Need::Test,
                _ => bail!("`setup` takes only --all"),
            };
            let toolbox = setup::ensure(&project, need)?;
            say::done("everything is set up");
            if let Some(line) = toolbox.shell_line() {
                say::note("to use the tools in your shell:");
                say::result(&line);
            }
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("unknown command `{other}`; see `cargo xtask --help`"),
    }
}

fn no_arguments(rest: &[String]) -> Result<()> {
    match rest.first() {
        Some(arg) => bail!("unexpected argument `{arg}`; see `cargo xtask --help`"),
        None => Ok(()),
    }
}
