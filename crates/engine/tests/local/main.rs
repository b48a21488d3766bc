//! The local engine under the controller, with real processes.

mod bench;
mod building;
mod ending;
mod starting;
mod stopping;
mod surviving;
