//! State machines and view models that only the console runs: polling, the event stream, the
//! workbench table, the activity indicator, timelines and logs.
//!
//! Everything in this crate is as pure as `vestibule-model`: no I/O, no clock, no async, and tested
//! natively. The current time and random numbers are arguments.

pub mod activity;
pub mod ansi;
pub mod attach;
pub mod connection_error;
pub mod draft;
pub mod event;
#[cfg(test)]
mod fixtures;
pub mod frames;
pub mod log;
pub mod markdown;
pub mod matches;
pub mod poll;
pub mod roles;
pub mod state;
pub mod store;
pub mod stream;
pub mod table;
pub mod timeline;
pub mod transcript;
pub mod typed;
pub mod version;
