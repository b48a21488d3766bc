//! `vestibule check-apps FILE`.

use anyhow::bail;
use std::io::{self, Write as _};
use std::path::Path;
use vestibule_engine::local::catalogue::Catalogue;
use vestibule_engine::local::hidden_by_sandbox;

/// Prints the errors of a catalogue, or the number of its apps. Files that a sandbox would hide are a
/// warning: the server's settings may show them, or switch the sandbox off.
pub fn run(file: &Path) -> anyhow::Result<()> {
    match Catalogue::load(file) {
        Ok(catalogue) => {
            for app in catalogue.apps() {
                for warning in app.warnings().into_iter().chain(hidden_by_sandbox(app)) {
                    writeln!(io::stderr(), "warning: app `{}`: {warning}", app.name)?;
                }
            }
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
