//! `cargo xtask`: the commands that set up, build, run, test and measure Vestibule.

mod bench;
mod command;
mod compress;
mod console;
mod lock;
mod network;
mod parts;
mod pictures;
mod project;
mod say;
mod server;
mod setup;
mod shorten;
mod size;
mod test;
mod wasm;

use crate::project::Project;
use crate::setup::Need;
use anyhow::{Result, bail};
use std::env;
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  run [FLAGS]    Set up, build and start Vestibule. FLAGS go to `vestibule serve`:
                   --demo               with sample data
                   --listen ADDR:PORT   instead of 127.0.0.1:8080
                   --data-dir DIR       where everything is kept
                   (all of them: cargo xtask run --help)
  test [STEP…]   Set up what tests need, then check and test everything, or only the steps
                 named: fmt, clippy, doc, deny, native, console, wasm, e2e
                 (after `e2e`, words that name no step choose tests by name)
                   --long               also what takes minutes: the server killed 200 times
  build          As `run`, without starting; prints the one file to copy
  size           Build the console and print what its first load weighs; fails above the budget
  bench [PART…]  Measure everything, or only the parts named: size (first load), rules (reconcile,
                 replay), starts (1,000 at once), load (idle server, stream), pages (from a wish
                 to its app), console (what is painted in the browser, and how soon)
  pictures       Take the documentation's pictures anew, in both themes, and write docs/STATES.md
  setup [--all]  Only set up: what `run` needs, or with --all what `test` needs too

Environment:
  VESTIBULE_CACHE    where tools are kept (default: $XDG_CACHE_HOME/vestibule or ~/.cache/vestibule)
  CARGO_TARGET_DIR   where builds go (default: target; under CI=true a folder in the cache)
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
    if matches!(command.as_str(), "" | "help" | "-h" | "--help") {
        say::result(HELP.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let asks_help = rest.iter().any(|arg| arg == "--help" || arg == "-h");
    if asks_help && command != "run" {
        say::result(HELP.trim_end());
        return Ok(ExitCode::SUCCESS);
    }

    let project = Project::find()?;
    match command.as_str() {
        "run" => server::run(&project, &rest),
        "build" => {
            none_left(&rest)?;
            server::build_and_tell(&project)
        }
        "size" => {
            none_left(&rest)?;
            size::command(&project)
        }
        "test" => test::command(&project, &rest),
        "pictures" => {
            none_left(&rest)?;
            pictures::command(&project)
        }
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
                say::note("to call the tools by hand:");
                say::result(&line);
            }
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("there is no command `{other}`; `cargo xtask --help` lists them"),
    }
}

fn none_left(rest: &[String]) -> Result<()> {
    match rest.first() {
        Some(arg) => bail!("unexpected `{arg}`; `cargo xtask --help` says what there is"),
        None => Ok(()),
    }
}
