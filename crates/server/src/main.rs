//! The program: the library, and the files of the console.

use rust_embed::Embed;
use std::process::ExitCode;

/// Output of `trunk build --release`. Debug builds read it from the disk at each request.
#[derive(Embed)]
#[folder = "$VESTIBULE_DIST"]
#[allow_missing = true]
struct Dist;

/// Changes with the console, so that cargo builds the program again.
const _: Option<&str> = option_env!("VESTIBULE_CONSOLE");

fn main() -> ExitCode {
    vestibule_server::cli::main(Dist::get)
}
