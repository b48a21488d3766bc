//! The programs of a Pod as a program of their own, for this crate's tests. The product calls the same
//! functions from its own binary.

use std::path::PathBuf;
use std::process::ExitCode;
use vestibule_engine::pod;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let word = arguments.next();
    let Some(path) = arguments.next().map(PathBuf::from) else {
        return ExitCode::FAILURE;
    };
    match word.as_deref().and_then(|word| word.to_str()) {
        Some(pod::SUBCOMMAND) => pod::main(&path),
        Some(pod::COPY_SUBCOMMAND) => pod::copy_program(&path),
        _ => ExitCode::FAILURE,
    }
}
