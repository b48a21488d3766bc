//! `vestibule check-apps FILE`.

use anyhow::bail;
use std::io::{self, Write as _};
use std::path::Path;
use vestibule_engine::local::catalogue::Catalogue;

/// Prints the errors of a catalogue, or the number of its apps.
pub fn run(file: &Path) -> anyhow::Result<()> {
    match Catalogue::load(file) {
        Ok(catalogue) => {
            let count = catalogue.apps().len();
            let noun = if count == 1 { "app" } else { "apps" };
            writeln!(
                io::stdout(),
                "{}: {count} {noun}, no faults.",
                file.display()
            )?;
            Ok(())
        }
        Err(error) => bail!("{error}"),
    }
}
