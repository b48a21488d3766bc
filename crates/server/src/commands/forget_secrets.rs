//! `vestibule forget-secrets`: the way out when the key is lost.

use crate::data_dir;
use crate::store::Store;
use std::io::{self, Write as _};
use std::path::Path;

/// Deletes every secret. The next start begins with the key it finds, or a new one.
pub fn run(dir: &Path) -> anyhow::Result<()> {
    data_dir::expect_store(dir)?;
    let _lock = data_dir::lock(dir)?;
    let secrets = match Store::open(dir)?.forget_secrets()? {
        1 => "1 secret".to_owned(),
        count => format!("{count} secrets"),
    };
    writeln!(
        io::stdout(),
        "Deleted {secrets} in {}. Workbenches that name them wait until they are set anew.",
        dir.display()
    )?;
    Ok(())
}
