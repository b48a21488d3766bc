//! The local engine under the controller, with real processes.

mod bench;
