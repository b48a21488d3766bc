//! `vestibule crd`.

use std::io::{self, Write as _};

/// Prints the definition of the resource as YAML.
pub fn run() -> anyhow::Result<()> {
    write!(
        io::stdout(),
        "{}",
        vestibule_kubernetes::resource::definition()?
    )?;
    Ok(())
}
