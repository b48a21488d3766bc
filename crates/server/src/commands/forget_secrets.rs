//! `vestibule forget-secrets`, for when the key is lost.

use crate::data_dir;
use crate::store::Store;
use std::io::{self, Write as _};
use std::path::Path;

/// Deletes every secret. The next start takes the key that it finds, or creates one.
pub fn run(dir: &Path) -> anyhow::Result<()> {
    data_dir::expect_store(dir)?;
    let _lock = data_dir::lock(dir)?;
    let secrets = match Store::open(dir)?.forget_secrets()? {
        1 => "1 secret".to_owned(),
        count => format!("{count} secrets"),
    };
    writeln!(
        io::stdout(),
        "Deleted {secrets} in {}. Workbenches that use them wait until they are set again.",
        dir.display()
    )?;
    Ok(())
}
