//! Workbenches and the resources of a cluster, on a real control plane: what is changed in one place shows
//! in the other. The tests need no node: Pods stay pending.

mod by_hand;
mod console;
mod released;
mod rights;
mod support;
mod weather;
