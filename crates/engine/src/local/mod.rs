//! The local engine: processes of this machine.

mod build;
pub mod catalogue;
mod config;
mod engine;
mod environment;
mod folders;
mod heed;
mod launch;
mod listener;
mod look;
mod output;
mod places;
mod pressure;
mod probe;
mod processes;
mod record;
pub mod supervisor;

pub use config::{LocalConfig, LocalError};
pub use engine::LocalEngine;
pub use pressure::{MachineMemory, MemoryGauge};
