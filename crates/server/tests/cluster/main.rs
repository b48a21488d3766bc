//! Workbenches and the resources of a cluster, on a real control plane: what is changed in one place shows
//! in the other. The tests need no node: Pods stay pending.

mod by_hand;
mod console;
mod events;
mod faults;
mod killed;
mod line;
mod newer;
#[path = "../resources/notice.rs"]
mod notice;
mod orders;
#[expect(dead_code, reason = "the tests of the program use all of it")]
#[path = "../program/support.rs"]
mod process;
mod progress;
mod released;
mod rights;
mod site;
mod support;
mod two_servers;
mod users;
mod weather;
