//! `vestibule openapi`.

use crate::openapi::Document;
use crate::routes;
use std::io::{self, Write as _};

/// Prints the document.
pub fn run() -> anyhow::Result<()> {
    writeln!(io::stdout(), "{}", Document::of(routes::ALL).json)?;
    Ok(())
}
