//! The local engine: processes of this machine.

mod act;
mod adopt;
mod agent;
mod app_connection;
mod build;
pub mod catalogue;
mod config;
mod crash_watch;
mod engine;
mod environment;
mod folder_watch;
mod folders;
mod gate;
mod groups;
mod inner;
mod launch;
mod listener;
mod memory_gauge;
mod mount;
mod observe;
pub mod orphans;
mod output;
mod pressure;
mod probe;
mod processes;
mod quota;
mod record;
pub mod runner;
pub mod sandbox;
mod session;
mod sizes;
mod slots;
pub mod small_file;
mod sockets;
mod supervision;
pub mod supervisor;
mod upload;

pub use config::{Isolation, LocalConfig, LocalError};
pub use engine::LocalEngine;
pub use memory_gauge::{MachineMemory, MemoryGauge};
pub use mount::Mount;

/// Returns a sentence about a file that an app's command names and that sandboxes of this machine hide,
/// where no setting of the server shows it; or `None`.
pub fn hidden_by_sandbox(app: &catalogue::CatalogueEntry) -> Option<String> {
    sandbox::would_hide(app)
}
