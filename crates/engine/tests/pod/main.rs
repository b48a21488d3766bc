//! The runner as process 1 of a container, here as a process of this machine.

mod ends;
mod gate;
mod progress;
mod support;
