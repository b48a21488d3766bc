//! Place in which agents work.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Environment and folder of an agent's commands.
pub(super) struct Place {
    pub(super) env: BTreeMap<String, String>,
    pub(super) dir: PathBuf,
    /// Values that are removed from output.
    pub(super) secrets: Vec<String>,
}
