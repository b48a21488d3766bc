//! The cluster itself: it answers, runs pods, restarts and leaves nothing running.
//!
//! The tests need programs that `cargo xtask test kubernetes` builds. Those of `node` need root.

mod control_plane;
mod machine;
mod node;
