//! The local engine: processes of this machine.

mod build;
pub mod catalogue;
mod config;
mod crash_watch;
mod engine;
mod environment;
mod folder_watch;
mod folders;
mod gate;
mod inner;
mod launch;
mod listener;
mod look;
mod memory_gauge;
mod mount;
pub mod orphans;
mod output;
mod pressure;
mod probe;
mod processes;
mod quota;
mod reach;
mod record;
pub mod runner;
pub mod sandbox;
mod session;
mod slots;
mod sockets;
pub mod supervisor;

pub use config::{Isolation, LocalConfig, LocalError};
pub use engine::LocalEngine;
pub use memory_gauge::{MachineMemory, MemoryGauge};
pub use mount::Mount;
