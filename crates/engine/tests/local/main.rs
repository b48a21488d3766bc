//! The local engine under the controller, with real processes.

mod answering;
mod apart;
mod bench;
mod build_bench;
mod building;
mod confined;
mod crashing;
mod descriptors;
mod ending;
mod giving;
mod limits;
mod sandboxed;
mod sessions;
mod sizes;
mod starting;
mod stopping;
mod surviving;
