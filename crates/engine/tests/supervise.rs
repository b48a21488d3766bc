//! The supervisor as a program of its own, for this crate's tests. The product calls the same
//! function from its own binary.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args_os().nth(1) {
        Some(run_dir) => vestibule_engine::local::supervisor::main(&PathBuf::from(run_dir)),
        None => ExitCode::FAILURE,
    }
}
