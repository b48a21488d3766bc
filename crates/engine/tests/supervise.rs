//! The supervisor and the runner as a program of their own, for this crate's tests. The product
//! calls the same functions from its own binary.

use std::path::PathBuf;
use std::process::ExitCode;
use vestibule_engine::local::{runner, supervisor};
use vestibule_engine::pod;

fn main() -> ExitCode {
    match std::env::args_os().nth(1) {
        Some(word) if word == runner::SUBCOMMAND => runner::main(),
        Some(word) if word == pod::SUBCOMMAND => match std::env::args_os().nth(2) {
            Some(orders) => pod::main(&PathBuf::from(orders)),
            None => ExitCode::FAILURE,
        },
        Some(run_dir) => supervisor::main(&PathBuf::from(run_dir)),
        None => ExitCode::FAILURE,
    }
}
