//! The local engine under the controller, with real processes.

mod apart;
mod bench;
mod building;
mod confined;
mod crashing;
mod descriptors;
mod ending;
mod giving;
mod limits;
mod sandboxed;
mod sessions;
mod starting;
mod stopping;
mod surviving;
