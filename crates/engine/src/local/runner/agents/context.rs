//! Place in which agents work.

use super::super::ending::Ending;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Environment and folder of an agent's commands.
pub(super) struct AgentContext {
    pub(super) env: BTreeMap<String, String>,
    pub(super) dir: PathBuf,
    /// Values that are removed from output.
    pub(super) secrets: Vec<String>,
    /// End of the run, which a task brings about.
    pub(super) ending: Arc<Ending>,
}
