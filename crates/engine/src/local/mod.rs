//! The local engine: processes of this machine.

pub mod catalogue;
pub mod output;
pub mod processes;
pub mod record;
pub mod supervisor;
